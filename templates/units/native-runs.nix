# The runs of build scripts whose native libraries a unit is linked with, in cargo's order (`build_map`): its own, then
# those of its dependencies by name. Of two folders with a library of one name the first one counts.
#
# own: list of { key; run; }: the unit's own, if any
# externs: list of the units it is linked with
# Returns a list of { key; run; } without duplicates.
{ own, externs }:
let
  isBefore =
    a: b:
    if a.pname == b.pname then
      builtins.compareVersions a.version b.version < 0
    else
      builtins.lessThan a.pname b.pname;
in
builtins.genericClosure {
  startSet = own ++ builtins.concatMap (unit: unit.nativeRuns) (builtins.sort isBefore externs);
  operator = _: [ ];
}
