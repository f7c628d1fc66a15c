# For every crate the programs that a build script made with it may call (native-tools.nix), through all of its
# dependencies.
#
# facts: key -> facts in role "build"
# Returns key -> null (none, not even a C compiler) or name of a known crate -> true.
{ facts }:
let
  known = import ./native-tools.nix;
  union =
    names:
    if names == [ ] then
      null
    else
      builtins.foldl' (
        all: more: if more == null then all else (if all == null then { } else all) // more
      ) null names;
  usedBy = builtins.mapAttrs (
    _: facts:
    let
      own = if known ? ${facts.pname} then { ${facts.pname} = true; } else null;
    in
    union ([ own ] ++ map (key: usedBy.${key}) facts.deps)
  ) facts;
in
{
  ofDependencies = keys: union (map (key: usedBy.${key}) keys);
}
