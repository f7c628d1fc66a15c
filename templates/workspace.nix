# Turns the facts of Cargo.nix into derivations, one per unit that cargo would compile.
{
  pkgs,
  toolchain,
  crateOverrides ? { },
  profile ? "release",
  extraRustcFlags ? [ ],
  extraRustdocFlags ? [ ],
  clippyArgs ? [ ],
  clippyAllTargets ? false,
  contentAddressed ? false,
  interfaces ? "none",
  clippyInterfaces ? false,
  fetchCrateArgs ? (_: { }),
  ignoreLockHash ? false,
  ignoreRustVersion ? false,
  releaseRef ? null,
  releaseCommit ? null,
  version,
  lockHash,
  manifests,
  directory,
  root,
  matrix,
  conditions ? { },
  builds,
  profiles,
  members,
  rootPackage ? null,
  release ? null,
  deploy ? { },
  env ? { },
  envPaths ? { },
  scriptOutputs ? { },
  lockfile ? "Cargo.lock",
  warnings ? "warn",
  newerRules ? { },
  std ? null,
  crates,
}:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    listToAttrs
    mapAttrs
    ;
  inherit (import ./lib/text.nix) genAttrs set;

  tripleOf =
    platform:
    import ./toolchain/rust-triple.nix {
      inherit platform;
      inherit (toolchain { inherit pkgs; }) targets;
    };
  buildTriple = tripleOf pkgs.stdenv.buildPlatform;
  hostTriple = tripleOf pkgs.stdenv.hostPlatform;

  targetPackages = import ./toolchain/target-packages.nix {
    inherit pkgs tripleOf;
    inherit (toolchain { inherit pkgs; }) targets;
  };

  contentAddress = import ./lib/content-address.nix contentAddressed;
  buildShell = import ./lib/build-shell.nix {
    inherit contentAddress;
    inherit (pkgs) buildPackages;
  };

  sources = mapAttrs (
    key: _:
    import ./sources/crate-source.nix {
      inherit
        buildShell
        fetchCrateArgs
        root
        workspaceTable
        ;
      inherit (pkgs) buildPackages;
      fetchCrate = import ./sources/fetch-crate.nix;
      repositoryOf = git: repositories.${repositoryKey git};
      unpackCrate = import ./sources/unpack-crate.nix;
      memberSources = import ./sources/member-sources.nix;
      generated = toString directory;
      dropsComments = contentAddressed;
      facts = plainFacts.${key};
      targets = import ./sources/target-roots.nix crates.${key};
      readsManifest = manifestReaders.${key};
      inherit (cargoView) around;
    }
  ) crates;
  # Read once for all members.
  workspaceTable = (readToml (builtins.readFile (root + "/Cargo.toml"))).workspace or { };
  readToml = import ./sources/read-toml.nix;
  # Evaluated once for all crates of a repository.
  repositories = listToAttrs (
    map (key: {
      name = repositoryKey crates.${key}.git;
      value = import ./sources/fetch-repository.nix {
        inherit (pkgs.buildPackages) fetchgit;
        inherit (crates.${key}) git;
      };
    }) (builtins.filter (key: crates.${key} ? git) (attrNames crates))
  );
  repositoryKey = git: "${git.rev} ${git.url}";
  vendor = import ./shell/vendor.nix {
    inherit buildShell;
    inherit (pkgs) buildPackages;
    lockfile = root + "/${lockfile}";
    facts = plainFacts;
    sourceOf = key: sources.${key}.whole;
    unpackCrate =
      facts:
      import ./sources/unpack-crate.nix {
        inherit buildShell;
        inherit (pkgs) buildPackages;
        inherit (facts) pname version;
        archive = import ./sources/fetch-crate.nix {
          inherit (pkgs.buildPackages) fetchurl;
          inherit facts fetchCrateArgs;
        };
      };
    fetchRepository =
      git:
      let
        known = builtins.filter (key: crates.${key}.git.rev or null == git.rev) (attrNames crates);
      in
      if known == [ ] then
        import ./sources/fetch-repository.nix {
          inherit (pkgs.buildPackages) fetchgit;
          inherit git;
        }
      else
        repositories.${repositoryKey crates.${builtins.head known}.git};
  };

  manifestReaders = import ./sources/manifest-readers.nix {
    inherit crates;
    codeOf = key: sources.${key}.libraryCode;
  };
  # A package is in the same place at all points.
  plainFacts = import ./units/crate-facts.nix {
    inherit crates;
    holds = mapAttrs (_: _: false) conditions;
  };

  isMember = set members;

  # What artifact dependencies name as their target.
  artifactTargets = attrNames (
    set (
      builtins.concatMap (
        key:
        builtins.concatMap (
          facts:
          builtins.concatMap (fact: map (artifact: artifact.target) (targeted (facts.${fact} or [ ]))) [
            "artifacts"
            "devArtifacts"
            "buildArtifacts"
          ]
        ) ([ crates.${key} ] ++ builtins.attrValues (crates.${key}.on or { }))
      ) (attrNames crates)
    )
  );
  targeted = builtins.filter (artifact: artifact ? target);

  # Cargo has this profile whether or not there is such a table.
  builtInProfiles.debug = profiles.dev;
  profileNamed =
    name:
    withStd (if profiles ? ${name} then name else "dev")
      profiles.${name} or builtInProfiles.${name}
        or (throw "cargo2nix-ts: this workspace has no profile '${name}'; it has: ${
          concatStringsSep ", " (attrNames (builtInProfiles // profiles))
        }.");
  # The standard library may differ from the workspace's dependencies.
  withStd =
    name: profile:
    if std ? profiles.${name} then profile // { std = std.profiles.${name}; } else profile;
  workspaceEnv = import ./units/workspace-env.nix {
    inherit root;
    paths = envPaths;
  };
  project = {
    inherit
      builds
      conditions
      clippyAllTargets
      clippyArgs
      clippyInterfaces
      crates
      extraRustdocFlags
      plainFacts
      artifactTargets
      profileNamed
      ignoreRustVersion
      vendor
      ;
    compilesStd = std != null;
    # tools -> the standard library that is compiled along, or null
    std =
      if std == null then
        null
      else
        tools:
        import ./units/std-project.nix {
          inherit
            project
            std
            buildShell
            tools
            ;
        };
    # Before cargo 1.97, the configuration did not have this key.
    warningsWith =
      rustc: if rustc != null && builtins.compareVersions rustc "1.97" < 0 then "warn" else warnings;
    env = env // workspaceEnv.environment;
    inherit root scriptOutputs;
    envPlaces = workspaceEnv.places;
    clippySettingsOf = import ./checks/clippy-settings.nix { inherit root; };
    nameOf = key: plainFacts.${key}.pname;
    versionOf = key: plainFacts.${key}.version;
    isMember = key: isMember ? ${key};
    # A proc macro is compiled for the build platform, whoever uses it.
    roleOf = role: key: if crates.${key}.procMacro or false then "build" else role;
    wantsInterface = import ./units/wants-interface.nix {
      inherit interfaces;
      names = map (key: plainFacts.${key}.pname) (attrNames crates);
    };
    # A named build may set its own profile.
    profileOf = buildName: profileNamed (builds.${buildName}.profile or profile);
    sourceOf = key: sources.${key};
    cargoVendorOf = cargoView.vendorOf;
    inherit targetRootsOf;
    packageEnv = import ./units/package-env.nix;
    profileArgs = import ./units/profile-args.nix;
    ltoArgs = import ./units/lto-args.nix;
  };

  targetRootsOf = key: import ./sources/target-roots.nix crates.${key};
  cargoView = import ./scripts/cargo-view.nix {
    inherit
      buildShell
      root
      lockfile
      vendor
      targetRootsOf
      ;
    facts = plainFacts;
    asksMetadataOf = key: sources.${key}.asksMetadata or manifestReaders.${key}.asksMetadata;
  };
  # Of the workspace as a whole, with tools that read it themselves.
  workspaceChecks = import ./checks/workspace-checks.nix {
    inherit
      buildShell
      cargoView
      lockfile
      root
      targetRootsOf
      ;
    inherit (pkgs) buildPackages;
    generated = toString directory;
    members = map (key: plainFacts.${key}) members;
    tools = toolchain { inherit pkgs; };
  };

  # Paths in the workspace are relative to its root.
  placed =
    said:
    let
      inWorkspace = if builtins.isString said then builtins.match "[.](/.*)" said else null;
    in
    if inWorkspace == null then said else root + builtins.head inWorkspace;

  compilersFor = compilersWith false;
  # isForArtifacts: compile as cargo does with `--target`, even for the build platform
  compilersWith =
    isForArtifacts: triple:
    let
      targetPkgs = targetPackages triple;
      tools = toolchain { pkgs = targetPkgs; };
      target = tools.targets.${triple} or { };
      # Compile a target that has link settings of its own as cargo does with `--target`, even if it is the build platform.
      isNative = triple == buildTriple && !isForArtifacts && !(target.isExplicit or false);
      compiler =
        {
          triple,
          pkgs,
          isExplicit,
          hasFlags,
        }:
        let
          overridesOf =
            pkgs: if builtins.isFunction crateOverrides then crateOverrides pkgs else crateOverrides;
          # Static binaries need static libraries, which only this package set has. It is a second nixpkgs, so nothing is
          # evaluated in it except what crates are given from it.
          isStatic = hasFlags && target.isStatic or false && pkgs.stdenv.hostPlatform.isMusl or false;
        in
        import ./toolchain/compiler.nix {
          inherit
            buildShell
            contentAddress
            triple
            pkgs
            isExplicit
            tools
            ;
          nativeShell = import ./lib/native-shell.nix { inherit pkgs contentAddress; };
          isStatic = hasFlags && target.isStatic or false;
          overrideOf =
            facts:
            import ./units/crate-override.nix {
              inherit facts;
              src = sources.${facts.key}.programs.src;
              overrides = overridesOf pkgs;
              values = if isStatic then overridesOf (pkgs.pkgsStatic or pkgs) else overridesOf pkgs;
            };
          targetCfg = import ./toolchain/target-cfg.nix;
          spec =
            let
              inherit (tools.targets.${triple}) specHash;
              said = tools.targets.${triple}.spec or null;
              path = placed said;
              lines = builtins.replaceStrings [ "\r\n" ] [ "\n" ] (builtins.readFile path);
            in
            if said == null then
              null
            else if !ignoreLockHash && builtins.hashString "sha256" lines != specHash then
              throw "cargo2nix-ts: nix/ was generated with another ${said}: run `cargo2nix-ts generate`, or pass `ignoreLockHash = true`."
            else
              import ./lib/file-in-store.nix {
                name = baseNameOf path;
                inherit path;
              };
          rustflags = if hasFlags then (tools.targets.${triple}.rustflags or [ ]) ++ extraRustcFlags else [ ];
          addsFlags = hasFlags && (extraRustcFlags != [ ] || tools.targets.${triple}.addsFlags or false);
          rustdocflags = if hasFlags then tools.targets.${triple}.rustdocflags or [ ] else [ ];
          # Not only with `hasFlags`: in cross builds, too, cargo links build scripts with their platform's linker.
          linker = placed (tools.targets.${triple}.linker or null);
          runner =
            let
              said = tools.targets.${triple}.runner or null;
            in
            if said == null || said == [ ] then
              said
            else
              [ (placed (builtins.head said)) ] ++ builtins.tail said;
        };
      cEnvironment = import ./scripts/c-compiler-env.nix {
        platforms = [
          host
          build
        ];
      };
      host = compiler {
        inherit triple;
        pkgs = targetPkgs;
        isExplicit = !isNative;
        hasFlags = true;
      };
      build = compiler {
        triple = buildTriple;
        pkgs = targetPkgs.buildPackages;
        isExplicit = false;
        hasFlags = isNative;
      };
    in
    {
      inherit host build tools;
      inherit cEnvironment;
      # For the target of an artifact, which may be the same.
      forArtifacts =
        artifact:
        if artifact == triple then { inherit host cEnvironment; } else compilersWith true artifact;
    };

  hosts = concatStringsSep ", " (attrNames matrix);
  targetsOfBuild =
    matrix.${buildTriple} or (throw ''
      cargo2nix-ts: nix/Cargo.nix has no facts for builds that run on '${buildTriple}'.
      It supports: ${hosts}.
      Add it to `hosts` in [workspace.metadata.cargo2nix] and run `cargo2nix-ts generate`, or build on one of these.'');
  missingTarget =
    triple:
    throw ''
      cargo2nix-ts: nix/Cargo.nix does not support the target '${triple}' for builds on '${buildTriple}'.
      Supported targets: ${concatStringsSep ", " targetsOfBuild}.
      Add it with `cargo2nix-ts targets add ${triple}`.'';
  compilers = genAttrs targetsOfBuild compilersFor;
  targets =
    mapAttrs (triple: _: missingTarget triple) (toolchain { inherit pkgs; }).targets
    // genAttrs targetsOfBuild (
      triple:
      let
        newer = import ./toolchain/newer-rules.nix {
          rustc = compilers.${triple}.tools.rustc.version or null;
          rules = newerRules;
        };
        outputs = import ./units/target-outputs.nix {
          inherit project;
          compilers = compilers.${triple};
        };
      in
      if newer != null then throw newer else outputs
    );
  here = targets.${hostTriple} or (missingTarget hostTriple);

  ifSameVersion = import ./lib/same-version.nix {
    file = "nix/Cargo.nix";
    inherit version;
  };
  unlessStale = import ./sources/unless-stale.nix {
    inherit
      root
      lockfile
      lockHash
      manifests
      ;
    isIgnored = ignoreLockHash;
  };

  # The attribute names that crate2nix users know.
  asBuild = outputs: mapAttrs (_: package: { build = package; }) outputs.packages;
in
ifSameVersion (
  unlessStale (
    {
      inherit targets vendor;
      inherit (workspaceChecks) audit deny fmt;
      inherit (here)
        builds
        checks
        clippy
        clippyReport
        crates
        doc
        hydraJobs
        packages
        rustProject
        shell
        tests
        ;
      workspaceMembers = asBuild here;
      allWorkspaceMembers = import ./install/folder-of.nix {
        inherit buildShell;
        name = "workspace-members";
        entries = here.packages;
      };
    }
    // (
      if release == null then
        { }
      else
        {
          release = import ./release/releases.nix {
            inherit release root buildShell;
            inherit (pkgs) buildPackages;
            ref = releaseRef;
            commit = releaseCommit;
            outputsOf = triple: (targets.${triple} or (missingTarget triple)).builds.${release.build};
            compilerOf = triple: compilers.${triple}.host;
          };
        }
    )
    // (
      if deploy == { } then
        { }
      else
        import ./release/deployments.nix {
          inherit
            deploy
            root
            pkgs
            buildShell
            ;
          packagesOf = build: here.builds.${build}.packages;
        }
    )
    // (
      if rootPackage == null then
        { }
      else
        {
          rootCrate.build = here.packages.${plainFacts.${rootPackage}.pname};
        }
    )
  )
)
