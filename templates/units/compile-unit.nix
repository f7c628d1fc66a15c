# Compiles one unit: a derivation that runs rustc (or clippy, rustdoc) once, with the arguments that cargo would pass.
#
# tool: "rustc"; "clippy"; "rustdoc" for pages, "doctest" for the tests in them
# compiler: the side's (compiler.nix)
# facts: the package's, at the unit's point
# isMember: of the workspace
# source: { src; dir; }, or { archive; unpackTools; unpacked; dir; } (crate-source.nix)
# kind: "lib", "bin", "test", "bench", "example" or "build-script"
# targetName: as in the manifest
# rootFile: path of the crate root in the package
# crateTypes: as rustc takes them
# isTest: built with rustc's test harness, or only with `--cfg test` if `harness = false`
# settings: resolved profile settings (profile-settings.nix)
# lto: rustc's arguments (lto-args.nix)
# externs: extern name -> unit
# stdUnits: libraries of the standard library that are compiled along
# run: the run of the package's own build script, or null
# isLinkedWithRun: the unit links the native libraries that this run names
# programs: name -> file: the binaries that an integration test calls
# vendor: for macros and documentation tests that ask cargo (cargo-view.nix), or ""
# environment: additional variables; artifactEnvironment: see artifact-env.nix; envPlaces: see workspace-env.nix
# warnings: how to treat lint warnings in local packages: "warn", "allow" or "deny"
# override: what crateOverrides sets for the package (crate-override.nix)
# runner: the command that runs documentation tests (runner.nix)
# wantsInterface: libraries that use this one do not wait for its code
# lintsInterfaces: clippy reads interfaces
# toolArguments: for rustdoc, added to cargo's; previous: the rustdoc output to which the unit's pages are added, or null
#
# Returns the derivation, with the attributes that dependents need:
#   record: rustc's arguments, except those in `read-files`, `read-variables` and the runs of build scripts; or null. Those files
#     of a build script are in an output of their own, since a shell does not need the binary
#   crateName, linkable, stem (path of the library without its extension)
#   interface: a derivation with only what other libraries need, or the unit itself; interfaceStem: the same as `stem`
#   linked: for a library, itself and everything it links (linked-libraries.nix); externUnits: a list of only itself
#   fileName: name of rustc's output, without prefix and extension; sourcePaths: the source of its package, as a list; empty if
#     the unit unpacks it
#   nativeRuns: list of { key; run; } of all libraries that are linked in, in cargo's order
#   askForRustLibraries: if it may link Rust's shared libraries: the command that prints their directory
#   isShared: dependents may link it as a dynamic library
#   cargoTarget: the unit's target as cargo's messages have it, with paths relative to the workspace
#   metadata: hash that distinguishes the crate from others of the same name
{
  tool ? "rustc",
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
  stdUnits ? [ ],
  run ? null,
  isLinkedWithRun ? run != null,
  programs ? { },
  environment ? { },
  artifactEnvironment ? { },
  envPlaces ? { },
  warnings,
  override,
  toolArguments ? [ ],
  runner ? null,
  vendor ? "",
  previous ? null,
  wantsInterface ? false,
  lintsInterfaces ? false,
  keepsFindings ? false,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    ;

  # Documentation tests are compiled and run in one step.
  isRun = tool == "doctest";
  # Like cargo, clippy compiles what has to run and only checks the rest.
  isCheck = tool == "clippy" && kind != "build-script";
  makesFiles = tool == "rustc" || (tool == "clippy" && !isCheck);
  isLocal = facts ? path;
  isStd = facts ? library;
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
  # Tests of a proc macro are linked like the proc macro.
  isMacroTarget = (kind == "lib" && facts.procMacro) || crateTypes == [ "proc-macro" ];
  isProcMacro = isLibrary && facts.procMacro;
  # Cargo may use the unit in a shell (templates/shell/warm.nix), so keep what rustc read along with what it wrote.
  isRecorded =
    tool == "rustc" && !isLocal && !isStd && stdUnits == [ ] && (isLibrary || kind == "build-script");
  links =
    !isCheck
    && (
      isProgram
      || builtins.any (
        type:
        !builtins.elem type [
          "lib"
          "rlib"
          "staticlib"
        ]
      ) crateTypes
    );

  # Like cargo's `requires_upstream_objects`: every other crate type contains its dependencies' code.
  isRlib = !isTest && builtins.all (type: type == "lib" || type == "rlib") crateTypes;
  hasInterface = tool == "rustc" && isRlib && wantsInterface;
  # In a build that only lints, code is generated just for what is linked: build scripts and proc macros.
  readsInterfaces =
    isInterface:
    if lintsInterfaces then isInterface || (tool == "clippy" && isCheck) else tool == "rustc" && isRlib;
  # Cargo leaves out lints' warnings as rustc prints them, and therefore misses documentation tests.
  warningFlags = if isLocal && !isRun && warnings == "allow" then [ "--allow=warnings" ] else [ ];
  # Cargo counts what rustc prints, and so does the build. Packages whose lints are capped print what a flag forces.
  deniesWarnings =
    warnings == "deny"
    && !isRun
    && !keepsFindings
    && (
      isLocal || builtins.any (flag: builtins.match ".*force-warn.*" flag != null) compiler.rustflags
    );

  profileFlags = profileArgs {
    inherit settings;
    targetTriple = compiler.triple;
  };

  # Everything that distinguishes two units of a crate, as in cargo's `compute_metadata`, except sources and rustflags.
  metadata = builtins.substring 0 16 (
    builtins.hashString "sha256" (
      builtins.toJSON [
        facts.pname
        facts.version
        (facts.path or facts.git or facts.registry or facts.library or "")
        facts.features
        kind
        targetName
        crateTypes
        isTest
        profileFlags
        lto
        compiler.targetArgs
        (map (unit: unit.metadata) externUnits)
      ]
    )
  );
  # Users of a dylib record its file name, so cargo adds no hash to that of a local one.
  hasHash = isTest || isCheck || !(isLocal && isLibrary && isDylib);
  extraFilename = if hasHash then "-${metadata}" else "";

  externUnits = attrValues externs ++ stdUnits;
  # The standard library has a lockfile of its own, with other packages of the same names.
  ownKey = if isStd then "std ${facts.key}" else facts.key;
  below = import ./linked-libraries.nix externUnits;
  # directories of libraries that are looked up when the unit runs, or is loaded
  dylibFolders = attrValues below.dylibs;
  # Once any other Rust shared library is linked, the standard library is shared as well.
  askForRustLibraries =
    if
      dylibFolders != [ ]
      || builtins.any (flag: builtins.match "(-C)?prefer-dynamic(=y.*)?" flag != null) compiler.rustflags
    then
      [
        compiler.rustc
        "--print"
        "target-libdir"
      ]
      ++ compiler.targetArgs
    else
      [ ];
  allRuns = import ./native-runs.nix {
    own =
      if isLinkedWithRun then
        [
          {
            key = ownKey;
            inherit run;
          }
        ]
      else
        [ ];
    externs = externUnits;
  };
  otherRuns = builtins.filter (each: each.key != ownKey) allRuns;
  macros = builtins.filter (unit: unit.isProcMacro) externUnits;
  isPrivate = unit: builtins.elem unit.pname (import ../lib/words.nix facts.privateDeps);

  call =
    {
      rustc = {
        script = ./compile-unit.sh;
        program = [ compiler.rustc ];
      };
      clippy = {
        script = ./compile-unit.sh;
        program = [
          compiler.clippyDriver
          compiler.rustc
        ];
      };
      rustdoc = {
        script = ../checks/document-unit.sh;
        program = [ compiler.rustdoc ];
      };
      doctest = {
        script = ../checks/test-documentation.sh;
        program = [ compiler.rustdoc ];
      };
    }
    .${tool};

  edition =
    facts.editions.${if kind == "lib" then "lib" else "${kind}:${targetName}"} or facts.edition;
  arguments =
    if tool == "rustc" || tool == "clippy" then
      import ./rustc-args.nix {
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
        inherit
          isCheck
          isRecorded
          isRlib
          warningFlags
          ;
      }
    else
      import ../checks/rustdoc-args.nix {
        inherit
          compiler
          facts
          kind
          lto
          metadata
          toolArguments
          warningFlags
          ;
        isTest = isRun;
        inherit crateTypes;
      };

  # Both derivations of a unit get the same source at the same path. If code may have that path compiled in, it is also the
  # same without an interface.
  ownSource =
    if source ? archive then
      if hasInterface then source.unpacked else source
    else if
      tool == "rustc" && isRlib && isLocal && (run != null || (hasInterface && envPlaces != { }))
    then
      import ./placed-source.nix {
        inherit facts source run;
        inherit (compiler) buildShell;
      }
    else
      source;
  sourcePaths = map (each: "${each.src}") (
    builtins.filter (each: each ? src) [
      source
      ownSource
    ]
  );
  buildUnit = attributes: compiler.buildShell (override.placement // attributes // forCargo);
  # Only for those that ask it, so that the lockfile is not an input of others.
  forCargo =
    if vendor == "" then
      { }
    else
      {
        inherit vendor;
        rustcOfCargo = compiler.rustc;
      };
  derivation = buildUnit (attributesOf false);
  interface = if hasInterface then buildUnit (attributesOf true) else derivation;
  attributesOf = isInterface: {
    inherit isInterface;
    isPlaced = ownSource.isPlaced or false;
    name = import ./unit-name.nix {
      inherit
        facts
        kind
        tool
        targetName
        isTest
        isProcMacro
        isInterface
        keepsFindings
        ;
      isOptimized = settings.optLevel != "0";
    };
    inherit (call) script program;
    inherit (import ./package-place.nix facts)
      isInWorkspace
      workspacePath
      packageLabel
      placePackage
      ;
    unitInputs = ./unit-inputs.sh;
    isStandard = links || isRun;
    unpackArchive = if ownSource ? archive then ../sources/unpack-archive.sh else null;
    tools =
      (ownSource.unpackTools or [ ])
      ++ (if isRun then runner.tools else [ ])
      ++ (if links || isRun then compiler.linkerTools else [ ]);
    namedLinker = if links || isRun then compiler.namedLinker else { };
    src = ownSource.src or "";
    archive = ownSource.archive or "";
    inherit (ownSource) dir;
    isWritten = isRun;
    inherit envPlaces;
    inherit isRun keepsFindings deniesWarnings;
    findRunner = if isRun then ../checks/find-runner.sh else null;
    triple = if isRun then compiler.triple else null;
    runner = if isRun then runner.words else [ ];
    emulator = if isRun then runner.emulator else "";
    packageId = "${facts.pname} v${facts.version}";
    inherit edition;
    inherit
      crateName
      rootFile
      targetName
      ;
    missingFile = import ../sources/missing-file.nix facts;
    isProgram = isProgram && makesFiles;
    dropsMetadata = isRlib && tool == "rustc" && !isInterface;
    isRecorded = isRecorded && !isInterface;
    outputs = [ "out" ] ++ (if isRecorded && kind == "build-script" then [ "record" ] else [ ]);
    outLabel = "out/${facts.pname}-${facts.version}";
    fileName = "${crateName}${extraFilename}";
    kind = if isTest && kind == "lib" then "unit-test" else kind;
    isCdylib = isLibrary && builtins.elem "cdylib" crateTypes;
    passLibraries = kind == "lib" || facts.lib == false;
    externs = builtins.mapAttrs (
      _: unit: if readsInterfaces isInterface then unit.interfaceStem else unit.stem
    ) externs;
    stdExterns = builtins.listToAttrs (
      map (unit: {
        name = unit.crateName;
        value = unit.stem;
      }) stdUnits
    );
    privateExterns =
      if isLibrary && facts ? privateDeps then
        builtins.filter (name: isPrivate externs.${name}) (attrNames externs)
      else
        [ ];
    inherit isStd;
    sharedExterns = builtins.mapAttrs (_: unit: unit.isShared) externs;
    isMacroCrate = isMacroTarget;
    inherit programs;
    dependencyDirs = builtins.catAttrs (
      if readsInterfaces isInterface then "readFolder" else "folder"
    ) (attrValues below.libraries);
    ownRun = if run == null then "" else "${run}";
    ownRunDir = if run == null then "" else run.dir;
    ownOutDir = if run == null then "" else run.outDir;
    otherRuns = map (each: "${each.run}") otherRuns;
    loadedRuns = builtins.concatMap (unit: map (each: "${each.run}") unit.linkedRuns) macros;
    loadedFolders = concatMap (unit: unit.dylibFolders) macros ++ (if isRun then dylibFolders else [ ]);
    # searched last, by linked units only
    libraryFolders =
      if links then
        builtins.concatLists (attrValues below.nativeFolders)
        ++ override.libraryFolders
        ++ compiler.libraryFolders
      else
        [ ];
    inherit arguments;
    environment =
      packageEnv facts
      // {
        CARGO = compiler.cargo;
        CARGO_CRATE_NAME = crateName;
      }
      // (
        if isProgram && (kind == "bin" || kind == "example") then { CARGO_BIN_NAME = targetName; } else { }
      )
      // (
        if isMember && (tool == "rustc" || tool == "clippy") then { CARGO_PRIMARY_PACKAGE = "1"; } else { }
      )
      // (if isStd then { RUSTC_BOOTSTRAP = "1"; } else { })
      // environment
      // artifactEnvironment
      // override.environment;
    previous = if previous == null then "" else "${previous}";
  };
in
derivation
// {
  inherit
    crateName
    kind
    interface
    linkable
    metadata
    targetName
    ;
  key = ownKey;
  inherit (facts) pname version;
  inherit askForRustLibraries isProcMacro dylibFolders;
  linkedRuns = allRuns;
  nativeRuns = if isProcMacro then [ ] else allRuns;
  isShared = isProcMacro || builtins.elem "dylib" crateTypes;
  stem = "${derivation}/lib${crateName}${extraFilename}";
  interfaceStem = "${interface}/lib${crateName}${extraFilename}";
  linked =
    let
      inherited =
        if isProcMacro then
          {
            height = 0;
            libraries = { };
            dylibs = { };
            nativeFolders = { };
          }
        else
          below;
      withOwn = own: all: if own == null then all else all // { ${ownKey} = own; };
    in
    {
      height = inherited.height + 1;
      libraries = withOwn {
        folder = "${derivation}";
        readFolder = "${interface}";
      } inherited.libraries;
      dylibs = withOwn (
        if isLibrary && builtins.elem "dylib" crateTypes then "${derivation}" else null
      ) inherited.dylibs;
      nativeFolders = withOwn (
        if override.libraryFolders == [ ] then null else override.libraryFolders
      ) inherited.nativeFolders;
    };
  externUnits = if isProcMacro then [ ] else externUnits;
  record =
    if !isRecorded then
      null
    else
      {
        inherit
          crateName
          edition
          rootFile
          arguments
          ;
        folder = "${derivation.record or derivation}";
        fileName = "${crateName}${extraFilename}";
        externs = builtins.mapAttrs (_: unit: unit.folder) externs;
        inherit run;
        otherRuns = map (each: each.run) otherRuns;
      };
  cargoTarget = import ../checks/cargo-target.nix {
    inherit
      facts
      kind
      targetName
      crateTypes
      rootFile
      edition
      ;
  };
  folder = "${derivation}";
  inherit sourcePaths;
  fileName = "${crateName}${extraFilename}";
}
