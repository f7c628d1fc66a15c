# All units of one build, for one pair of platforms and one mode, as lazy values: role -> key -> units of a crate.
# `used` has those that the build reaches (reachable.nix).
#
# project: what Cargo.nix says, the same for all targets
# compilers: { host; build; } (compiler.nix), and forArtifacts: triple -> the same for artifacts
# buildName: a name in `builds`
# mode: "build" or "test"
# keepsUnwind: see profile-settings.nix
# lintsInterfaces: every library has an interface, which clippy reads: for builds that only lint
# linksBoth: something links each library with LTO, and something else without
# isCheck: as in `cargo check`: libraries of binaries are only checked, so build scripts cannot share them
{
  project,
  compilers,
  buildName,
  mode,
  keepsUnwind,
  lintsInterfaces ? false,
  linksBoth ? false,
  isCheck ? false,
}:
let
  inherit (builtins) mapAttrs;
  inherit (project) roleOf;
  isNative = !compilers.host.isExplicit;
  # Role -> whose settings it has. An artifact that names its target has a role of its own, and so has everything below it.
  sides = {
    host = "host";
    build = "build";
  }
  // artifactRoles.sides;
  artifactRoles = import ./artifact-roles.nix {
    inherit (project) artifactTargets;
    hostTriple = compilers.host.triple;
  };
  ofArtifacts = mapAttrs (_: compilers.forArtifacts) artifactRoles.triples;
  compilerOf = role: compilers.${role} or ofArtifacts.${role}.host;
  forRoles = f: mapAttrs (role: _: f role) sides;

  facts = forRoles (
    role:
    import ./crate-facts.nix {
      inherit (project) crates;
      plain = project.plainFacts;
      holds = import ./conditions-at.nix {
        inherit (project) conditions;
        point = {
          inherit mode;
          role = if artifactRoles.triples ? ${role} then "artifact" else role;
          platform = (compilerOf role).triple;
          build = buildName;
          buildPlatform = compilers.build.triple;
          hostPlatform = compilers.host.triple;
        };
      };
    }
  );
  settingsOf = import ./profile-settings.nix {
    inherit keepsUnwind sides;
    profile = project.profileOf buildName;
    inherit (project) isMember;
    isApple = role: builtins.match ".*-apple-.*" (compilerOf role).triple != null;
  };
  roots = project.builds.${buildName}.packages;
  # Compiled for targets only: build scripts and proc macros link the one that comes compiled.
  stdProject = if project.std == null then null else project.std compilers.tools;
  stdUnits = import ./unit-graph.nix {
    project = stdProject;
    inherit compilers buildName keepsUnwind;
    mode = "build";
    linksBoth = linksBoth || builtins.any (shared.both.host) (builtins.attrNames used.host);
  };
  stdCrates =
    role:
    if stdProject == null || sides.${role} == "build" then
      [ ]
    else
      map (key: stdUnits.${role}.${key}) stdProject.roots;
  used = import ./reachable.nix {
    inherit facts roleOf roots;
    inherit (artifactRoles) roleOfArtifact;
    withTests = mode == "test";
  };
  shared = import ./shared-units.nix {
    inherit
      facts
      used
      roots
      isNative
      ;
    withTests = mode == "test";
    compilesStd = stdProject != null;
    written = forRoles (role: mapAttrs (key: _: settingsOf false false role key) project.crates);
  };
  settings = forRoles (
    role: mapAttrs (key: _: settingsOf isNative (!isCheck && isShared role key) role key) project.crates
  );
  isShared =
    role: key:
    if artifactRoles.triples ? ${role} then
      # For cargo's target, it has the settings of that side.
      artifactRoles.triples.${role} == compilers.host.triple
      || (shared.sameAsHost role key && (compilerOf role).rustflags == compilers.host.rustflags)
    else
      shared.sameSettings.${key};
  scriptTools = import ../scripts/script-tools.nix { facts = facts.build; };
  rustc = compilers.tools.rustc.version or null;
  packagesTooOld = import ../toolchain/too-old.nix;
  tooOld = facts: if project.ignoreRustVersion then null else packagesTooOld { inherit rustc facts; };
  allTooOld = tooOld (
    builtins.attrValues (
      builtins.foldl' (all: role: all // builtins.intersectAttrs used.${role} facts.${role}) { } (
        builtins.attrNames sides
      )
    )
  );

  units = forRoles (
    role:
    mapAttrs (
      key: facts:
      import ./crate-units.nix {
        inherit
          project
          compilers
          role
          facts
          scriptTools
          lintsInterfaces
          ;
        compiler = compilerOf role;
        inherit (ofArtifacts.${role} or compilers) cEnvironment;
        unitsOf = key: units.${roleOf role key}.${key};
        buildUnitsOf = key: units.build.${key};
        settings = settings.${role}.${key};
        rootSettings = settingsOf false false "host" key;
        scriptSettings = settingsOf isNative false "build" key;
        runSettings = settingsOf isNative (
          !isCheck && (if artifactRoles.triples ? ${role} then isShared role key else shared.sameRun.${key})
        ) role key;
        forScripts = role == "build" && !(shared.onlyForArtifacts key);
        artifactSettings = settingsOf false false role key;
        artifactOf =
          role: artifact:
          let
            own = artifactRoles.roleOfArtifact role artifact;
          in
          artifact
          // {
            inherit (compilerOf own) triple;
            unit = units.${own}.${artifact.crate}.artifacts.${artifact.kind}.${artifact.name};
          };
        settingsOfDependency = key: settings.${roleOf role key}.${key};
        settingsOfBuildDependency = key: settings.build.${key};
        testedPrograms = programUnits.${role}.${key}.bins;
        both = linksBoth || shared.both.${role} key;
        stdCrates = stdCrates role;
        problem = if tooOld [ facts ] == null then null else allTooOld;
      }
    ) facts.${role}
  );

  # Binaries abort on a panic if their profile says so, even those that a test runs.
  programUnits =
    if keepsUnwind then
      import ./unit-graph.nix {
        inherit
          project
          compilers
          buildName
          mode
          lintsInterfaces
          isCheck
          ;
        keepsUnwind = false;
      }
    else
      units;
in
units
// {
  inherit used;
  deepestFirst = import ./deepest-first.nix { inherit facts units roleOf; };
}
