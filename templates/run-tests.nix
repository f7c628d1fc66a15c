# Runs a member's test programs as `cargo test` does: one derivation that fails if one of them fails.
#
# compiler: of the side that the tests are compiled for
# tests: list of units (compile-unit.nix), in cargo's order; examples: units that are only built
# temporaryFolders: CARGO_TARGET_TMPDIR of integration tests, as compiled in
# run: of the package's build script, or null
{
  compiler,
  facts,
  packageEnv,
  source,
  tests,
  examples,
  run,
  temporaryFolders,
  environment,
  override,
}:
let
  inherit (compiler.pkgs.stdenv) buildPlatform hostPlatform;
  runsHere =
    !compiler.isExplicit || (buildPlatform.canExecute or (other: other == buildPlatform)) hostPlatform;
  emulator =
    if runsHere then
      ""
    else if (hostPlatform.emulatorAvailable or (_: false)) compiler.pkgs.buildPackages then
      hostPlatform.emulator compiler.pkgs.buildPackages
    else
      throw "cargo2nix-ts: the tests of '${facts.pname}' are for '${compiler.triple}', and nixpkgs has no emulator for that platform. Build them there, or take `targets.<the machine's own>.tests.${facts.pname}`.";
in
compiler.buildShell {
  name = "${facts.storeName}-${facts.version}-tests";
  script = ./run-tests.sh;
  isStandard = true;
  packageId = "${facts.pname} v${facts.version}";
  missingFile = import ./missing-file.nix facts;
  inherit (source) src dir;
  inherit emulator temporaryFolders;
  inherit (compiler) rustc;
  tests = map (test: "${test}") tests;
  examples = map (example: "${example}") examples;
  ownRun = if run == null then "" else "${run}";
  ownOutDir = if run == null then "" else run.outDir;
  environment =
    packageEnv facts // { CARGO = compiler.cargo; } // environment // override.environment;
}
// {
  passthru = { inherit tests examples; };
}
