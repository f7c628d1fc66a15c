# Finds clippy's configuration: the nearest clippy.toml or .clippy.toml, from the package's directory upwards. Package
# sources do not contain it.
#
# root: the workspace's directory
# Returns facts -> environment.
{ root }:
facts:
let
  names = [
    "clippy.toml"
    ".clippy.toml"
  ];
  isRoot = folder: folder == toString root || folder == "/";
  find =
    folder:
    let
      found = builtins.filter (name: builtins.pathExists "${folder}/${name}") names;
    in
    if found != [ ] then
      {
        inherit folder;
        file = builtins.head found;
      }
    else if isRoot folder then
      null
    else
      find (dirOf folder);
  found = if facts ? path then find (toString (root + "/${facts.path}")) else null;
in
if found == null then
  { }
else
  {
    CLIPPY_CONF_DIR = builtins.path {
      name = "clippy-settings";
      path = /. + found.folder;
      filter = path: _: path == "${found.folder}/${found.file}";
    };
  }
