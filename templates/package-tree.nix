# The files of a path package, and what its code says of others.
#
# root: the workspace's folder, as text; folder: the package's
# generated: the folder that holds Cargo.nix
# exclude: folders of other packages, relative to the package's
# documents: names of files of which code reads only what it names
#
# Returns
#   files: list of { path; relative; type; text; … }: all regular files and links
#   isCode: one of them -> bool
#   isNamed: list of files -> one of `documents` -> does any code among them name it
#   outsideOf: list of files -> texts of the paths outside of the package that they name with `..`
#     (`include_str!("../../x")`, `#[path = "../y.rs"]`, `concat!(env!("CARGO_MANIFEST_DIR"), "/../z")`)
{
  root,
  folder,
  generated,
  exclude,
  documents,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
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
        text = readFile child;
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
            inherit type text;
            # asked for once a file, whichever units read it
            named = filter (name: names name text) documents;
            outside = namedInside child text;
          }
        ]
    ) (attrNames entries);
  files = listed folder;

  isRust = path: substring (stringLength path - 3) 3 path == ".rs";
  # A plain search is much cheaper than a pattern.
  contains = part: text: replaceStrings [ part ] [ "" ] text != text;
  # The name of a folder may be any word.
  names =
    name: text:
    if builtins.match ".*[A-Z.].*" name != null then
      contains name text
    else
      contains "${name}/" text || contains "\"${name}\"" text;
  isCode = file: isRust file.path && (file.type == "regular" || pathExists file.path);

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

  groups = pattern: text: concatMap (part: if isList part then part else [ ]) (split pattern text);
  existing = filter (path: !(isInside path) && !(isAbove path) && pathExists path);
  # `include!` and its like start from the file, other paths mostly from the package.
  namedInside =
    path: text:
    if contains "../" text then
      existing (
        concatMap (literal: [
          (normal "${dirOf path}/${literal}")
          (normal "${folder}/${literal}")
        ]) (groups "\"/?([.][.]/[^\"\n{}]*)\"" text)
      )
    else
      [ ];
  # All that code outside names lies outside, modules too.
  namedOutside =
    path:
    let
      text = readFile path;
      at = name: normal "${dirOf path}/${name}";
    in
    existing (
      map at (groups "\"([^\"\n{}]*[.][^\"\n{}]*)\"" text)
      ++ concatMap (name: [
        (at "${name}.rs")
        (at "${name}/mod.rs")
      ]) (groups "mod[ ]+([A-Za-z0-9_]+);" text)
    );
in
{
  inherit files isCode;
  isNamed = files: name: builtins.any (file: isCode file && elem name file.named) files;
  outsideOf =
    files:
    map (found: found.key) (
      builtins.genericClosure {
        startSet = map (path: { key = path; }) (concatMap (file: file.outside) (filter isCode files));
        operator = { key }: if isRust key then map (path: { key = path; }) (namedOutside key) else [ ];
      }
    );
}
