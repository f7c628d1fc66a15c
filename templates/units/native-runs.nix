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
  inOrder = builtins.sort isBefore (builtins.filter (unit: unit.nativeRuns != [ ]) externs);
  # Whoever is linked with a library brings its runs, too. To compare many would take longer than to read them all.
  isBrought = unit: units: builtins.any (earlier: earlier.linked.folders ? ${unit.key}) units;
  brought =
    if builtins.length inOrder > 32 then
      inOrder
    else
      builtins.foldl' (
        units: unit: if isBrought unit units then units else units ++ [ unit ]
      ) [ ] inOrder;
in
if own == [ ] && builtins.length brought == 1 then
  (builtins.head brought).nativeRuns
else
  builtins.genericClosure {
    startSet = own ++ builtins.concatMap (unit: unit.nativeRuns) brought;
    operator = _: [ ];
  }
