# The facts of every crate at a point: entries under `on` are merged in if their condition holds, missing entries get
# their default, and strings of words become lists.
#
# crates: the `crates` of Cargo.nix
# holds: condition name -> bool (conditions-at.nix)
# plain: the facts with no condition holding, for crates that have no conditions
# Returns key -> facts.
{
  crates,
  holds,
  plain ? { },
}:
let
  words = import ../lib/words.nix;
  wordFacts = {
    crateTypes = "lib";
    features = "";
    deps = "";
    devDeps = "";
    buildDeps = "";
    noHarness = "";
    documented = "";
    undocumented = "";
    untested = "";
    tested = "";
    unbenched = "";
    benched = "";
    gatedBins = "";
    declaredFeatures = "";
  };
  defaults = {
    exclude = [ ];
    include = [ ];
    edition = "2021";
    editions = { };
    lib = "src/lib.rs";
    procMacro = false;
    rename = { };
    build = null;
    links = null;
    bins = { };
    examples = { };
    exampleTypes = { };
    doctest = true;
    tests = { };
    benches = { };
    defaultRun = "";
    otherRoots = { };
    artifacts = [ ];
    devArtifacts = [ ];
    buildArtifacts = [ ];
    artifactBins = { };
    authors = "";
    description = "";
    homepage = "";
    repository = "";
    license = "";
    licenseFile = "";
    rustVersion = "";
    readme = "README.md";
    lints = [ ];
  };

  # `name` if the lockfile has one version of it, else `name-version`. Names contain no dots and versions do, so the key is
  # split before the first number that a dot follows.
  split = key: builtins.match "([^.]*)-([0-9]+[.].*)" key;

  merge =
    facts: more:
    facts
    // builtins.mapAttrs (
      name: value:
      if !(facts ? ${name}) then
        value
      else if wordFacts ? ${name} then
        "${facts.${name}} ${value}"
      else if builtins.isList value then
        facts.${name} ++ value
      else if builtins.isAttrs value then
        facts.${name} // value
      else
        value
    ) more;

  factsOf =
    key: written:
    let
      active = builtins.filter (condition: holds.${condition}) (builtins.attrNames written.on);
      merged =
        if written ? on then
          builtins.foldl' (facts: condition: merge facts written.on.${condition}) written active
        else
          written;
      nameAndVersion = split key;
      locked = words (merged.locked or "");
      pname = merged.pname or (if nameAndVersion == null then key else builtins.elemAt nameAndVersion 0);
      lists = builtins.mapAttrs (name: default: words (merged.${name} or default)) wordFacts;
    in
    defaults
    // {
      inherit key pname;
      version = builtins.elemAt nameAndVersion 1;
      storeName = pname;
      libName = builtins.replaceStrings [ "-" ] [ "_" ] pname;
    }
    // merged
    // (
      if locked == [ ] then
        { }
      else
        {
          version = builtins.head locked;
          sha256 = builtins.elemAt locked 1;
        }
    )
    // lists
    // {
      # Cargo passes them sorted. The order in which conditions add them must not affect a derivation.
      features = builtins.sort builtins.lessThan lists.features;
    };
in
builtins.mapAttrs (
  key: written: if written ? on || !(plain ? ${key}) then factsOf key written else plain.${key}
) crates
