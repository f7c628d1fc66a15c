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
  inherit (units) facts bins library;
  names = builtins.attrNames bins;
  programs = map (name: bins.${name}) names;
  isInstalled = type: type == "cdylib" || type == "staticlib";
  libraries =
    if facts.lib != false && builtins.any isInstalled facts.crateTypes then [ library ] else [ ];
  mainProgram =
    if builtins.length names == 1 then
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
      ++ [ compiler.toolchain ];
  };
  about = {
    inherit (facts) pname version;
    meta = {
      inherit (facts) description;
    }
    // (if facts.homepage == "" then { } else { inherit (facts) homepage; })
    // (if facts.license == "" then { } else { inherit (facts) license; })
    // (if mainProgram == null then { } else { inherit mainProgram; });
    passthru = { inherit bins; };
  };
in
if isInstalling then
  # On stdenv, for its overrideAttrs, its hooks (postInstall) and what it does to installed files.
  compiler.pkgs.stdenv.mkDerivation (
    attributes
    // about
    // compiler.contentAddress
    // {
      __structuredAttrs = true;
      strictDeps = true;
      # Signatures of Apple's programs are over all bytes.
      nativeBuildInputs =
        if hostPlatform.isDarwin or false then [ compiler.pkgs.buildPackages.darwin.sigtool ] else [ ];
      dontUnpack = true;
      dontConfigure = true;
      dontBuild = true;
      # The profile says what is stripped.
      dontStrip = true;
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
      name = "${facts.pname}-${facts.version}";
      script = ./package.sh;
    }
  )
  // about
