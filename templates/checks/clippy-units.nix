# What `cargo clippy` looks at in a package, and with `--all-targets`: one call of clippy for each.
#
# project: see unit-graph.nix
# compile: from arguments of compile-unit.nix to a unit, with what all units of the package have in common
# asWritten: arguments: { library; programs.<name>; }, the library's and those of programs
# script: arguments of the build script; tests: `testArguments` of test-units.nix
# asMacroUnits: see test-units.nix
# askedSettings: of the profile, for a package that no other one uses
# Returns name -> unit, for each of
#   normal: library, build script and programs
#   examples
#   tests: tests and benchmarks, and those that lie in what is none: `tested-bin-NAME`
#   library, libraryTest: parts of these that a proc macro has in role "build"
{
  project,
  facts,
  source,
  compile,
  asWritten,
  script,
  tests,
  asMacroUnits,
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
  # As the program `cargo-clippy` hands them to the compiler in its place.
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
        environment = environment // placesOf programs // clippyEnvironment;
        programs = { };
      }
    );
  # Nothing is linked, so there is none that a test could be told of.
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
    if asMacroUnits != null then
      asMacroUnits.lints
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
  # A proc macro is checked as programs are compiled, not as those that use it need it.
  macroSettings =
    if facts.procMacro then
      {
        settings = askedSettings // {
          panic = "unwind";
        };
      }
    else
      { };

  # `--all-targets` takes what `cargo test` or `cargo bench` does.
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
