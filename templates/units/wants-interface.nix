# Which libraries have an interface: a second derivation that only produces what other libraries need to compile.
#
# interfaces: "none", "all", or a list of package names
# names: the names of all packages
# Returns a function of a package's name.
{ interfaces, names }:
let
  unknown = builtins.filter (name: !builtins.elem name names) interfaces;
in
if interfaces == "none" then
  _: false
else if interfaces == "all" then
  _: true
else if !builtins.isList interfaces then
  throw ''cargo2nix-ts: `interfaces` is "none", "all" or a list of package names, not ${builtins.toJSON interfaces}.''
else if unknown != [ ] then
  throw "cargo2nix-ts: `interfaces` names ${builtins.head unknown}, which is not a package of this workspace's lockfile."
else
  name: builtins.elem name interfaces
