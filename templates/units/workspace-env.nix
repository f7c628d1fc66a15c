# `[env]` entries that are paths inside the workspace.
#
# root: the workspace's directory; paths: name -> path relative to it
# Returns
#   environment: name -> store path of an existing file or directory, which keeps its name
#   places: name -> what follows the directory that acts as the workspace in a build: for the workspace itself, which
#     is not in the store, and for paths that do not exist yet
{ root, paths }:
let
  inherit (builtins)
    attrNames
    filter
    pathExists
    ;
  inherit (import ../lib/text.nix) genAttrs;
  placeOf = path: root + "/${path}";
  isThere = name: placeOf paths.${name} != root && pathExists (placeOf paths.${name});
  pathsWhere = isWanted: f: genAttrs (filter isWanted (attrNames paths)) (name: f paths.${name});
in
{
  environment = pathsWhere isThere (
    path:
    let
      file = toString (placeOf path);
    in
    builtins.path {
      name = "workspace-file";
      path = /. + dirOf file;
      filter =
        path: _:
        (path == file || builtins.substring 0 (builtins.stringLength file + 1) path == "${file}/")
        && baseNameOf path != "target"
        && baseNameOf path != ".git";
    }
    + "/${baseNameOf file}"
    # Code may append names to it.
    + (if builtins.match ".*/" path == null then "" else "/")
  );
  places = pathsWhere (name: !isThere name) (path: "/${path}");
}
