# Runs a package's build script and saves its output, one file per kind, for the units that follow.
#
# compiler: of the side for which the package is compiled (not the script itself)
# hostTriple: the platform that builds, cargo's host; hostRustc: the compiler for it
# script: the compiled script (compile-unit.nix)
# compilesStd: the standard library is compiled along
# source: { src; dir; }
# settings: profile settings for the run
# dependencyRuns: links name -> build script run of a direct dependency
# envPlaces: see workspace-env.nix
# artifactEnvironment: see artifact-env.nix
# vendor: for a script that asks cargo (cargo-view.nix), or ""
# override: what crateOverrides sets for the package
# tools: known crates whose users call external binaries (script-tools.nix), or null; nativeInputs: see native-inputs.nix
{
  compiler,
  hostTriple,
  hostRustc,
  cEnvironment,
  tools,
  nativeInputs,
  facts,
  packageEnv,
  source,
  script,
  compilesStd,
  vendor,
  settings,
  dependencyRuns,
  environment,
  artifactEnvironment,
  envPlaces,
  override,
}:
let
  inherit (builtins) listToAttrs replaceStrings;
  letters = import ../lib/letters.nix;
  envify = replaceStrings (letters.lower ++ [ "-" ]) (letters.upper ++ [ "_" ]);
  featureEnv = listToAttrs (
    map (feature: {
      name = "CARGO_FEATURE_${envify feature}";
      value = "1";
    }) facts.features
  );
  place = import ../units/package-place.nix facts;
  # No shell uses the record of a member, nor of the standard library.
  isRecorded = !(facts ? path || facts ? library);
  isNative = tools != null || override.isTouched;
  # Laid out like cargo's target directory: scripts look for the directories above their own.
  outDir = "target/${settings.root}/build/${facts.pname}/out";
  shell = if isNative then compiler.nativeShell else compiler.buildShell;
  native = if isNative then nativeInputs else { };
  derivation = shell (
    native
    // override.placement
    // {
      name = import ../units/unit-name.nix {
        inherit facts;
        kind = "run";
      };
      script = ./run-build-script.sh;
      isStandard = true;
      outputs = [ "out" ] ++ (if isRecorded then [ "record" ] else [ ]);
      packageId = "${facts.pname} v${facts.version}";
      missingFile = import ../sources/missing-file.nix facts;
      inherit (source) src dir;
      inherit (place) workspacePath;
      inherit envPlaces;
      inherit vendor;
      inherit outDir;
      inherit (compiler) cfg;
      inherit hostRustc compilesStd;
      loadedFolders = script.dylibFolders;
      loadedRuns = map (each: "${each.run}") (
        builtins.sort (a: b: builtins.lessThan a.key b.key) script.linkedRuns
      );
      buildScript = "${script}/bin/${script.targetName}";
      scriptRecord = if isRecorded then script.record.folder else "";
      inherit (override) hooks;
      features = builtins.concatStringsSep "," facts.features;
      inherit (settings) debugAssertions;
      dependencyRuns = builtins.mapAttrs (_: run: "${run}") dependencyRuns;
      environment =
        packageEnv facts
        // featureEnv
        // {
          CARGO = compiler.cargo;
          TARGET = compiler.triple;
          HOST = hostTriple;
          RUSTC = compiler.rustc;
          RUSTDOC = compiler.rustdoc;
          OPT_LEVEL = settings.optLevel;
          PROFILE = settings.root;
          DEBUG = if settings.debuginfo == "0" then "false" else "true";
          CARGO_ENCODED_RUSTFLAGS = import ../lib/encoded-rustflags.nix compiler.rustflags;
        }
        // (if facts.links == null then { } else { CARGO_MANIFEST_LINKS = facts.links; })
        // (if compiler.userLinker == null then { } else { RUSTC_LINKER = compiler.userLinker; })
        // (if isNative then cEnvironment else { })
        // environment
        // artifactEnvironment
        // override.environment;
    }
  );
in
derivation
// {
  outDir = "${derivation}/${outDir}";
  scriptRecord = script.record.folder;
  # where the package is inside `src/`
  dir = if source.dir == "" then place.workspacePath else source.dir;
}
