# The libraries that a unit links, including transitive ones.
#
# externs: list of the units that it links directly
# Returns
#   height: number of levels of libraries
#   folders: key -> store path of each library; interfaces: key -> interface, of those that have a separate one
#   dylibs: key -> store path, of the dynamic libraries only
#   nativeFolders: key -> directories with native libraries, of the crates to which crateOverrides gives any
#
# Each library brings everything it links, so libraries already present are skipped; the highest are processed first.
externs:
let
  inherit (builtins) foldl' sort;
  highestFirst = sort (a: b: a.linked.height > b.linked.height) externs;
  wanted = (
    foldl'
      (
        { folders, units }@all:
        unit:
        if folders ? ${unit.key} then
          all
        else
          {
            folders = folders // unit.linked.folders;
            units = units ++ [ unit ];
          }
      )
      {
        folders = { };
        units = [ ];
      }
      highestFirst
  );
  ofAll = name: foldl' (all: unit: all // unit.linked.${name}) { } wanted.units;
in
{
  height = foldl' (
    most: unit: if unit.linked.height > most then unit.linked.height else most
  ) 0 externs;
  inherit (wanted) folders;
  interfaces = ofAll "interfaces";
  dylibs = ofAll "dylibs";
  nativeFolders = ofAll "nativeFolders";
}
