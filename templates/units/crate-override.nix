# What `crateOverrides` sets for a package, sorted by purpose. The format is nixpkgs' (defaultCrateOverrides):
# package name -> function from the package's attributes to attributes.
#
# overrides: for the platform that the package is compiled for; values: the same with static libraries, if binaries are
# linked statically
# facts: the package's; src: its source
# Returns
#   isTouched: any attribute is set
#   inputs: attributes for stdenv.mkDerivation where the build script runs
#   testTools: packages whose binaries its tests can call
#   libraryFolders: directories of the libraries among them, for the linker
#   hooks: { before; after; } shell code to run around the build script
#   source: null or { src; patches; … } if the source is replaced
#   extraRustcOpts, extraRustcOptsForBuildRs, extraLinkFlags: lists
#   placement: attributes that tell Nix which machines can compile the package
#   install: attributes for the derivation that installs binaries and libraries
#   meta: additional attributes of it
#   environment: everything else: variables for the script and for rustc
let
  inherit (import ../lib/text.nix) genAttrs set;
  readOverride =
    said:
    let
      take = names: builtins.intersectAttrs (set names) said;
      lines = names: builtins.concatStringsSep "\n" (map (name: said.${name} or "") names);

      inputNames = [
        "buildInputs"
        "nativeBuildInputs"
        "propagatedBuildInputs"
        "propagatedNativeBuildInputs"
        "depsBuildBuild"
        "hardeningDisable"
      ];
      sourceNames = [
        "src"
        "patches"
        "prePatch"
        "postPatch"
      ];
      listNames = [
        "extraRustcOpts"
        "extraRustcOptsForBuildRs"
        "extraLinkFlags"
      ];
      hookNames = {
        before = [
          "preConfigure"
          "preBuild"
        ];
        after = [
          "postConfigure"
          "postBuild"
        ];
      };
      installNames = [
        "preInstall"
        "postInstall"
        "preFixup"
        "postFixup"
        "dontFixup"
        "dontStrip"
        "dontPatchELF"
        "dontPatchShebangs"
        "doInstallCheck"
        "installCheckPhase"
        "passthru"
      ];
      placementNames = [ "requiredSystemFeatures" ];
      checkNames = [
        "checkInputs"
        "nativeCheckInputs"
      ];
      # Attributes that buildRustCrate reads, and that Cargo.toml sets here.
      otherNames = [
        "authors"
        "build"
        "buildDependencies"
        "codegenUnits"
        "crateBin"
        "crateName"
        "crateRenames"
        "dependencies"
        "edition"
        "env"
        "features"
        "libName"
        "libPath"
        "links"
        "meta"
        "procMacro"
        "release"
        "type"
        "verbose"
        "version"
      ];
      # Converts values as Nix does for a derivation's attributes: paths are copied to the store.
      asText =
        value:
        if builtins.isBool value then
          if value then "1" else ""
        else if builtins.isPath value then
          "${value}"
        else if builtins.isList value then
          builtins.concatStringsSep " " (map asText value)
        else
          toString value;
      variables =
        removeAttrs said (
          inputNames
          ++ sourceNames
          ++ listNames
          ++ hookNames.before
          ++ hookNames.after
          ++ installNames
          ++ placementNames
          ++ checkNames
          ++ otherNames
        )
        // said.env or { };
      # Setup hooks derive more than one variable from each of these.
      isForStdenv = name: builtins.match "NIX_.*" name != null;
      forStdenv = builtins.filter isForStdenv (builtins.attrNames variables);
      source = take sourceNames;
      install = take installNames;
      libraryOf = package: package.lib or package.out or package;
    in
    {
      isTouched = said != { };
      inputs =
        take inputNames
        // (
          if forStdenv == [ ] then
            { }
          else
            {
              env = builtins.mapAttrs (_: asText) (builtins.intersectAttrs (set forStdenv) variables);
            }
        );
      libraryFolders = map (package: "${libraryOf package}/lib") (
        builtins.filter builtins.isAttrs ((said.buildInputs or [ ]) ++ (said.propagatedBuildInputs or [ ]))
      );
      testTools = map (package: package.__spliced.buildHost or package) (
        builtins.filter builtins.isAttrs (
          (said.nativeCheckInputs or [ ]) ++ (said.nativeBuildInputs or [ ])
        )
      );
      # Hooks may call binaries of the package's inputs.
      install = if install == { } then { } else take inputNames // install;
      placement = take placementNames;
      meta = said.meta or { };
      hooks = builtins.mapAttrs (_: lines) hookNames;
      source = if source == { } then null else source;
      environment = builtins.mapAttrs (_: asText) (removeAttrs variables forStdenv);
    }
    // genAttrs listNames (name: said.${name} or [ ]);
  # True of most crates, so evaluated once for all of them.
  untouched = readOverride { };
in
{
  overrides,
  values,
  facts,
  src,
}:
if overrides ? ${facts.pname} then
  readOverride (
    values.${facts.pname} {
      crateName = facts.pname;
      inherit (facts) version features;
      inherit src;
    }
  )
else
  untouched
