# What `cargo test` compiles in a package, and the derivation that runs it.
#
# compile: turns arguments of compile-unit.nix into a unit, adding what all units of the package share
# libraryArguments: those of the library
# externs: dependencies and dev-dependencies of tests and examples; ownLibrary: added to them, except for the library's own test
# asMacroUnits: the library's units as a proc macro, if that is for another platform than the rest; otherwise null
# asMacro: arguments of compile-unit.nix for an example that is a proc macro
# settings, rootSettings: profile settings as a dependency and as a requested package; withStrip: decides `strip`
# artifactEnvironment: see artifact-env.nix; vendor: for tests that ask cargo (cargo-view.nix), or ""
# testedPrograms: name -> unit: the package's binaries that its integration tests run
# Returns
#   libraryTest, doctests; programTests, exampleTests, tests, benches, examples: name -> unit; testRun
#   testArguments: arguments of all these units except `doctests`, so that others can compile them
{
  project,
  compiler,
  facts,
  source,
  compile,
  libraryArguments,
  run,
  override,
  externs,
  ownLibrary,
  asMacro,
  asMacroUnits,
  settings,
  rootSettings,
  withStrip,
  testedPrograms,
  artifactEnvironment,
  vendor,
}:
let
  inherit (builtins)
    attrNames
    elem
    filter
    mapAttrs
    ;
  test =
    kind: targetName: rootFile: more:
    {
      inherit kind targetName rootFile;
      source = if kind == "lib" then source.libraryTest else source.targets."${kind}:${targetName}";
      crateTypes = [ "bin" ];
      isTest = true;
      harness = !elem (if kind == "lib" then "lib" else "${kind}:${targetName}") facts.noHarness;
      externs = externs // ownLibrary;
      settings = withStrip rootSettings;
    }
    // more;
  integration =
    kind: name: rootFile:
    test kind name rootFile {
      programs = ownPrograms.files;
      environment = project.env // {
        CARGO_TARGET_TMPDIR = temporaryFolder name;
      };
    };
  # Its path is compiled in, so it must exist wherever the test runs.
  temporaryFolder = name: "/tmp/${facts.pname}-${facts.version}-${name}";
  ownPrograms = import ../units/program-env.nix {
    inherit (compiler) triple;
    gated = facts.gatedBins;
    programs = testedPrograms;
  };
  example =
    name: rootFile:
    let
      crateTypes = import ../lib/words.nix (facts.exampleTypes.${name} or "bin");
    in
    {
      kind = "example";
      targetName = name;
      inherit rootFile crateTypes;
      source = source.targets."example:${name}";
      externs = externs // ownLibrary;
      settings = withStrip settings;
    }
    // (if crateTypes == [ "proc-macro" ] then asMacro else { });

  argumentsOfLibraryTest = test "lib" facts.libName facts.lib { inherit externs; };
  arguments = {
    programTests = mapAttrs (name: rootFile: test "bin" name rootFile { }) facts.bins;
    exampleTests = mapAttrs (name: rootFile: test "example" name rootFile { }) facts.examples;
    tests = mapAttrs (integration "test") facts.tests;
    benches = mapAttrs (integration "bench") facts.benches;
    examples = mapAttrs example facts.examples;
  };
  inherit (mapAttrs (_: mapAttrs (_: compile)) arguments)
    programTests
    exampleTests
    tests
    benches
    examples
    ;
  libraryTest =
    if asMacroUnits != null then asMacroUnits.libraryTest else compile argumentsOfLibraryTest;

  doctests =
    if facts.lib == false || !facts.doctest then
      null
    else if asMacroUnits != null then
      asMacroUnits.doctests
    else
      compile (
        libraryArguments
        // {
          tool = "doctest";
          source = source.test;
          externs = externs // ownLibrary;
          runner = import ./runner.nix { inherit compiler facts override; };
        }
      );

  # In the order in which `cargo test` runs them.
  testsToRun =
    (if facts.lib != false && !elem "lib" facts.untested then [ libraryTest ] else [ ])
    ++ unless "bin" programTests
    ++ onlyIf "example" exampleTests;
  integrationTests = unless "test" tests ++ onlyIf "bench" benches;
  unless = kind: units: select (name: !elem "${kind}:${name}" facts.untested) units;
  onlyIf = kind: units: select (name: elem "${kind}:${name}" facts.tested) units;
  select = isWanted: units: map (name: units.${name}) (filter isWanted (attrNames units));
in
{
  inherit
    libraryTest
    doctests
    programTests
    exampleTests
    tests
    benches
    examples
    ;
  testArguments = arguments // {
    libraryTest = argumentsOfLibraryTest;
  };
  testRun = import ./run-tests.nix {
    inherit
      compiler
      facts
      run
      override
      vendor
      ;
    root = settings.root;
    inherit (project) packageEnv envPlaces;
    source = source.test;
    inherit doctests;
    tests = testsToRun;
    examples = select (name: !elem "example:${name}" facts.tested) examples;
    temporaryFolders = map temporaryFolder (attrNames facts.tests ++ attrNames facts.benches);
    inherit integrationTests;
    programFiles = if integrationTests == [ ] then { } else ownPrograms.files;
    programs = if integrationTests == [ ] then [ ] else ownPrograms.paths;
    environment = project.env // artifactEnvironment;
  };
}
