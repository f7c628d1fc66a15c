# The binaries that a package's build script may call (native-tools.nix): those of the crates it is built from, including
# transitive dependencies, and those of the package itself if it is one of the known crates.
#
# facts: key -> facts in role "build"
# The functions return null (no binaries, not even a C compiler) or name of a known crate -> true.
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
  own = name: if known ? ${name} then { ${name} = true; } else null;
  usedBy = builtins.mapAttrs (
    _: facts: union ([ (own facts.pname) ] ++ map (key: usedBy.${key}) facts.deps)
  ) facts;
in
{
  ofPackage =
    { pname, buildDeps, ... }: union ([ (own pname) ] ++ map (key: usedBy.${key}) buildDeps);
}
