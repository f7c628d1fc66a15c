# What a member installs: its binaries in bin/, its cdylibs and staticlibs in lib/, and the shared libraries that these
# link. The output keeps no reference to the toolchain, to sources or to other units.
#
# units: the package's (crate-units.nix)
# compiler: of the side for which it is compiled
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
  linked = name: builtins.foldl' (all: unit: all // unit.linked.${name}) { } (programs ++ libraries);
  linkedUnits = map (found: found.unit) (
    builtins.genericClosure {
      startSet = map asNode (programs ++ libraries);
      operator = found: map asNode found.unit.externUnits;
    }
  );
  asNode = unit: {
    key = "${unit.key} ${unit.kind} ${unit.targetName}";
    inherit unit;
  };
  runs = builtins.concatMap (unit: unit.nativeRuns) (programs ++ libraries);
  inherit (compiler.pkgs.stdenv) hostPlatform;
  isDarwin = hostPlatform.isDarwin or false;
  isWindows = hostPlatform.isWindows or false;
  asks = builtins.filter (ask: ask != [ ]) (
    map (unit: unit.askForRustLibraries) (programs ++ libraries)
  );
  askForRustLibraries = if asks == [ ] then [ ] else builtins.head asks;
  # nixpkgs' stdenv includes this on Linux, but not everywhere.
  needsPatchelf =
    !isDarwin
    && !isWindows
    && (askForRustLibraries != [ ] || (runs != [ ] && hostPlatform.isLinux or false));
  isInstalling = programs ++ libraries != [ ];
  # nixpkgs' win-dll-link.sh hook links DLLs next to the binaries. It only knows the DLLs of `buildInputs`, which here
  # belong to other derivations, and the compiler's own if nixpkgs wrapped it as a cross compiler.
  linkDlls = ''
    while IFS= read -r folder; do
      if [[ -d $folder ]]; then addToSearchPath LINK_DLL_FOLDERS "$folder"; fi
    done < <(printf '%s\n' ${
      toString (map (folder: ''"${folder}" "${dirOf folder}/bin"'') packageFolders)
    } &&
      $CC -print-search-dirs | sed --silent 's/^libraries: =//p' | tr : '\n')
  '';
  packageFolders =
    builtins.concatLists (builtins.attrValues (linked "nativeFolders"))
    ++ units.override.libraryFolders
    ++ compiler.libraryFolders;

  attributes = {
    preferLocalBuild = true;
    shareLibraries = ./share-libraries.sh;
    dylibFolders = builtins.attrValues (linked "dylibs");
    nativeRuns = map (each: "${each.run}") runs;
    inherit askForRustLibraries;
    isDarwin = if isDarwin then "1" else "";
    toolPrefix = compiler.cc.targetPrefix or "";
    programs = map (unit: "${unit}") programs;
    libraries = map (unit: "${unit}") libraries;
    # Like `cargo build`: compile a library even if nothing of it is installed.
    compiled = if facts.lib == false then [ ] else [ "${library}" ];
    libraryNames = map (unit: unit.fileName) libraries;
    plainNames = map (unit: unit.crateName) libraries;
    notWanted =
      builtins.concatMap (unit: [ "${unit}" ] ++ unit.sourcePaths) linkedUnits
      ++ map (each: "${each.run}") runs
      ++ builtins.concatMap (unit: unit.sourcePaths) (programs ++ libraries)
      ++ compiler.toolchains;
  };
  # What a release says of the package.
  released = {
    inherit facts override;
    # The units of a binary: the hashes of their derivations.
    unitsOf =
      name:
      builtins.concatMap hashesOf (
        map (found: found.unit) (
          builtins.genericClosure {
            startSet = [ (asNode bins.${name}) ];
            operator = found: map asNode found.unit.externUnits;
          }
        )
      );
  };
  hashesOf = unit: map hashOf ([ unit ] ++ map (each: each.run) unit.nativeRuns);
  hashOf =
    derivation:
    builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext derivation.drvPath));
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
      inherit bins released;
    }
    // override.install.passthru or { };
  };
in
if isInstalling then
  # Uses stdenv for overrideAttrs, hooks (postInstall) and its fixup of installed files.
  compiler.pkgs.stdenv.mkDerivation (
    finalAttrs:
    let
      # Hooks may install other files of the package, such as documentation and completions.
      hasHooks = finalAttrs ? preInstall || finalAttrs ? postInstall;
      source = units.source.whole;
    in
    attributes
    // {
      # The profile decides what is stripped.
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
      # Signatures of Apple binaries cover every byte.
      nativeBuildInputs =
        (
          if isDarwin then
            [ compiler.pkgs.buildPackages.darwin.sigtool ]
          else if needsPatchelf then
            [ compiler.pkgs.buildPackages.patchelf ]
          else
            [ ]
        )
        ++ (override.install.nativeBuildInputs or [ ]);
      dontConfigure = true;
      dontBuild = true;
      installPhase = ''
        runHook preInstall
        bash ${../lib/build-shell.sh} ${./package.sh}
      ''
      + (if isWindows then linkDlls else "")
      + ''
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
  // about.passthru
