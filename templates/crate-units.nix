# The units of one package at one point, as lazy attributes.
#
# unitsOf, buildUnitsOf: key of a dependency -> its units (as linked into the package, and into its build script)
# settings, scriptSettings, rootSettings: of the profile: for the package, for its build script, and for the package
# where it is not used by another one
# both: see shared-units.nix
# scriptTools: see script-tools.nix
# testedPrograms: name -> unit: the package's programs, as its integration tests run them
{
  project,
  compilers,
  role,
  facts,
  unitsOf,
  buildUnitsOf,
  settings,
  scriptSettings,
  rootSettings,
  settingsOfDependency,
  settingsOfBuildDependency,
  both,
  scriptTools,
  testedPrograms,
}:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    elem
    filter
    listToAttrs
    mapAttrs
    ;
  compiler = compilers.${role};
  source =
    if override.source == null then
      project.sourceOf facts.key
    else
      mapAttrs (
        _: source:
        import ./patched-source.nix {
          inherit (compilers.build.pkgs) stdenv;
          inherit source facts;
          changes = override.source;
        }
      ) (project.sourceOf facts.key);
  override = compiler.overrideOf facts;
  hasScript = facts.build != null;
  hasLibrary = facts.lib != false;
  crateTypes = if facts.procMacro then [ "proc-macro" ] else facts.crateTypes;

  # The standard library's debuginfo is stripped where neither the unit nor what it uses is to have any.
  withStrip =
    settings: dependencies:
    {
      strip =
        if !settings.hasDebuginfo && all (settings: settings.debuginfo == "0") dependencies then
          "debuginfo"
        else
          "none";
    }
    // settings;

  externsOf =
    unitsOf: keys:
    listToAttrs (
      filter (extern: extern.value.linkable) (
        map (
          key:
          let
            unit = (unitsOf key).library;
          in
          {
            name = facts.rename.${key} or unit.crateName;
            value = unit;
          }
        ) keys
      )
    );
  dependencies = externsOf unitsOf facts.deps;
  ownLibrary = if hasLibrary && library.linkable then { ${library.crateName} = library; } else { };

  compile =
    arguments:
    import ./compile-unit.nix (
      {
        inherit
          compiler
          facts
          run
          override
          ;
        inherit (project) packageEnv profileArgs;
        isMember = project.isMember facts.key;
        source = source.programs;
        settings = withStrip settings (map settingsOfDependency facts.deps);
        environment = project.env;
        lto = project.ltoArgs {
          inherit (settings) lto;
          inherit both;
          crateTypes = if arguments.isTest or false then [ "bin" ] else arguments.crateTypes;
          forHost = role == "build";
        };
      }
      // arguments
    );

  library = compile {
    source = source.library;
    kind = "lib";
    targetName = facts.libName;
    rootFile = facts.lib;
    inherit crateTypes;
    externs = dependencies;
  };

  # Cargo names the target after the script's file.
  scriptStem = builtins.elemAt (builtins.match "(.*/)?([^/]*)[.]rs" facts.build) 1;
  buildScript = compile {
    compiler = compilers.build;
    source = source.script;
    kind = "build-script";
    targetName = "build-script-${scriptStem}";
    rootFile = facts.build;
    crateTypes = [ "bin" ];
    settings = withStrip scriptSettings (map settingsOfBuildDependency facts.buildDeps);
    lto = project.ltoArgs {
      inherit (scriptSettings) lto;
      crateTypes = [ "bin" ];
      forHost = true;
      both = false;
    };
    externs = externsOf buildUnitsOf facts.buildDeps;
    run = null;
  };

  run =
    if !hasScript then
      null
    else
      import ./run-build-script.nix {
        inherit
          compiler
          facts
          settings
          override
          ;
        inherit (project) packageEnv;
        tools = scriptTools.ofDependencies facts.buildDeps;
        inherit (compilers) cEnvironment;
        hostTriple = compilers.build.triple;
        script = buildScript;
        source = source.script;
        environment = project.env;
        dependencyRuns = listToAttrs (
          map
            (dependency: {
              name = dependency.facts.links;
              value = dependency.run;
            })
            (
              filter (
                dependency: dependency.facts.links != null && dependency.run != null && dependency.library.linkable
              ) (map unitsOf facts.deps)
            )
        );
      };

  program =
    kind: targetName: rootFile:
    compile {
      inherit kind targetName rootFile;
      crateTypes = [ "bin" ];
      externs = dependencies // ownLibrary;
    };

  # What is only compiled to be run as a test.
  withDevDependencies = dependencies // externsOf unitsOf facts.devDeps;
  test =
    kind: targetName: rootFile: arguments:
    compile (
      {
        inherit kind targetName rootFile;
        source = source.test;
        crateTypes = [ "bin" ];
        isTest = true;
        harness = !elem (if kind == "lib" then "lib" else "${kind}:${targetName}") facts.noHarness;
        externs = withDevDependencies // ownLibrary;
        settings = withStrip rootSettings (map settingsOfDependency (facts.deps ++ facts.devDeps));
      }
      // arguments
    );
  integration =
    kind: name: rootFile:
    test kind name rootFile {
      environment =
        project.env
        // programEnv testedPrograms
        // {
          CARGO_TARGET_TMPDIR = temporaryFolder name;
        };
    };
  temporaryFolder = name: "/tmp/${facts.pname}-${facts.version}-${name}";
  programEnv = import ./program-env.nix {
    inherit (compiler) triple;
    gated = facts.gatedBins;
  };
  libraryTest = test "lib" facts.libName facts.lib { externs = withDevDependencies; };
  programTests = mapAttrs (name: rootFile: test "bin" name rootFile { }) facts.bins;
  tests = mapAttrs (integration "test") facts.tests;
  benches = mapAttrs (integration "bench") facts.benches;
  examples = mapAttrs (
    name: rootFile:
    compile {
      kind = "example";
      targetName = name;
      inherit rootFile;
      source = source.test;
      crateTypes = import ./words.nix (facts.exampleTypes.${name} or "bin");
      externs = withDevDependencies // ownLibrary;
      settings = withStrip settings (map settingsOfDependency (facts.deps ++ facts.devDeps));
    }
  ) facts.examples;
  exampleTests = mapAttrs (name: rootFile: test "example" name rootFile { }) facts.examples;

  # In the order in which `cargo test` runs them.
  integrationTests = unless "test" tests ++ onlyIf "bench" benches;
  unless = kind: units: attrValues (filterNames (name: !elem "${kind}:${name}" facts.untested) units);
  onlyIf = kind: units: attrValues (filterNames (name: elem "${kind}:${name}" facts.tested) units);
  testsToRun =
    (if hasLibrary && !elem "lib" facts.untested then [ libraryTest ] else [ ])
    ++ unless "bin" programTests
    ++ onlyIf "example" exampleTests
    ++ integrationTests;
  filterNames = keep: units: removeAttrs units (filter (name: !keep name) (attrNames units));
in
{
  inherit
    facts
    source
    library
    buildScript
    run
    libraryTest
    programTests
    tests
    benches
    examples
    ;
  bins = mapAttrs (program "bin") facts.bins;
  testRun = import ./run-tests.nix {
    inherit
      compiler
      facts
      run
      override
      ;
    inherit (project) packageEnv;
    source = source.test;
    tests = testsToRun;
    examples = attrValues examples;
    temporaryFolders = map temporaryFolder (attrNames facts.tests ++ attrNames facts.benches);
    # Only integration tests call the programs.
    environment = project.env // (if integrationTests == [ ] then { } else programEnv testedPrograms);
  };
}
