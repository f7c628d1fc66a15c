# `[env]` entries that are paths in the workspace.
#
# root: the workspace's folder; paths: name -> path from there
# Returns
#   environment: name -> store path of the file or folder that is there, which keeps its name
#   places: name -> what follows the folder that plays the workspace's in a build: of the workspace itself, which is in no
#     store, and of what is not there yet
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
    # Code may put names behind it.
    + (if builtins.match ".*/" path == null then "" else "/")
  );
  places = pathsWhere (name: !isThere name) (path: "/${path}");
}
