# Crate roots of all targets of a package except its library and build script, by `kind:name`, whether or not they are
# compiled at any point.
crate:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    listToAttrs
    ;
  kinds = {
    bins = "bin";
    examples = "example";
    tests = "test";
    benches = "bench";
  };
  rootsOf =
    facts:
    concatMap (
      fact:
      map (name: {
        name = "${kinds.${fact}}:${name}";
        value = facts.${fact}.${name};
      }) (attrNames (facts.${fact} or { }))
    ) (attrNames kinds);
in
crate.otherRoots or { }
// listToAttrs (concatMap rootsOf ([ crate ] ++ attrValues (crate.on or { })))
