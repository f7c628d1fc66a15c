# Runs a package's build script and keeps what it says, one file a kind, for the units that come after it.
#
# compiler: of the side for which the package is compiled (not of the script's own)
# hostTriple: where the build runs: cargo's host; hostRustc: the compiler for it
# script: the compiled script (compile-unit.nix)
# source: { src; dir; }
# settings: of the profile, for the run
# dependencyRuns: links name -> run of the script of a direct dependency
# envPlaces: see workspace-env.nix
# cargoView: see cargo-view.nix
# override: what crateOverrides says of the package
# tools: known crates whose users call programs (script-tools.nix), or null; nativeInputs: see native-inputs.nix
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
  cargoView,
  settings,
  dependencyRuns,
  environment,
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
  isNative = tools != null || override.isTouched;
  # As in cargo's target folder: scripts look for the folders above theirs.
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
      # A member's no shell takes from here.
      outputs = [ "out" ] ++ (if facts ? path then [ ] else [ "record" ]);
      packageId = "${facts.pname} v${facts.version}";
      missingFile = import ../sources/missing-file.nix facts;
      inherit (source) src dir;
      inherit (place) workspacePath;
      inherit envPlaces;
      inherit (cargoView) manifests targetFiles vendor;
      inherit outDir;
      inherit (compiler) cfg;
      inherit hostRustc;
      loadedFolders = script.dylibFolders;
      loadedRuns = map (each: "${each.run}") (
        builtins.sort (a: b: builtins.lessThan a.key b.key) script.linkedRuns
      );
      buildScript = "${script}/bin/${script.targetName}";
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
          CARGO_ENCODED_RUSTFLAGS = builtins.concatStringsSep (builtins.fromJSON ''"\u001f"'') compiler.rustflags;
        }
        // (if facts.links == null then { } else { CARGO_MANIFEST_LINKS = facts.links; })
        // (if compiler.userLinker == null then { } else { RUSTC_LINKER = compiler.userLinker; })
        // (if isNative then cEnvironment else { })
        // environment
        // override.environment;
    }
  );
in
derivation
// {
  outDir = "${derivation}/${outDir}";
  scriptFolder = "${script}";
  # where the package is in `src/`
  dir = if source.dir == "" then place.workspacePath else source.dir;
}
