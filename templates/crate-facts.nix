# The facts of every crate at a point: what is written under `on` is merged in where its condition holds,
# and what is not written has its default.
#
# crates: the `crates` of Cargo.nix
# holds: condition name -> bool (conditions-at.nix)
# Returns key -> facts.
{ crates, holds }:
let
  defaults = {
    exclude = [ ];
    edition = "2021";
    lib = "src/lib.rs";
    crateTypes = [ "lib" ];
    procMacro = false;
    features = [ ];
    deps = [ ];
    devDeps = [ ];
    buildDeps = [ ];
    rename = { };
    build = null;
    links = null;
    bins = { };
    examples = { };
    tests = { };
    benches = { };
    noHarness = [ ];
    authors = "";
    description = "";
    homepage = "";
    repository = "";
    license = "";
    licenseFile = "";
    rustVersion = "";
    readme = "README.md";
    lints = [ ];
    declaredFeatures = [ ];
  };

  # A package's name holds no dot, its version holds one: the key splits before the first number with a dot.
  split = key: builtins.match "([^.]*)-([0-9]+[.].*)" key;

  merge =
    facts: more:
    facts
    // builtins.mapAttrs (
      name: value:
      if !(facts ? ${name}) then
        value
      else if builtins.isList value then
        facts.${name} ++ value
      else if builtins.isAttrs value then
        facts.${name} // value
      else
        value
    ) more;

  # Equal sets must be equal lists: the order in which conditions add to them must not reach a derivation.
  sorted =
    facts:
    facts
    // {
      features = builtins.sort builtins.lessThan (facts.features or [ ]);
    };

  factsOf =
    key: written:
    let
      active = builtins.filter (condition: holds.${condition}) (builtins.attrNames written.on);
      merged =
        if !(written ? on) || active == [ ] then
          written
        else
          sorted (builtins.foldl' (facts: condition: merge facts written.on.${condition}) written active);
      nameAndVersion = split key;
      pname = merged.pname or (builtins.elemAt nameAndVersion 0);
    in
    defaults
    // {
      inherit key pname;
      version = builtins.elemAt nameAndVersion 1;
      libName = builtins.replaceStrings [ "-" ] [ "_" ] pname;
    }
    // merged;
in
builtins.mapAttrs factsOf crates
