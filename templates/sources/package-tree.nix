# The files of a path package, and what its code says of others.
#
# root: the workspace's folder, as text; folder: the package's
# generated: the folder that holds Cargo.nix
# exclude: folders of other packages, relative to the package's
# readme: path from the package's folder
# documents: names of files of which code reads only what it names
#
# Returns
#   files: list of { path; relative; type; text; … }: all regular files and links
#   isCode: one of them -> bool
#   isNamed: list of them -> one of `documents` -> does any of them name it
#   isConfiguration: one of them -> bool: of a macro or a tool, such as askama.toml
#   outsideOf: list of them -> list of roots of targets -> texts of the paths outside of the package that they name with `..`
#     (`include_str!("../../x")`, `#[path = "../y.rs"]`, `concat!(env!("CARGO_MANIFEST_DIR"), "/../z")`), and the roots that
#     are there
#   namedByManifest: the same of the tables below [package.metadata]
{
  root,
  folder,
  generated,
  exclude,
  readme,
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
    head
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
  inherit (import ../lib/text.nix)
    contains
    containsAny
    dropFirst
    genAttrs
    hasPrefix
    hasSuffix
    isBelow
    isIn
    parts
    relativeTo
    ;
  keeps = import ./package-files.nix {
    inherit root folder generated;
    dropped = exclude ++ [ "target" ];
  };

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
            named =
              if includesByVariable text then
                documents
              else
                filter (name: containsAny piecesOf.${name} text) documents;
            outside = namedInside child (
              if hasSuffix ".rs" child then text else replaceStrings [ "'" ] [ "\"" ] text
            );
          }
        ]
    ) (attrNames entries);
  files = listed folder;

  isRust = hasSuffix ".rs";
  # The name of a folder may be any word. Names of files are also made of pieces.
  piecesOf = genAttrs documents (
    name:
    let
      stem = builtins.match "(.+)[.][^.]*" name;
    in
    if builtins.match ".*[A-Z.].*" name == null then
      [
        "${name}/"
        "${name}\""
      ]
    else
      [ name ]
      ++ (
        if stem == null then
          [ ]
        else
          [
            "\"${head stem}\""
            "/${head stem}\""
          ]
      )
  );
  includesByVariable =
    text:
    contains "include_" text
    && containsAny [
      "CARGO_PKG_README"
      "CARGO_PKG_LICENSE_FILE"
    ] text;
  isCode = file: isRust file.path && (file.type == "regular" || pathExists file.path);

  isAbove = path: path == "/" || isBelow path "${folder}/";
  isInside = isIn [ folder ];
  # Resolves `.` and `..` without looking at the disk.
  normal =
    path:
    let
      step = above: part: if part == ".." then dropLast above else above ++ [ part ];
    in
    "/" + builtins.concatStringsSep "/" (foldl' step [ ] (parts path));
  dropLast = list: builtins.genList (elemAt list) (if list == [ ] then 0 else length list - 1);

  groups = pattern: text: concatMap (part: if isList part then part else [ ]) (split pattern text);
  isBuilt =
    path: path == generated || builtins.match ".*/(target|[.]git)(/.*)?" (relativeToRoot path) != null;
  # Below the workspace's folder, where that is below another one.
  relativeToRoot = path: if isBelow root path then "/${relativeTo root path}" else path;
  # What climbs to the top of the disk is no part of the project, but a test's attempt to get out of it.
  topOf = path: head (parts path ++ [ "" ]);
  # Next to a checkout in Nix's store are other store paths.
  isNear =
    path:
    if isBelow builtins.storeDir root then
      isIn [ "${builtins.storeDir}/${head (parts (relativeTo builtins.storeDir root))}" ] path
    else
      topOf path == topOf root || dirOf root == "/";
  existing = filter (
    path: !(isInside path || isAbove path || isBuilt path) && isNear path && pathExists path
  );
  # A literal has no line end, nor has it quotes; of what is between two literals, little has no line end.
  literals =
    part: text:
    filter (literal: builtins.isString literal && contains part literal && !(contains "\n" literal)) (
      split "\"" text
    );
  # What stands before a place that is filled in, or before a pattern.
  constant =
    path:
    let
      start = head (split "[{*]" path);
    in
    if start == path then path else dirOf "./${start}";
  fromFirstUp =
    literal:
    let
      before = head (split "[.][.]/" literal);
    in
    dropFirst (stringLength before) literal;
  # `include!` and its like start from the file, other paths mostly from the package, and those of some macros from `src/`.
  # Before them may stand a variable.
  namedInside =
    path: text:
    (
      if contains "../" text then
        existing (
          concatMap
            (literal: [
              (normal "${dirOf path}/${literal}")
              (normal "${folder}/${literal}")
              (normal "${folder}/src/${literal}")
            ])
            (
              concatMap (each: [
                (constant each)
                (constant (fromFirstUp each))
              ]) (literals "../" text)
            )
        )
      else
        [ ]
    )
    ++ (if includesByVariable text then existing [ (normal "${folder}/${readme}") ] else [ ])
    ++ (
      if contains "MANIFEST_DIR" text && containsAny [ ".parent()" "\"..\"" ] text then
        joinedTo text
      else
        [ ]
    );
  # `Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("proto")`. A manifest is rather what marks the folder
  # that is looked for: place-package.sh has one for that.
  joinedTo =
    text:
    let
      names = filter (name: name != "Cargo.toml" && !(contains ".." name)) (
        groups "join[(]\"([^\"\n{}*]*)\"" text
      );
    in
    existing (concatMap (above: map (name: normal "${above}/${name}") names) (aboveUpToRoot folder));
  aboveUpToRoot =
    path:
    if path == root || !(hasPrefix root path) then
      [ ]
    else
      [ (dirOf path) ] ++ aboveUpToRoot (dirOf path);
  # All that code outside names lies outside, modules too: beside the file, or in a folder of its name.
  namedOutside =
    path:
    let
      text = readFile path;
      folderOf = dirOf path;
      at = name: normal "${folderOf}/${name}";
      ofModules = substring 0 (stringLength path - stringLength ".rs") path;
      places = name: [
        "${folderOf}/${name}"
        "${ofModules}/${name}"
      ];
    in
    existing (
      map at (literals "." text)
      ++ concatMap (place: [
        "${place}.rs"
        "${place}/mod.rs"
      ]) (concatMap places (groups "mod[ ]+([A-Za-z0-9_]+)[ ]*;" text))
      # Modules that are written in place may have others in files.
      ++ concatMap places (groups "mod[ ]+([A-Za-z0-9_]+)[ \n]*[{]" text)
    );

  isConfiguration =
    file:
    dirOf file.relative == "."
    && (hasSuffix ".toml" file.relative || builtins.match "sailfish[.]ya?ml" file.relative != null)
    && !(elem file.relative documents);
  namedByManifest =
    let
      path = "${folder}/Cargo.toml";
      sections = filter builtins.isString (split "\n[ \t]*[[]+" (readFile path));
      isOfMacro =
        section: hasPrefix "package.metadata." section && !(hasPrefix "package.metadata.cargo2nix" section);
    in
    concatMap (section: namedInside path (replaceStrings [ "'" ] [ "\"" ] section)) (
      filter isOfMacro sections
    );
in
{
  inherit
    files
    isCode
    isConfiguration
    namedByManifest
    ;
  isNamed = files: name: builtins.any (file: elem name file.named) files;
  outsideOf =
    files: roots:
    map (found: found.key) (
      builtins.genericClosure {
        startSet = map (path: { key = path; }) (
          existing (map (root: normal "${folder}/${root}") roots) ++ concatMap (file: file.outside) files
        );
        operator = { key }: if isRust key then map (path: { key = path; }) (namedOutside key) else [ ];
      }
    );
}
