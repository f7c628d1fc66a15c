# The libraries that a unit links, including transitive ones.
#
# externs: list of the units that it links directly
# Returns
#   height: number of levels of libraries
#   libraries: key -> { folder; readFolder; } of each library: its store path, and that of its interface if it has a separate
#     one, else the same; in one set, because these sets are most of what evaluation allocates
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
        { libraries, units }@all:
        unit:
        if libraries ? ${unit.key} then
          all
        else
          {
            libraries = libraries // unit.linked.libraries;
            units = units ++ [ unit ];
          }
      )
      {
        libraries = { };
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
  inherit (wanted) libraries;
  dylibs = ofAll "dylibs";
  nativeFolders = ofAll "nativeFolders";
}
