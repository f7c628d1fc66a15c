# Runs a member's test binaries as `cargo test` does: one derivation that fails if any of them fails.
#
# compiler: of the side for which the tests are compiled
# tests: list of units (compile-unit.nix), in cargo's order; examples: units that are built but not run
# integrationTests: units that call the package's binaries; programFiles: name -> file of each binary
# programs: paths of the binaries that exist
# temporaryFolders: CARGO_TARGET_TMPDIR of the integration tests, as compiled in
# doctests: the run of the library's documentation tests, or null
# run: the run of the package's build script, or null
# vendor: for tests that ask cargo (cargo-view.nix), or ""
# root: the directory of cargo's profile
{
  compiler,
  facts,
  packageEnv,
  source,
  tests,
  integrationTests,
  programFiles,
  programs,
  examples,
  doctests,
  run,
  vendor,
  root,
  temporaryFolders,
  environment,
  envPlaces,
  override,
}:
let
  inherit (builtins) any attrNames match;
  isInsta = test: any (key: match "insta(-[0-9].*)?" key != null) (attrNames test.linked.libraries);
  all = tests ++ integrationTests;
  runner = import ./runner.nix { inherit compiler facts override; };
in
compiler.buildShell {
  name = import ../units/unit-name.nix {
    inherit facts;
    kind = "tests";
  };
  script = ./run-tests.sh;
  isStandard = true;
  packageId = "${facts.pname} v${facts.version}";
  missingFile = import ../sources/missing-file.nix facts;
  inherit (source) src dir;
  inherit (import ../units/package-place.nix facts) isInWorkspace workspacePath placePackage;
  isWritten = true;
  usesInsta = any isInsta all;
  inherit temporaryFolders envPlaces vendor;
  profileFolder = "target/${root}";
  inherit (compiler) rustc;
  findRunner = ./find-runner.sh;
  inherit (compiler) triple;
  runner = runner.words;
  inherit (runner) emulator tools;
  libraryArgs = if runner.libraryArgs == null then [ ] else runner.libraryArgs;
  isToldOfLibraries = runner.libraryArgs != null;
  doctests = if doctests == null then "" else "${doctests}";
  tests = map (test: "${test}") tests;
  integrationTests = map (test: "${test}") integrationTests;
  inherit programFiles programs;
  examples = map (example: "${example}") examples;
  ownRun = if run == null then "" else "${run}";
  ownRunDir = if run == null then "" else run.dir;
  linkedRuns = map (found: found.key) (
    builtins.genericClosure {
      startSet = map (each: { key = "${each.run}"; }) (builtins.concatMap (test: test.linkedRuns) all);
      operator = _: [ ];
    }
  );
  loadedFolders = builtins.concatMap (test: test.dylibFolders) all;
  ownOutDir = if run == null then "" else run.outDir;
  environment =
    packageEnv facts // { CARGO = compiler.cargo; } // environment // override.environment;
}
// {
  passthru = {
    tests = all;
    inherit examples doctests;
  };
}
