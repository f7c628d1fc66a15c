# The outputs of Cargo.nix for one target.
#
# project, compilers: see unit-graph.nix
# Returns { packages; tests; clippy; doc; clippyReport; checks; hydraJobs; shell; rustProject; crates; builds.<name>.{packages,tests,…}; }.
{
  project,
  compilers,
}:
let
  inherit (builtins)
    attrNames
    foldl'
    listToAttrs
    mapAttrs
    ;
  inherit (import ../lib/text.nix) genAttrs;
  graphOf = graphWith false;
  graphWith =
    lintsInterfaces: keepsUnwind: buildName: mode:
    import ./unit-graph.nix {
      inherit
        project
        compilers
        buildName
        mode
        keepsUnwind
        lintsInterfaces
        ;
    };
  roleOf = project.roleOf "host";
  # `name-version`, whatever other packages the lockfile has
  idOf = key: "${project.nameOf key}-${project.versionOf key}";
  named =
    keys: f:
    listToAttrs (
      map (key: {
        name = project.nameOf key;
        value = f key;
      }) keys
    );

  outputsOf =
    buildName:
    if project.builds.${buildName}.separately or false then
      outputsOfMembers buildName
    else
      outputsOfBuild buildName;

  # Each member as in its own build. The rest is of all of these, or of the build with its members together.
  outputsOfMembers =
    buildName:
    let
      inherit (project.builds.${buildName}) packages;
      buildOf = key: "${buildName}/${project.nameOf key}";
      outputs = named packages (key: outputsOfBuild (buildOf key));
      together = outputsOfBuild buildName;
      ofKind = kind: mapAttrs (name: each: each.${kind}.${name}) outputs;
      members = genAttrs (attrNames (membersOf together)) ofKind;
    in
    together
    // members
    // {
      checks = checksOf members;
      clippyReport = ofKind "clippyReport";
      hydraJobs = members;
      shell = shellOf (graphOf false buildName "test") buildName;
      # Of a package that several members use: as the first of them has it.
      crates = foldl' (
        crates: key:
        let
          units = graphOf false (buildOf key) "build";
        in
        withIds (builtins.intersectAttrs (units.used.build // units.used.host) (cratesOf units)) // crates
      ) { } packages;
    };
  membersOf = builtins.intersectAttrs (
    {
      packages = null;
      clippy = null;
      doc = null;
    }
    // (if project.std == null then { tests = null; } else { })
  );

  outputsOfBuild =
    buildName:
    let
      build = project.builds.${buildName};
      units = graphOf false buildName "build";
      testUnits = graphOf true buildName "test";
      # Units that are not tests, but whose features dev-dependencies help to resolve.
      besideTests = graphOf false buildName "test";
      # The units that clippy checks, and those it needs for that.
      linted =
        if project.clippyInterfaces then
          {
            units = graphWith true false buildName "build";
            testUnits = graphWith true true buildName "test";
            besideTests = graphWith true false buildName "test";
          }
        else
          { inherit units testUnits besideTests; };
      lintsOf =
        kind: key:
        if project.clippyAllTargets && project.std != null then
          throw "cargo2nix-ts: `clippyAllTargets` is not supported where `unstable.build-std` compiles the standard library."
        else if project.clippyAllTargets then
          let
            inherit (linted.besideTests.host.${key}.${kind}) normal examples;
          in
          normal // examples // linted.testUnits.host.${key}.${kind}.tests
        else
          linted.units.host.${key}.${kind}.normal;
      # Binaries in a proc macro's package are for the target.
      roleOfPackage = key: if units.host.${key}.bins == { } then roleOf key else "host";

      members = {
        packages = named build.packages (
          key:
          let
            role = roleOfPackage key;
          in
          units.deepestFirst key (
            import ../install/package.nix {
              units = units.${role}.${key};
              compiler = compilers.${role};
            }
          )
        );
        clippy = named build.packages (
          key:
          import ../install/folder-of.nix {
            inherit (compilers.build) buildShell;
            name = "${idOf key}-clippy";
            entries = lintsOf "lints" key;
          }
        );
        doc = named build.packages (
          key:
          let
            inherit (units.${roleOf key}.${key}) pages;
          in
          if pages != null then
            pages
          else
            import ../install/folder-of.nix {
              inherit (compilers.build) buildShell;
              name = "${idOf key}-doc";
              entries = { };
            }
        );
      }
      // (if project.std == null then { inherit tests; } else { });
      tests = named build.packages (
        key:
        if project.std == null then
          testUnits.deepestFirst key testUnits.host.${key}.testRun
        else
          throw "cargo2nix-ts: tests are not supported where `unstable.build-std` compiles the standard library."
      );
    in
    members
    // {
      inherit tests;
      checks = checksOf members;
      clippyReport = named build.packages (
        key:
        import ../checks/clippy-report.nix {
          inherit (compilers.build) buildShell;
          inherit (compilers.build.pkgs) buildPackages;
          name = "${idOf key}-clippy-report";
          member = project.nameOf key;
          units = lintsOf "findings" key;
        }
      );
      # Members only: Hydra builds the units that they need anyway.
      hydraJobs = members;
      shell = shellOf besideTests buildName;
      rustProject = import ../shell/project-units.nix {
        inherit project compilers buildName;
      };
      crates = withIds (cratesOf units);
    };

  # One flat set, like a flake's `checks`. Kinds contain no dashes, so the names of two members never collide.
  checksOf =
    members:
    foldl' (
      checks: kind:
      checks
      // listToAttrs (
        map (name: {
          name = "${if kind == "packages" then "package" else kind}-${name}";
          value = members.${kind}.${name};
        }) (attrNames members.${kind})
      )
    ) { } (attrNames members);
  # graph: see dev-shell.nix
  shellOf =
    graph: buildName:
    import ../shell/dev-shell.nix {
      inherit compilers graph buildName;
      inherit (project) vendor;
      warmUnits = import ../shell/warm-units.nix { inherit project compilers; };
    };
  cratesOf =
    units:
    mapAttrs (
      key: _:
      unitsForUsers units.${roleOf key}.${key}
      // {
        inherit (units.host.${key}) bins;
        asBuildDependency = unitsForUsers units.build.${key};
      }
    ) project.crates;
  # A package whose name is unique is also available by name and version.
  withIds =
    byKey:
    listToAttrs (
      map (key: {
        name = idOf key;
        value = byKey.${key};
      }) (builtins.filter (key: key == project.nameOf key) (attrNames byKey))
    )
    // byKey;
  # As used by binaries and, if that is another unit, by build scripts and proc macros. What a package lacks is absent.
  unitsForUsers =
    units:
    {
      inherit (units) bins;
      src = units.source.programs.src;
    }
    // (if units.facts.lib == false then { } else { lib = units.library; })
    // (if units.hasScript then { inherit (units) buildScript; } else { })
    // (if units.facts.build == null then { } else { buildScriptRun = units.run; });
in
outputsOf "default"
// {
  builds = mapAttrs (buildName: _: outputsOf buildName) project.builds;
}
