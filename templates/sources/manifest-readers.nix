# Which units may read their package's Cargo.toml when they are compiled or run: those that use a crate that parses
# manifests. A macro looks up the name of a dependency there, a build script a table of its own.
#
# crates: the `crates` of Cargo.nix
# codeOf: key of a path package -> the files of its library
# Returns key -> { macros; scriptMacros; script; asks; asksMetadata; asksIn; findsIn; tests; hidden; }: whether manifests are read by the
# macros that the library and binaries use, the macros that the build script uses, the script itself, and anything that
# tests use. A dependency counts even if it only exists at some points. `hidden` tells for macros, script and tests whether
# a path package's macro may read files that only the macro names.
#
# `asksMetadata` tells for macros, script, the macros that tests use, and tests whether they ask cargo for metadata, and
# `asks` whether they need the workspace's manifests for that, for Cargo.lock or to find the workspace, as far as the crates
# that they use reveal that; `asksIn` and `findsIn` tell by the text of a file.
{ crates, codeOf }:
let
  inherit (builtins)
    any
    attrValues
    concatMap
    elem
    elemAt
    filter
    mapAttrs
    match
    ;
  inherit (import ../lib/text.nix) containsAny;
  words = import ../lib/words.nix;
  parsers = words "basic-toml cargo-lock cargo-manifest cargo-util-schemas cargo_metadata cargo_toml document-features find-crate guppy krates proc-macro-crate sqlx-macros-core taplo toml toml-span toml_edit toml_parser trybuild ui_test";
  callers = words "build-info-build cargo_metadata cbindgen guppy krates shadow-rs tauri-build";
  lockReaders = words "cargo-lock";
  asking = [
    "\"locate-project\""
  ]
  ++ askingAll;
  askingAll = [
    "\"metadata\""
    "\"tree\""
    "\"pkgid\""
    "\"read-manifest\""
    "MetadataCommand"
  ];
  # Where such words are common: of cargo only where it is named.
  asksIn =
    file:
    says [ "MetadataCommand" ] file
    ||
      says askingAll file
      && says [
        "\"CARGO\""
        "\"cargo\""
        "cargo metadata"
      ] file;
  # Code that climbs to the workspace's manifest.
  findsIn =
    file:
    says [
      "\"Cargo.toml\""
      "/Cargo.toml\""
    ] file
    && says [
      ".ancestors()"
      ".parent()"
      ".pop()"
      "\"..\""
      "../"
      "[workspace"
    ] file;
  dependencies =
    fact:
    mapAttrs (
      _: crate:
      concatMap (facts: if facts ? ${fact} then words facts.${fact} else [ ]) (
        [ crate ] ++ attrValues (crate.on or { })
      )
    ) crates;
  deps = dependencies "deps";
  devDeps = dependencies "devDeps";
  buildDeps = dependencies "buildDeps";

  nameOf =
    key:
    let
      nameAndVersion = match "([^.]*)-([0-9]+[.].*)" key;
    in
    if nameAndVersion == null then key else elemAt nameAndVersion 0;
  parses = mapAttrs (
    key: own: elem (crates.${key}.pname or (nameOf key)) parsers || any (key: parses.${key}) own
  ) deps;
  # Evaluation cannot read the code of registry crates.
  usesAnyOf =
    names: isUser:
    let
      uses = mapAttrs (
        key: own:
        elem (crates.${key}.pname or (nameOf key)) names
        || any isUser libraryCode.${key}
        || any (key: uses.${key}) own
      ) deps;
    in
    uses;
  asksAnything = usesAnyOf callers (says asking);
  asksCargo = usesAnyOf callers asksIn;
  readsLockfile = usesAnyOf lockReaders (says [ "Cargo.lock" ]);
  finds = usesAnyOf [ ] (file: says [ "MANIFEST_DIR" ] file && findsIn file);
  ofMacros =
    uses:
    let
      brings = key: if isMacro key then uses.${key} else ofDependencies.${key};
      ofDependencies = mapAttrs (_: any brings) deps;
    in
    any brings;
  macrosAsk = ofMacros asksCargo;
  macrosFind = ofMacros finds;
  bringsParsingMacro =
    key: if crates.${key}.procMacro or false then parses.${key} else usesParsingMacro.${key};
  usesParsingMacro = mapAttrs (_: any bringsParsingMacro) deps;

  says = parts: file: containsAny parts file.text;
  isMacro = key: crates.${key}.procMacro or false;
  libraryCode = mapAttrs (key: crate: if crate ? path then codeOf key else [ ]) crates;
  # The libraries that a proc macro uses look for the package that calls it; `macro_rules!` start there anyway.
  looks = mapAttrs (
    key: own:
    any (says [ "MANIFEST_DIR" ]) libraryCode.${key} || any (key: looks.${key}) (filter isPath own)
  ) deps;
  isPath = key: crates.${key} ? path;
  includes = mapAttrs (
    _:
    any (
      file:
      says [ "macro_rules!" ] file
      && says [
        "include_str!("
        "include_bytes!("
      ] file
    )
  ) libraryCode;
  # Directly, or through a dependency that it may re-export.
  hasHidden = mapAttrs (
    key: own:
    (if isMacro key then looks.${key} else includes.${key})
    || any (key: hasHidden.${key}) (filter isPath own)
  ) deps;
  anyHidden = keys: any (key: hasHidden.${key}) (filter isPath keys);
in
mapAttrs (key: own: {
  hidden = {
    macros = includes.${key} || anyHidden own;
    script = anyHidden buildDeps.${key};
    tests = includes.${key} || anyHidden (own ++ devDeps.${key});
  };
  macros = usesParsingMacro.${key};
  scriptMacros = any bringsParsingMacro buildDeps.${key};
  asksMetadata = {
    macros = macrosAsk own;
    script = any (key: asksAnything.${key}) buildDeps.${key};
    testMacros = macrosAsk (own ++ devDeps.${key});
    tests = macrosAsk (own ++ devDeps.${key}) || any (key: asksCargo.${key}) devDeps.${key};
  };
  asks = {
    macros = macrosFind own;
    scriptMacros = macrosAsk buildDeps.${key} || macrosFind buildDeps.${key};
    script = any (key: readsLockfile.${key}) buildDeps.${key};
    tests =
      macrosFind (own ++ devDeps.${key})
      || any (key: readsLockfile.${key} || finds.${key}) devDeps.${key};
  };
  inherit asking asksIn findsIn;
  script = any (key: parses.${key}) buildDeps.${key};
  tests = any (key: parses.${key}) (own ++ devDeps.${key});
}) deps
