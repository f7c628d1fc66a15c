# All units of one build, for one pair of platforms and one mode, as lazy values: role -> key -> units of a crate.
# `used` has those that the build reaches (reachable.nix).
#
# project: what Cargo.nix says, the same for all targets
# compilers: { host; build; } (compiler.nix)
# buildName: a name in `builds`
# mode: "build" or "test"
# keepsUnwind: see profile-settings.nix
# lintsInterfaces: every library has an interface, which clippy reads: for builds that only lint
# isCheck: as in `cargo check`: libraries of binaries are only checked, so build scripts cannot share them
{
  project,
  compilers,
  buildName,
  mode,
  keepsUnwind,
  lintsInterfaces ? false,
  isCheck ? false,
}:
let
  inherit (builtins) mapAttrs;
  inherit (project) roleOf;
  isNative = !compilers.host.isExplicit;
  roles = {
    host = "host";
    build = "build";
  };
  forRoles = f: mapAttrs (_: f) roles;

  facts = forRoles (
    role:
    import ./crate-facts.nix {
      inherit (project) crates;
      plain = project.plainFacts;
      holds = import ./conditions-at.nix {
        inherit (project) conditions;
        point = {
          inherit role mode;
          platform = compilers.${role}.triple;
          build = buildName;
          buildPlatform = compilers.build.triple;
          hostPlatform = compilers.host.triple;
        };
      };
    }
  );
  settingsOf = import ./profile-settings.nix {
    inherit keepsUnwind;
    profile = project.profileOf buildName;
    inherit (project) isMember;
    isApple = role: builtins.match ".*-apple-.*" compilers.${role}.triple != null;
  };
  roots = project.builds.${buildName}.packages;
  used = import ./reachable.nix {
    inherit facts roleOf roots;
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
    written = forRoles (role: mapAttrs (key: _: settingsOf false false role key) project.crates);
  };
  settings = forRoles (
    role:
    mapAttrs (
      key: _: settingsOf isNative (!isCheck && shared.sameSettings.${key}) role key
    ) project.crates
  );
  scriptTools = import ../scripts/script-tools.nix { facts = facts.build; };
  rustc = compilers.tools.rustc.version or null;
  packagesTooOld = import ../toolchain/too-old.nix;
  tooOld = facts: if project.ignoreRustVersion then null else packagesTooOld { inherit rustc facts; };
  allTooOld = tooOld (
    builtins.attrValues (
      builtins.intersectAttrs used.host facts.host // builtins.intersectAttrs used.build facts.build
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
        unitsOf = key: units.${roleOf role key}.${key};
        buildUnitsOf = key: units.build.${key};
        settings = settings.${role}.${key};
        rootSettings = settingsOf false false "host" key;
        scriptSettings = settingsOf isNative false "build" key;
        runSettings = settingsOf isNative (!isCheck && shared.sameRun.${key}) role key;
        settingsOfDependency = key: settings.${roleOf role key}.${key};
        settingsOfBuildDependency = key: settings.build.${key};
        testedPrograms = programUnits.${role}.${key}.bins;
        both = shared.both.${role} key;
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
