# What a member installs: its programs in bin/, its cdylibs and staticlibs in lib/. No reference to the toolchain,
# to sources or to other units stays in it.
#
# units: the package's (crate-units.nix)
# compiler: of the side that it is compiled for
{
  units,
  compiler,
}:
let
  inherit (units)
    facts
    bins
    library
    override
    ;
  names = builtins.attrNames bins;
  programs = map (name: bins.${name}) names;
  isInstalled = type: type == "cdylib" || type == "staticlib";
  libraries =
    if facts.lib != false && builtins.any isInstalled facts.crateTypes then [ library ] else [ ];
  mainProgram =
    if bins ? ${facts.defaultRun} then
      facts.defaultRun
    else if builtins.length names == 1 then
      builtins.head names
    else if bins ? ${facts.pname} then
      facts.pname
    else
      null;
  closure = builtins.foldl' (all: unit: all // unit.closure) { } (programs ++ libraries);
  runs = builtins.concatMap (unit: unit.nativeRuns) (programs ++ libraries);
  hostPlatform = compiler.pkgs.stdenv.hostPlatform;
  isInstalling = programs ++ libraries != [ ];

  attributes = {
    programs = map (unit: "${unit}") programs;
    libraries = map (unit: "${unit}") libraries;
    # As `cargo build` does: a library is compiled even where nothing of it is installed.
    compiled = if facts.lib == false then [ ] else [ "${library}" ];
    libraryNames = map (unit: unit.fileName) libraries;
    plainNames = map (unit: unit.crateName) libraries;
    notWanted =
      builtins.concatMap (part: [
        part.folder
        part.src
      ]) (builtins.attrValues closure)
      ++ map (each: "${each.run}") runs
      ++ map (unit: "${unit.sourcePath}") (programs ++ libraries)
      ++ compiler.toolchains;
  };
  about = {
    pname = facts.storeName;
    inherit (facts) version;
    meta =
      import ./package-meta.nix {
        inherit facts mainProgram;
        lib = compiler.pkgs.lib or null;
      }
      // override.meta;
    passthru = {
      inherit bins;
    }
    // override.install.passthru or { };
  };
in
if isInstalling then
  # On stdenv, for its overrideAttrs, its hooks (postInstall) and what it does to installed files.
  compiler.pkgs.stdenv.mkDerivation (
    finalAttrs:
    let
      # Hooks take more files from the package: documents, completions.
      hasHooks = finalAttrs ? preInstall || finalAttrs ? postInstall;
      source = units.source.whole;
    in
    attributes
    // {
      # The profile says what is stripped.
      dontStrip = true;
      dontUnpack = !hasHooks;
      src = if hasHooks then source.src else null;
      setSourceRoot = if hasHooks && source.dir != "" then "sourceRoot=$(echo */${source.dir})" else null;
    }
    // override.install
    // about
    // compiler.contentAddress
    // {
      __structuredAttrs = true;
      strictDeps = true;
      # Signatures of Apple's programs are over all bytes.
      nativeBuildInputs =
        (if hostPlatform.isDarwin or false then [ compiler.pkgs.buildPackages.darwin.sigtool ] else [ ])
        ++ (override.install.nativeBuildInputs or [ ]);
      dontConfigure = true;
      dontBuild = true;
      installPhase = ''
        runHook preInstall
        bash ${./package.sh}
        runHook postInstall
      '';
    }
  )
else
  compiler.buildShell (
    attributes
    // {
      name = "${facts.storeName}-${facts.version}";
      script = ./package.sh;
    }
  )
  // about
