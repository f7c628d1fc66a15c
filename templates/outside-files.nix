# What a path package reads outside of its folder: files that its code names by a path with `..`
# (`include_str!("../../x")`, `#[path = "../y.rs"]`, `concat!(env!("CARGO_MANIFEST_DIR"), "/../z")`), and what its
# symbolic links lead to.
#
# folder: the package's, as text
# keeps: predicate of its files (package-files.nix)
# Returns
#   paths: texts of files and folders that exist outside
#   links: symbolic links in the package, relative to it
{ folder, keeps }:
let
  inherit (builtins)
    attrNames
    concatMap
    elemAt
    filter
    foldl'
    isList
    length
    pathExists
    readDir
    readFile
    replaceStrings
    split
    stringLength
    substring
    ;

  # All files and links, as { path; type; }.
  listed =
    path:
    let
      entries = readDir path;
    in
    concatMap (
      name:
      let
        child = "${path}/${name}";
        type = entries.${name};
      in
      if !(keeps child type) then
        [ ]
      else if type == "directory" then
        listed child
      else
        [
          {
            path = child;
            inherit type;
          }
        ]
    ) (attrNames entries);
  files = listed folder;

  isRust = path: substring (stringLength path - 3) 3 path == ".rs";
  isAbove = path: path == "/" || substring 0 (stringLength path + 1) "${folder}/" == "${path}/";
  isInside = path: path == folder || substring 0 (stringLength folder + 1) path == "${folder}/";

  # Resolves `.` and `..` without looking at the disk.
  normal =
    path:
    let
      parts = filter (part: builtins.isString part && part != "" && part != ".") (split "/" path);
      step = above: part: if part == ".." then dropLast above else above ++ [ part ];
    in
    "/" + builtins.concatStringsSep "/" (foldl' step [ ] parts);
  dropLast = list: builtins.genList (elemAt list) (if list == [ ] then 0 else length list - 1);

  # The literals with `..` of a file, most of which has none: a plain search is much cheaper than a pattern.
  literals =
    path:
    let
      text = readFile path;
    in
    if replaceStrings [ "../" ] [ "" ] text == text then
      [ ]
    else
      concatMap (part: if isList part then part else [ ]) (split "\"/?([.][.]/[^\"\n{}]*)\"" text);
  # A path is relative to the file for `include!`, to the package for the rest.
  namedBy =
    path:
    concatMap (
      literal:
      filter (found: !(isInside found) && !(isAbove found) && pathExists found) (
        map (start: normal "${start}/${literal}") [
          (dirOf path)
          folder
        ]
      )
    ) (literals path);

  found = builtins.genericClosure {
    startSet = map (file: { key = file.path; }) (filter (file: isRust file.path) files);
    operator = { key }: if isRust key then map (path: { key = path; }) (namedBy key) else [ ];
  };
in
{
  paths = filter (path: !(isInside path)) (map (each: each.key) found);
  links = map (file: substring (stringLength folder + 1) (-1) file.path) (
    filter (file: file.type == "symlink" && pathExists file.path) files
  );
}
