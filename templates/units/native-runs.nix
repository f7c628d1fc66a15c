# The build script runs whose native libraries a unit links, in cargo's order (`build_map`): its own first, then those of
# its dependencies, sorted by name. If two directories contain a library of the same name, the first one wins.
#
# own: list of { key; run; }: the unit's own, if any
# externs: list of the units that it links
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
  # Linking a library brings in its runs as well. Comparing many runs would take longer than reading them all.
  isBrought = unit: units: builtins.any (earlier: earlier.linked.libraries ? ${unit.key}) units;
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
