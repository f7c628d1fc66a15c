# The libraries that a unit is linked with, through all of their dependencies.
#
# externs: list of the units that it is linked with itself
# Returns
#   height: how many levels of libraries there are
#   folders: key -> store path, of each; interfaces: the same of their interfaces, where these are something else
#   dylibs: the same of those that are dynamic libraries
#   nativeFolders: key -> folders with native libraries, of those that crateOverrides gives any
#
# A library brings all that it is linked with itself, so one that is there already is passed over; the highest come first.
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
