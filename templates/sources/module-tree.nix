# Which Rust files of a package belong to which of its targets. They are found as rustc finds modules, by `mod` and literal
# paths, starting at the target's root.
#
# files: those files of package-tree.nix that are code
# roots: the roots of all targets, relative to the package's directory
# Returns
#   reachedFrom: root -> list of files
#   isExplained: path -> bool: some root leads to it
#   isMentioned: path -> bool: code that a root leads to contains its name, or generates module names
#   isUnread: root -> path of a Rust file -> bool: the file belongs to another target only, or nothing that the root leads
#     to names it. (A macro that declares modules or walks a directory must name the file or one of its directories; if a
#     macro is given parts of names, everything counts as read.)
{ files, roots }:
let
  inherit (builtins)
    any
    attrNames
    attrValues
    concatMap
    elemAt
    filter
    foldl'
    genericClosure
    groupBy
    isString
    listToAttrs
    mapAttrs
    match
    split
    ;
  inherit (import ../lib/text.nix)
    contains
    containsAny
    genAttrs
    hasSuffix
    parts
    ;
  byPath = listToAttrs (
    map (file: {
      name = file.relative;
      value = file;
    }) files
  );
  join = folder: name: if folder == "." then name else "${folder}/${name}";
  stemOf = path: elemAt (match "(.*/)?([^/]*)[.]rs" path) 1;

  topOf = path: builtins.head (parts path);

  # Contents of a directory: modules by name (a file, or a directory with mod.rs), and directories without their own file.
  filesIn = groupBy (path: dirOf path) (attrNames byPath);
  foldersIn = groupBy (path: dirOf path) (filter (path: path != ".") (attrNames filesIn));
  modulesIn =
    folder:
    map (path: {
      name = stemOf path;
      inherit path;
      inside = join folder (stemOf path);
    }) (filesIn.${folder} or [ ])
    ++ map (path: {
      name = baseNameOf path;
      path = if byPath ? "${path}/mod.rs" then "${path}/mod.rs" else null;
      inside = path;
    }) (filter (path: !(byPath ? "${path}.rs")) (foldersIn.${folder} or [ ]));
  modules = mapAttrs (folder: _: modulesIn folder) (filesIn // foldersIn);

  # path: the file with the text; inside: the directory of its modules
  module = path: inside: {
    key = "${path} ${inside}";
    inherit path inside;
  };
  declared =
    { path, inside, ... }:
    let
      inherit (byPath.${path}) text;
      isDeclared =
        name: ends:
        containsAny (concatMap (end: [
          "mod ${name}${end}"
          "mod r#${name}${end}"
        ]) ends) text;
    in
    concatMap (
      each:
      (
        if
          each.path != null
          && each.path != path
          && isDeclared each.name [
            ";"
            " ;"
          ]
        then
          [ (module each.path each.inside) ]
        else
          [ ]
      )
      # inline modules, whose submodules are in files
      ++ (
        if
          isFolder each.inside
          && isDeclared each.name [
            " {"
            "{"
            "\n"
          ]
        then
          [ (module path each.inside) ]
        else
          [ ]
      )
    ) (modules.${inside} or [ ]);
  isFolder = path: filesIn ? ${path} || foldersIn ? ${path};
  # `#[path = "…"]` and `include!("…")` are relative to the file's directory, other paths mostly to the package's. Any
  # remaining path is the end of a concatenated path, or relative to an inline module.
  named =
    { path, ... }:
    let
      inherit (byPath.${path}) text;
      # A regular expression for the whole literal takes many times as long.
      literals = filter (part: isString part && isPath part) (split "\"" text);
      isPath = part: part != ".rs" && hasSuffix ".rs" part && !(contains "\n" part);
      normal =
        path:
        builtins.concatStringsSep "/" (
          foldl' (
            above: part:
            if part == ".." then
              builtins.genList (elemAt above) (if above == [ ] then 0 else builtins.length above - 1)
            else
              above ++ [ part ]
          ) [ ] (parts path)
        );
      placesOf =
        literal:
        filter (path: byPath ? ${path}) [
          (normal (join (dirOf path) literal))
          (normal literal)
        ];
      endingWith =
        literal:
        let
          end = builtins.concatStringsSep "/" (filter (part: part != "..") (parts literal));
        in
        filter (hasSuffix end) (attrNames byPath);
    in
    if contains ".rs\"" text then
      map (path: module path (dirOf path)) (
        concatMap (
          literal:
          let
            places = placesOf literal;
          in
          if readsPaths text then
            if places == [ ] then endingWith literal else places
          # passed to a macro
          else if places != [ ] && contains "!(\"${literal}\"" text then
            places
          else
            [ ]
        ) literals
      )
    else
      [ ];
  readsPaths = containsAny [
    "#[path"
    "cfg_attr("
    "include!("
    "include_str!("
    "include_bytes!("
  ];
  # A macro that generates module names, which the text does not contain.
  makesModules =
    file:
    containsAny [
      "mod $"
      "mod [<"
      "path = $"
      "path = concat!"
      "include!($"
    ] file.text;
  reach =
    root:
    listToAttrs (
      map
        (found: {
          name = found.path;
          value = byPath.${found.path};
        })
        (genericClosure {
          startSet = if byPath ? ${root} then [ (module root (dirOf root)) ] else [ ];
          operator = found: declared found ++ named found;
        })
    );
  reached = genAttrs roots reach;
  makesSome = any makesModules (attrValues explained);
  explained = foldl' (all: found: all // found) { } (attrValues reached);

  # Code that walks directories of other targets does so by a literal path. Evaluated once per file.
  lookedThroughBy = mapAttrs (
    _: file:
    mapAttrs (
      folder: _:
      containsAny (map (start: "${start}${folder}") [
        "\""
        "\"/"
        "\"./"
        "../"
        "DIR/"
        "}/"
      ]) file.text
    ) topFolders
  ) byPath;
  topFolders = groupBy topOf (attrNames byPath);
  # Files that no root leads to.
  loose = groupBy topOf (filter (path: !(explained ? ${path})) (attrNames byPath));
  namesOf =
    path: filter (name: name != "src" && name != "mod") (parts (dirOf path) ++ [ (stemOf path) ]);
in
{
  reachedFrom = root: attrValues reached.${root};
  isExplained = path: explained ? ${path};
  isMentioned =
    path:
    let
      name = if stemOf path == "mod" then baseNameOf (dirOf path) else stemOf path;
    in
    makesSome || any (file: contains name file.text) (attrValues explained);
  isUnread =
    root:
    let
      own = attrValues reached.${root};
      looksThrough = mapAttrs (
        folder: _: any (file: lookedThroughBy.${file.relative}.${folder}) own
      ) topFolders;
      isMentioned = path: any (name: any (file: contains name file.text) own) (namesOf path);
      # Modules that a macro declares may declare others.
      keepsLoose = mapAttrs (_: any isMentioned) loose;
      readsAll = any makesModules own;
    in
    path:
    byPath ? ${path}
    && !(reached.${root} ? ${path})
    && !looksThrough.${topOf path}
    && !readsAll
    && (explained ? ${path} || !keepsLoose.${topOf path});
}
