# The files of a path package, and the paths that its code names.
#
# root: the workspace's directory, as text; folder: the package's
# generated: the directory that contains Cargo.nix
# exclude: directories of other packages, relative to the package's
# readme: path relative to the package's directory
# documents: names of files that code reads only if it names them
#
# Returns
#   files: list of { path; relative; type; text; … }: all regular files and symlinks
#   isCode: a file -> bool
#   isNamed: list of files -> one of `documents` -> whether any of the files names it
#   isConfiguration: a file -> bool: configuration of a macro or a tool, such as askama.toml
#   outsideOf: list of files -> list of roots of targets -> paths outside of the package, as text, that the files name with `..`
#     (`include_str!("../../x")`, `#[path = "../y.rs"]`, `concat!(env!("CARGO_MANIFEST_DIR"), "/../z")`), and those roots
#     that are outside
#   namedByManifest: the same for the tables below [package.metadata]
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
            # evaluated once per file, whichever units read it
            named =
              if includesByVariable text then
                documents
              else
                filter (name: containsAny piecesOf.${name} text) documents;
            outside =
              if hasSuffix ".rs" child then
                namedInside child text ++ (if contains "\"..\"" text then namedInside child (joined text) else [ ])
              else
                namedInside child (replaceStrings [ "'" ] [ "\"" ] text);
          }
        ]
    ) (attrNames entries);
  files = listed folder;

  isRust = hasSuffix ".rs";
  # A directory's name may be any word. File names may also be put together from parts.
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
        if name == "Cargo.toml" then
          [
            "CARGO_MANIFEST_PATH"
            "\"Cargo\""
            "/Cargo\""
          ]
        else if stem == null then
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
  # Resolves `.` and `..` without reading the disk.
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
  # Starts at the workspace's directory if the path is below it.
  relativeToRoot = path: if isBelow root path then "/${relativeTo root path}" else path;
  # A path that climbs to / is not part of the project; it is a test trying to escape it.
  topOf = path: head (parts path ++ [ "" ]);
  # Next to a checkout in the Nix store are other store paths.
  isNear =
    path:
    if isBelow builtins.storeDir root then
      isIn [ "${builtins.storeDir}/${head (parts (relativeTo builtins.storeDir root))}" ] path
    else
      topOf path == topOf root || dirOf root == "/";
  existing = filter (
    path: !(isInside path || isAbove path || isBuilt path) && isNear path && pathExists path
  );
  # Literals hold neither newlines nor quotes; the text between two of them usually does contain a newline.
  literals =
    part: text:
    filter (literal: builtins.isString literal && contains part literal && !(contains "\n" literal)) (
      split "\"" text
    );
  # The part before a placeholder or a glob.
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
  # Paths whose components are literals of their own: `Path::new("..").join("a")`, `["..", "a"]`, `concat!("..", "/a")`.
  joined =
    replaceStrings
      [
        "\").join(\""
        "\").canonicalize().unwrap().join(\""
        "\", \""
        "\",\""
      ]
      [
        "/"
        "/"
        "/"
        "/"
      ];
  # `include!` and the like are relative to the file, other paths mostly to the package, and those of some macros to `src/`.
  # A variable may precede them.
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
      if
        containsAny [
          "MANIFEST_DIR"
          "current_dir"
        ] text
        && containsAny [
          ".parent()"
          ".ancestors()"
          ".pop()"
          "\"..\""
        ] text
      then
        joinedTo text
      else
        [ ]
    );
  # `Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("proto")`. A Cargo.toml usually just marks the directory
  # that is searched for; place-package.sh provides one for that.
  joinedTo =
    text:
    let
      names = filter (name: name != "Cargo.toml" && !(contains ".." name)) (
        concatMap (call: groups "${call}[(]\"([^\"\n{}*]*)\"" text) [
          "join"
          "push"
        ]
      );
    in
    existing (concatMap (above: map (name: normal "${above}/${name}") names) (aboveUpToRoot folder));
  aboveUpToRoot =
    path:
    if path == root || !(hasPrefix root path) then
      [ ]
    else
      [ (dirOf path) ] ++ aboveUpToRoot (dirOf path);
  # Paths that outside code names are outside, including modules: next to the file, or in a directory with its name.
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
      # Inline modules may have submodules in files.
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
