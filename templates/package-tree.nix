# The files of a path package, and what its code says of others.
#
# root: the workspace's folder, as text; folder: the package's
# generated: the folder that holds Cargo.nix
# exclude: folders of other packages, relative to the package's
#
# Returns
#   keeps: predicate for builtins.path (package-files.nix)
#   files: list of { path; relative; type; }: all regular files and links
#   isNamed: name of a file -> does any code of the package say it
#   outsideOf: list of files -> texts of the paths outside of the package that they name with `..`
#     (`include_str!("../../x")`, `#[path = "../y.rs"]`, `concat!(env!("CARGO_MANIFEST_DIR"), "/../z")`)
{
  root,
  folder,
  generated,
  exclude,
}:
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
  keeps = import ./package-files.nix {
    inherit root folder generated;
    dropped = exclude ++ [ "target" ];
  };
  relativeTo = folder: substring (stringLength folder + 1) (-1);

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
            relative = relativeTo folder child;
            inherit type;
          }
        ]
    ) (attrNames entries);
  files = listed folder;

  isRust = path: substring (stringLength path - 3) 3 path == ".rs";
  # A plain search is much cheaper than a pattern.
  contains = part: text: replaceStrings [ part ] [ "" ] text != text;
  isReadable = file: isRust file.path && (file.type == "regular" || pathExists file.path);
  texts = map (file: readFile file.path) (filter isReadable files);

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

  literals =
    text:
    if contains "../" text then
      concatMap (part: if isList part then part else [ ]) (split "\"/?([.][.]/[^\"\n{}]*)\"" text)
    else
      [ ];
  # `include!` and its like start from the file, other paths mostly from the package.
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
    ) (literals (readFile path));
in
{
  inherit keeps files;
  isNamed = name: builtins.any (contains name) texts;
  outsideOf =
    files:
    let
      found = builtins.genericClosure {
        startSet = map (file: { key = file.path; }) (filter isReadable files);
        # Code outside may name more.
        operator = { key }: if isRust key then map (path: { key = path; }) (namedBy key) else [ ];
      };
    in
    filter (path: !(isInside path)) (map (each: each.key) found);
}
