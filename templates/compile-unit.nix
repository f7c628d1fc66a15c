# Compiles one unit: a derivation that calls rustc once, with what cargo would pass.
#
# compiler: the side's (compiler.nix)
# facts: the package's, at the unit's point
# isMember: of the workspace
# source: { src; dir; } (crate-source.nix)
# kind: "lib", "bin", "test", "bench", "example" or "build-script"
# targetName: as in the manifest
# rootFile: path of the crate's root in the package
# crateTypes: as rustc takes them
# isTest: with rustc's test harness; `harness = false`: only `--cfg test`
# settings: of the profile, decided (profile-settings.nix)
# lto: rustc's arguments (lto-args.nix)
# externs: extern name -> unit
# run: the run of the package's own build script, or null
# isLinkedWithRun: what that run says of native libraries holds for the unit
# environment: further variables
# override: what crateOverrides says of the package (crate-override.nix)
#
# Returns the derivation, with what dependents need to know:
#   crateName, stem (path of the library without the extension), linkable,
#   closure: key -> { folder; src; libraryFolders; } of a library, this one and all that it is linked with
#   fileName: of what rustc writes, without prefix and extension; sourcePath: its package's source
#   nativeRuns: list of { key; run; }: of all libraries that are linked in, in cargo's order
#   isShared: dependents may link with it as a dynamic library
#   metadata: hash that tells the crate from others of its name
{
  compiler,
  facts,
  isMember,
  source,
  packageEnv,
  kind,
  targetName,
  rootFile,
  crateTypes,
  isTest ? false,
  harness ? true,
  settings,
  profileArgs,
  lto,
  externs,
  run ? null,
  isLinkedWithRun ? run != null,
  environment ? { },
  override,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    foldl'
    ;

  isLocal = facts ? path;
  isLibrary = kind == "lib" && !isTest;
  isProgram = isTest || crateTypes == [ "bin" ];
  crateName = builtins.replaceStrings [ "-" ] [ "_" ] targetName;
  linkable = isLibrary && builtins.any (type: builtins.elem type linkableTypes) crateTypes;
  linkableTypes = [
    "lib"
    "rlib"
    "dylib"
    "proc-macro"
  ];
  isDylib = builtins.any (type: type == "dylib" || type == "cdylib") crateTypes;
  # Tests of a proc macro are linked as it is.
  isMacroTarget = kind == "lib" && facts.procMacro;
  isProcMacro = isLibrary && facts.procMacro;
  links =
    isProgram
    || builtins.any (
      type:
      !builtins.elem type [
        "lib"
        "rlib"
        "staticlib"
      ]
    ) crateTypes;

  profileFlags = profileArgs {
    inherit settings;
    targetTriple = compiler.triple;
  };

  # Whatever tells two units of one crate apart, as in cargo's `compute_metadata`; no source, no rustflags.
  metadata = builtins.substring 0 16 (
    builtins.hashString "sha256" (
      builtins.toJSON [
        facts.pname
        facts.version
        (facts.path or facts.git or facts.registry or "")
        facts.features
        kind
        targetName
        crateTypes
        isTest
        profileFlags
        lto
        compiler.targetArgs
        (map (name: externs.${name}.metadata) (attrNames externs))
      ]
    )
  );
  # A dylib's name is written into what is linked with it, so cargo gives a local one no hash.
  hasHash = isTest || !(isLocal && isLibrary && isDylib);
  extraFilename = if hasHash then "-${metadata}" else "";

  closureOfExterns = foldl' (closure: name: closure // externs.${name}.closure) { } (
    attrNames externs
  );
  allRuns = import ./native-runs.nix {
    own =
      if isLinkedWithRun then
        [
          {
            inherit (facts) key;
            inherit run;
          }
        ]
      else
        [ ];
    externs = attrValues externs;
  };
  otherRuns = builtins.filter (each: each.key != facts.key) allRuns;

  # Names in the store are ASCII, and not long.
  storable =
    text:
    builtins.substring 0 60 (
      builtins.concatStringsSep "_" (
        builtins.filter builtins.isString (builtins.split "[^A-Za-z0-9+._?=-]+" text)
      )
    );

  derivation = compiler.buildShell {
    name = "${facts.storeName}-${facts.version}-${
      if isTest && kind == "lib" then
        "unit-test"
      else if kind == "lib" || kind == "build-script" then
        kind
      else
        "${kind}-${storable targetName}"
    }";
    script = ./compile-unit.sh;
    isStandard = links;
    inherit (compiler) rustc;
    tools = if links then compiler.linkerTools else [ ];
    namedLinker = if links then compiler.namedLinker else { };
    inherit (source) src dir;
    edition =
      facts.editions.${if kind == "lib" then "lib" else "${kind}:${targetName}"} or facts.edition;
    inherit
      crateName
      rootFile
      targetName
      isLibrary
      isProgram
      ;
    # Paths in messages and `file!()` are as cargo has them: from the workspace's folder.
    packageLabel =
      if !isLocal then
        "${facts.pname}-${facts.version}"
      else if facts.path == "." then
        ""
      else
        facts.path;
    missingFile = import ./missing-file.nix facts;
    outLabel = "out/${facts.pname}-${facts.version}";
    fileName = "${crateName}${extraFilename}";
    kind = if isTest && kind == "lib" then "unit-test" else kind;
    isCdylib = isLibrary && builtins.elem "cdylib" crateTypes;
    passLibraries = kind == "lib" || facts.lib == false;
    externs = builtins.mapAttrs (_: unit: unit.stem) externs;
    sharedExterns = builtins.mapAttrs (_: unit: unit.isShared) externs;
    isMacroCrate = isMacroTarget;
    dependencyDirs = map (part: part.folder) (attrValues closureOfExterns);
    ownRun = if run == null then "" else "${run}";
    ownOutDir = if run == null then "" else run.outDir;
    otherRuns = map (each: "${each.run}") otherRuns;
    # looked into last, by what is linked
    libraryFolders =
      if links then
        concatMap (part: part.libraryFolders) (attrValues closureOfExterns)
        ++ override.libraryFolders
        ++ compiler.libraryFolders
      else
        [ ];
    arguments = import ./rustc-args.nix {
      inherit
        compiler
        facts
        isMember
        kind
        crateTypes
        isTest
        harness
        links
        profileFlags
        lto
        metadata
        extraFilename
        override
        ;
    };
    environment =
      packageEnv facts
      // {
        CARGO = compiler.cargo;
        CARGO_CRATE_NAME = crateName;
      }
      // (if kind == "bin" || kind == "example" then { CARGO_BIN_NAME = targetName; } else { })
      // (if isMember then { CARGO_PRIMARY_PACKAGE = "1"; } else { })
      // environment
      // override.environment;
  };
in
derivation
// {
  inherit
    crateName
    linkable
    metadata
    targetName
    ;
  inherit (facts) pname version;
  nativeRuns = if isProcMacro then [ ] else allRuns;
  isShared = isProcMacro || builtins.elem "dylib" crateTypes;
  stem = "${derivation}/lib${crateName}${extraFilename}";
  closure = (if isProcMacro then { } else closureOfExterns) // {
    ${facts.key} = {
      folder = "${derivation}";
      src = "${source.src}";
      inherit (override) libraryFolders;
    };
  };
  sourcePath = source.src;
  fileName = "${crateName}${extraFilename}";
}
