# The units of one package at one point, as lazy attributes.
#
# unitsOf, buildUnitsOf: key of a dependency -> its units (as linked into the package, and into its build script)
# settings, buildSettings: of the profile: for the package and for its build script
# both: see shared-units.nix
# scriptTools: see script-tools.nix
# Returns { library; buildScript; run; bins; unitTests; tests; examples; benches; facts; source; }.
{
  project,
  compilers,
  role,
  facts,
  unitsOf,
  buildUnitsOf,
  settings,
  buildSettings,
  settingsOfDependency,
  settingsOfBuildDependency,
  both,
  scriptTools,
}:
let
  inherit (builtins)
    all
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

  # Standard library symbols are stripped where neither the unit nor what it uses has debuginfo.
  withStrip =
    settings: dependencies:
    {
      strip =
        if settings.debuginfo == "0" && all (settings: settings.debuginfo == "0") dependencies then
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
        source = source.compile;
        settings = withStrip settings (map settingsOfDependency facts.deps);
        environment = project.env;
        lto = project.ltoArgs {
          inherit (settings) lto;
          inherit both;
          crateTypes = if arguments.isTest or false then [ "bin" ] else arguments.crateTypes;
          forHost = role == "build";
        };
        nativeRuns = if run == null then { } else { ${facts.key} = run; };
      }
      // arguments
    );

  library = compile {
    kind = "lib";
    targetName = facts.libName;
    rootFile = facts.lib;
    inherit crateTypes;
    externs = dependencies;
  };

  buildScript = compile {
    compiler = compilers.build;
    source = source.script;
    kind = "build-script";
    targetName = "build-script-build";
    rootFile = facts.build;
    crateTypes = [ "bin" ];
    settings = withStrip buildSettings (map settingsOfBuildDependency facts.buildDeps);
    lto = project.ltoArgs {
      inherit (buildSettings) lto;
      crateTypes = [ "bin" ];
      forHost = true;
      both = false;
    };
    externs = externsOf buildUnitsOf facts.buildDeps;
    run = null;
    nativeRuns = { };
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
    kind: targetName: rootFile: externs:
    compile {
      inherit kind targetName rootFile;
      crateTypes = [ "bin" ];
      externs = externs // ownLibrary;
    };
in
{
  inherit
    facts
    source
    library
    buildScript
    run
    ;
  bins = mapAttrs (name: rootFile: program "bin" name rootFile dependencies) facts.bins;
}
