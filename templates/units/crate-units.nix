# The units of one package at one point, as lazy attributes.
#
# unitsOf, buildUnitsOf: key of a dependency -> its units (as linked into the package, and into its build script)
# compiler: of the role; cEnvironment: see c-compiler-env.nix
# settings, scriptSettings, runSettings, rootSettings: profile settings for the package, for its build script, for the run
# of that script, and for the package if no other package uses it
# both: see shared-units.nix
# scriptTools: see script-tools.nix
# lintsInterfaces: see unit-graph.nix
# artifactOf: role -> artifact of a fact -> the artifact with its unit and platform, for an artifact that something in that role
# depends on
# forScripts: only build scripts and proc macros use the package
# artifactSettings: profile settings for the package as an artifact
# stdCrates: units of the crates of the standard library that are compiled along
# problem: why nothing in the package can be compiled, or null
# testedPrograms: name -> unit: the package's binaries that its integration tests run
{
  project,
  compilers,
  compiler,
  cEnvironment,
  role,
  facts,
  unitsOf,
  buildUnitsOf,
  settings,
  scriptSettings,
  runSettings,
  rootSettings,
  settingsOfDependency,
  settingsOfBuildDependency,
  both,
  scriptTools,
  testedPrograms,
  artifactOf,
  artifactSettings,
  forScripts,
  lintsInterfaces,
  stdCrates,
  problem,
}:
let
  inherit (builtins)
    all
    filter
    listToAttrs
    mapAttrs
    ;
  source =
    if override.source == null then
      project.sourceOf facts.key
    else
      mapAttrs (kind: source: if kind == "targets" then mapAttrs (_: _: patched) source else patched) (
        project.sourceOf facts.key
      );
  # A patch may apply to any file of the package.
  patched = import ../sources/patched-source.nix {
    inherit (compilers.build.pkgs) stdenv;
    inherit facts;
    source = (project.sourceOf facts.key).whole;
    changes = override.source;
  };
  override = compiler.overrideOf facts;
  # The output that cargo's configuration sets in place of the script.
  scriptOutput =
    if facts.build == null || facts.links == null then
      null
    else
      project.scriptOutputs.${compiler.triple}.${facts.links} or null;
  hasScript = facts.build != null && scriptOutput == null;
  hasLibrary = facts.lib != false;
  cargoVendor = project.cargoVendorOf facts.key;
  crateTypes = if facts.procMacro then [ "proc-macro" ] else facts.crateTypes;

  # The standard library's debuginfo is stripped if neither the unit nor anything it uses has debuginfo.
  withStrip =
    settings: dependencies:
    {
      strip =
        if
          !settings.hasDebuginfo
          && all (settings: settings.debuginfo == "0") (dependencies ++ map (crate: crate.settings) stdCrates)
        then
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
    let
      tool = arguments.tool or "rustc";
      isTest = arguments.isTest or false;
    in
    if problem != null then
      throw problem
    else
      import ./compile-unit.nix (
        {
          inherit
            compiler
            facts
            run
            override
            ;
          inherit (project) packageEnv profileArgs envPlaces;
          isMember = project.isMember facts.key;
          wantsInterface = lintsInterfaces || project.wantsInterface facts.pname;
          inherit lintsInterfaces;
          settings = withStrip settings (map settingsOfDependency facts.deps);
          stdUnits = map (crate: crate.library) stdCrates;
          # A test itself asks when it runs.
          vendor =
            cargoVendor.${
              if tool == "doctest" then
                "tests"
              else if isTest then
                "testMacros"
              else
                "macros"
            };
          warnings = project.warningsWith (compilers.tools.rustc.version or null);
          environment = project.env;
          artifactEnvironment = artifactsFor arguments;
          lto = project.ltoArgs {
            inherit (settings) lto;
            # Nothing links a test.
            both = both && !isTest;
            crateTypes =
              if tool == "doctest" || (tool == "rustc" && isTest) then [ "bin" ] else arguments.crateTypes;
            forHost = forScripts;
          };
        }
        // arguments
      );

  artifactEnv = role: artifacts: import ./artifact-env.nix (map (artifactOf role) artifacts);
  artifactsFor =
    arguments:
    if arguments.kind == "build-script" then
      { }
    else if
      arguments.isTest or false
      || builtins.elem arguments.kind [
        "test"
        "bench"
        "example"
      ]
    then
      artifactEnv role (facts.artifacts ++ facts.devArtifacts)
    else
      artifactEnv role facts.artifacts;

  libraryArguments = {
    source = source.library;
    kind = "lib";
    targetName = facts.libName;
    rootFile = facts.lib;
    inherit crateTypes;
    externs = dependencies;
  };
  # All other targets of a proc macro's package are like those of any package.
  asMacroUnits = if project.roleOf role facts.key == role then null else buildUnitsOf facts.key;
  library = if asMacroUnits != null then asMacroUnits.library else compile libraryArguments;
  programArguments = name: rootFile: {
    source = source.targets."bin:${name}" or source.programs;
    kind = "bin";
    targetName = name;
    inherit rootFile;
    crateTypes = [ "bin" ];
    externs = dependencies // ownLibrary;
  };
  # Includes comments, for the tools that read them.
  asWritten = {
    library =
      if hasLibrary then [ (libraryArguments // { source = source.libraryAsWritten; }) ] else [ ];
    programs = mapAttrs (
      name: rootFile: programArguments name rootFile // { source = source.programsAsWritten; }
    ) facts.bins;
  };

  # Cargo names the target after the script's file.
  scriptStem = builtins.elemAt (builtins.match "(.*/)?([^/]*)[.]rs" facts.build) 1;
  scriptArguments = {
    compiler = compilers.build;
    # Of the platform that runs the script: it cannot link libraries built for the other platform.
    override = compilers.build.overrideOf facts;
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
    stdUnits = [ ];
    run = null;
  };
  buildScript = if hasScript then compile scriptArguments else null;

  tools = scriptTools.ofPackage facts;
  nativeInputs = import ../scripts/native-inputs.nix {
    inherit (compiler.pkgs) buildPackages;
    tools = if hasScript then tools else null;
    inherit override;
  };
  run =
    if scriptOutput != null then
      import ../scripts/overridden-script.nix {
        inherit compiler facts;
        inherit (project) root;
        settings = runSettings;
        output = scriptOutput;
      }
    else if !hasScript then
      null
    else
      import ../scripts/run-build-script.nix {
        inherit
          compiler
          facts
          override
          ;
        settings = runSettings;
        inherit (project) packageEnv envPlaces compilesStd;
        inherit tools nativeInputs;
        inherit cEnvironment;
        hostTriple = compilers.build.triple;
        hostRustc = compilers.build.rustc;
        script = buildScript;
        source = source.run;
        vendor = cargoVendor.script;
        environment = project.env;
        artifactEnvironment = artifactEnv "build" facts.buildArtifacts;
        dependencyRuns = listToAttrs (
          map
            (dependency: {
              name = dependency.facts.links;
              value = dependency.run;
            })
            (
              filter (
                dependency: dependency.facts.links != null && dependency.run != null && dependency.library.linkable
              ) (map unitsOf facts.deps ++ stdCrates)
            )
        );
      };

  # For packages that depend on a file of this one. A library is compiled as one crate type at a time.
  artifacts =
    let
      compileArtifact =
        arguments:
        compile (
          arguments
          // {
            settings = withStrip artifactSettings (map settingsOfDependency facts.deps);
            lto = project.ltoArgs {
              inherit (artifactSettings) lto;
              inherit (arguments) crateTypes;
              forHost = false;
              both = false;
            };
          }
        );
      libraryAs = type: compileArtifact (libraryArguments // { crateTypes = [ type ]; });
    in
    {
      bin = mapAttrs (
        name: rootFile: compileArtifact (programArguments name rootFile)
      ) facts.artifactBins;
      cdylib.${facts.libName} = libraryAs "cdylib";
      staticlib.${facts.libName} = libraryAs "staticlib";
    };

  # Units that are compiled only to be run as tests.
  tests = import ../checks/test-units.nix {
    inherit
      project
      compiler
      facts
      source
      compile
      libraryArguments
      run
      override
      testedPrograms
      asMacroUnits
      ;
    artifactEnvironment = artifactEnv role (facts.artifacts ++ facts.devArtifacts);
    externs = dependencies // externsOf unitsOf facts.devDeps;
    inherit ownLibrary;
    vendor = cargoVendor.tests;
    asMacro = {
      compiler = compilers.build;
      stdUnits = [ ];
      override = compilers.build.overrideOf facts;
      externs =
        externsOf buildUnitsOf (facts.deps ++ facts.devDeps)
        // (if hasLibrary then externsOf buildUnitsOf [ facts.key ] else { });
      lto = project.ltoArgs {
        inherit (settings) lto;
        crateTypes = [ "proc-macro" ];
        forHost = true;
        both = false;
      };
    };
    withStrip = settings: withStrip settings (map settingsOfDependency (facts.deps ++ facts.devDeps));
    inherit settings rootSettings;
  };

  lintsWith =
    { keepsFindings }:
    import ../checks/clippy-units.nix {
      inherit
        project
        facts
        source
        compile
        asWritten
        keepsFindings
        ;
      macroLints =
        if asMacroUnits == null then
          null
        else if keepsFindings then
          asMacroUnits.findings
        else
          asMacroUnits.lints;
      script = if hasScript then scriptArguments else null;
      tests = tests.testArguments;
      askedSettings = withStrip rootSettings (map settingsOfDependency facts.deps);
    };
in
tests
// {
  inherit
    facts
    settings
    source
    override
    nativeInputs
    library
    buildScript
    run
    artifacts
    hasScript
    ;
  bins = mapAttrs (name: rootFile: compile (programArguments name rootFile)) facts.bins;
  lints = lintsWith { keepsFindings = false; };
  findings = lintsWith { keepsFindings = true; };
  pages = import ../checks/doc-units.nix {
    inherit
      project
      compiler
      facts
      source
      compile
      asWritten
      libraryArguments
      programArguments
      ;
  };
}
