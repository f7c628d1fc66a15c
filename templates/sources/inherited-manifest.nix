# The parts of the workspace that a package's Cargo.toml inherits, for code that reads manifests without cargo: a manifest
# with the inherited tables, and one for each path dependency, because cargo checks that they exist. They contain nothing
# else of the workspace's manifest or other packages, so changes there have no effect.
#
# root, folder: directories of the workspace and of the package, as text
# workspace: the table `workspace` of the workspace's manifest
# Returns path -> text of a file; empty if the package inherits nothing, or is the workspace root.
{
  root,
  folder,
  workspace,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    concatStringsSep
    filter
    foldl'
    isAttrs
    isList
    length
    listToAttrs
    match
    pathExists
    readFile
    toJSON
    ;
  inherit (import ../lib/text.nix) isBelow parts relativeTo;
  ownText = readFile "${folder}/Cargo.toml";
  inherits = isBelow root folder && match ".*workspace[\"']?[ ]*=.*" (flat ownText) != null;
  flat = builtins.replaceStrings [ "\n" "\r" ] [ " " " " ];

  own = import ./read-toml.nix ownText;
  tables =
    manifest:
    concatMap (name: [ (manifest.${name} or { }) ]) [
      "dependencies"
      "dev-dependencies"
      "dev_dependencies"
      "build-dependencies"
      "build_dependencies"
    ];
  ownTables = concatMap tables ([ own ] ++ attrValues (own.target or { }));
  names = concatMap (
    table: filter (name: isAttrs table.${name} && table.${name}.workspace or false) (attrNames table)
  ) ownTables;
  shared = workspace.dependencies or { };
  dependencies = listToAttrs (
    map (name: {
      inherit name;
      value = shared.${name};
    }) (filter (name: shared ? ${name}) names)
  );

  # Name of a package -> its directory.
  pathsIn =
    base: table:
    concatMap (
      name:
      let
        dependency = table.${name};
      in
      if isAttrs dependency && dependency ? path then
        [
          {
            name = dependency.package or name;
            place = normal "${base}/${dependency.path}";
          }
        ]
      else
        [ ]
    ) (attrNames table);
  normal =
    path:
    "/"
    + concatStringsSep "/" (
      foldl' (
        above: part:
        if part == ".." then
          builtins.genList (builtins.elemAt above) (if above == [ ] then 0 else length above - 1)
        else
          above ++ [ part ]
      ) [ ] (parts path)
    );
  neighbours = filter ({ place, ... }: isBelow root place && place != folder && pathExists place) (
    concatMap (pathsIn folder) ownTables ++ pathsIn root dependencies
  );

  # On one line, so that no table headers are needed.
  toml =
    value:
    if isAttrs value then
      "{ ${
        concatStringsSep ", " (map (name: "${toJSON name} = ${toml value.${name}}") (attrNames value))
      } }"
    else if isList value then
      "[${concatStringsSep ", " (map toml value)}]"
    else
      toJSON value;
  lines =
    table:
    concatStringsSep "" (map (name: "${toJSON name} = ${toml table.${name}}\n") (attrNames table));
  metadata = removeAttrs (workspace.metadata or { }) [ "cargo2nix" ];
  kept = {
    members = [ (relativeTo root folder) ];
  }
  // (if workspace ? resolver then { inherit (workspace) resolver; } else { })
  // (if dependencies == { } then { } else { inherit dependencies; })
  // (if workspace ? package then { inherit (workspace) package; } else { })
  // (
    if (own.lints.workspace or false) && workspace ? lints then { inherit (workspace) lints; } else { }
  )
  // (if metadata == { } then { } else { inherit metadata; });
in
if !inherits then
  { }
else
  {
    "${root}/Cargo.toml" = "# Stands in for the workspace's manifest.\n[workspace]\n${lines kept}";
  }
  // listToAttrs (
    map (
      { name, place }:
      {
        name = "${place}/Cargo.toml";
        value = "# Stands in for the manifest of a neighbour.\n[package]\nname = ${toJSON name}\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n";
      }
    ) neighbours
  )
