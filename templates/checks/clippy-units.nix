# What `cargo clippy` (and `cargo clippy --all-targets`) checks in a package: one clippy invocation per unit.
#
# project: see unit-graph.nix
# compile: turns arguments of compile-unit.nix into a unit, adding what all units of the package share
# asWritten: arguments of the library and the binaries: { library; programs.<name>; }
# script: arguments of the build script; tests: `testArguments` from test-units.nix
# macroLints: this function's result for the library of a proc macro, if that is for another platform than the rest
# keepsFindings: see compile-unit.nix
# askedSettings: profile settings for a package that no other package uses
# Returns name -> unit for each of
#   normal: library, build script and binaries
#   examples
#   tests: tests, benchmarks and unit tests inside other targets: `tested-bin-NAME`
#   library, libraryTest: the subset that a proc macro has in role "build"
{
  project,
  facts,
  source,
  compile,
  asWritten,
  script,
  tests,
  macroLints,
  keepsFindings,
  askedSettings,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    elem
    filter
    listToAttrs
    ;
  # The arguments that `cargo-clippy` passes to the compiler it wraps.
  clippyEnvironment = {
    CLIPPY_TERMINAL_WIDTH = "0";
    CLIPPY_ARGS = builtins.concatStringsSep "" (
      map (argument: "${argument}__CLIPPY_HACKERY__") project.clippyArgs
    );
  }
  // project.clippySettingsOf facts;
  lint =
    {
      environment ? project.env,
      programs ? { },
      ...
    }@arguments:
    compile (
      arguments
      // {
        tool = "clippy";
        inherit keepsFindings;
        environment = environment // placesOf programs // clippyEnvironment;
        programs = { };
      }
    );
  # Nothing is linked, so there is no binary whose path a test could be given.
  placesOf =
    programs:
    listToAttrs (
      map (name: {
        name = "CARGO_BIN_EXE_${name}";
        value = "placeholder:${name}";
      }) (attrNames programs)
    );
  named =
    prefix: list:
    listToAttrs (
      map (arguments: {
        name = "${prefix}${arguments.kind}-${arguments.targetName}";
        value = lint arguments;
      }) list
    );

  ofLibrary =
    if macroLints != null then
      macroLints
    else
      {
        library = named "" (
          map (library: library // macroSettings) asWritten.library
          ++ (if script == null then [ ] else [ script ])
        );
        libraryTest = named "tested-" (
          map (library: tests.libraryTest // { inherit (library) crateTypes; }) (
            if elem "lib" facts.unbenched then [ ] else asWritten.library
          )
        );
      };
  # A proc macro is checked with the settings of a binary, not those its users need.
  macroSettings =
    if facts.procMacro then
      {
        settings = askedSettings // {
          panic = "unwind";
        };
      }
    else
      { };

  # `--all-targets` selects what `cargo test` or `cargo bench` builds.
  programTests = map (name: tests.programTests.${name} // { source = source.programsAsWritten; }) (
    filter (name: !elem "bin:${name}" facts.unbenched) (attrNames facts.bins)
  );
  exampleTests =
    map (name: tests.exampleTests.${name} // { inherit (tests.examples.${name}) crateTypes; })
      (filter (name: elem "example:${name}" (facts.tested ++ facts.benched)) (attrNames facts.examples));
in
{
  inherit (ofLibrary) library libraryTest;
  normal = ofLibrary.library // named "" (attrValues asWritten.programs);
  examples = named "" (attrValues tests.examples);
  tests =
    ofLibrary.libraryTest
    // named "tested-" (programTests ++ exampleTests)
    // named "" (attrValues tests.tests ++ attrValues tests.benches);
}
