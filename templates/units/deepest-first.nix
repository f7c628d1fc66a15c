# Evaluates the libraries below a package from the bottom up. Each library forces those that it links anyway, but Nix
# limits how deep evaluation may nest, and a long chain of dependencies nests deeper.
#
# facts: role -> key -> facts; units: role -> key -> units (unit-graph.nix); roleOf: role -> key -> role of a dependency
# Returns a function: key of a package -> value -> the value, after evaluating the libraries.
{
  facts,
  units,
  roleOf,
}:
let
  inherit (builtins)
    attrNames
    elemAt
    foldl'
    genList
    genericClosure
    length
    seq
    ;
  node = role: key: {
    key = "${role} ${key}";
    inherit role;
    crate = key;
  };
  below =
    { role, crate, ... }:
    let
      own = facts.${role}.${crate};
    in
    map (key: node (roleOf role key) key) own.deps
    ++ (if own.build == null then [ ] else map (node "build") own.buildDeps);
  # With fewer crates, no chain is too long.
  isSmall = length (attrNames facts.host) < 1500;
in
key: value:
if isSmall then
  value
else
  let
    own = facts.host.${key};
    nodes = genericClosure {
      startSet =
        map (key: node (roleOf "host" key) key) (own.deps ++ own.devDeps)
        ++ map (node "build") own.buildDeps;
      operator = below;
    };
    last = length nodes - 1;
    lowestFirst = genList (index: elemAt nodes (last - index)) (length nodes);
  in
  seq (foldl' (
    done:
    { role, crate, ... }:
    let
      inherit (units.${role}.${crate}) library;
    in
    if facts.${role}.${crate}.lib == false then done else seq library.stem done
  ) null lowestFirst) value
