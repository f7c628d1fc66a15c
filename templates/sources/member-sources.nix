# The sources of a path package, one per target, so that an edit changes only the targets that may read the file.
#
# buildShell: see build-shell.nix
# memberSource: member-source.nix, or another function with the same arguments
# root: the workspace's directory; generated: the directory that contains Cargo.nix, as text
# facts: a crate's facts; targets: crate root by target name (`bin:NAME`), whether or not it is compiled
# readsManifest: see manifest-readers.nix
# workspaceTable: the table `workspace` of the workspace's manifest
# around: puts the manifests of the workspace around a source (cargo-view.nix)
# inPlace: puts a source at its package's place in the workspace (placed-source.nix)
# dropsComments: strip comments from files that are only compiled (drop-comments.sh)
# Returns the same attributes as crate-source.nix, and `asksMetadata` (cargo-view.nix).
{
  buildShell,
  memberSource,
  root,
  generated,
  facts,
  dropsComments,
  targets,
  readsManifest,
  workspaceTable,
  around,
  inPlace,
}:
let
  inherit (builtins)
    any
    attrNames
    attrValues
    concatMap
    elem
    filter
    mapAttrs
    match
    readDir
    ;
  inherit (import ../lib/text.nix)
    containsAny
    hasPrefix
    isIn
    set
    ;
  folder = toString (if facts.path == "." then root else root + "/${facts.path}");
  tree = import ./package-tree.nix {
    root = toString root;
    inherit folder generated documents;
    inherit (facts) exclude readme;
  };
  code = filter tree.isCode tree.files;
  library = if facts.lib == false then [ ] else [ facts.lib ];
  script = if facts.build == null then [ ] else [ facts.build ];
  # Paths that no fact sets are where cargo looks by default.
  discovered = filter (
    path: match "src/main[.]rs|(src/bin|tests|benches|examples)/([^/]*|[^/]*/main)[.]rs" path != null
  ) (map (file: file.relative) code);
  modules = import ./module-tree.nix {
    files = code;
    roots = library ++ script ++ attrValues targets ++ discovered;
  };

  # Documents and files for other tools. Code reads only those that it names.
  documents = filter (
    name:
    match "Cargo.(lock|toml)|.*[.]md|(LICEN[CS]E|COPYING|NOTICE).*|.*[.]nix|flake.lock|rust-toolchain([.]toml)?|[.](cargo|config|editorconfig|envrc|git.*|idea|mailmap|vscode|dockerignore|pre-commit-config.yaml)|([.]?rustfmt|[.]?clippy|deny|cliff|release|taplo)[.]toml|(GNU)?[Mm]akefile|[.]?[Jj]ustfile|Dockerfile.*|docker-compose.*|docs?|scripts?|[.]?ci" name
    != null
  ) (attrNames (readDir folder));
  # Files for git, forges and editors are not read even by code that walks directories.
  isHidden = name: match "[.].*" name != null;
  testFolders = [
    "tests"
    "benches"
    "examples"
  ];
  says = parts: any (file: containsAny parts file.text);
  # Files whose text is searched. Files that no target leads to are mostly data, and might not be text.
  isReader =
    file:
    tree.isConfiguration file
    ||
      tree.isCode file
      && (
        modules.isExplained file.relative
        || match "src/.*" file.relative != null && modules.isMentioned file.relative
      );

  programs = attrValues (
    builtins.removeAttrs targets (filter (name: match "bin:.*" name == null) (attrNames targets))
  );

  # For the targets of given roots. `keeps`: documents to include although no code names them; `isDropped`: drops a file;
  # `isForOthers`: drops a file in test directories that no root leads to; `readsAll`: keep every document;
  # `parsesManifest`: the contents of Cargo.toml are read, not just its presence.
  sourceOf =
    { roots, ... }@wanted:
    # If a root is outside of the package, its modules are searched for there, so nothing inside is left out.
    if any (hasPrefix "../") roots then fromOutside roots true else sourceInside wanted;
  sourceInside =
    {
      roots,
      keeps ? [ ],
      isDropped,
      isForOthers ? _: true,
      readsAll ? false,
      parsesManifest ? false,
    }:
    let
      own = concatMap modules.reachedFrom roots;
      needed = set (map (file: file.relative) own);
      isForTests = isIn (filter (name: !(isLookedThrough name)) testFolders);
      isLookedThrough =
        name:
        any (path: match "${name}/.*" path != null) roots
        || says [
          "${name}/"
          "${name}\""
        ] own;
      read = filter (
        file:
        needed ? ${file.relative}
        || !(isForTests file.relative && isForOthers file.relative || isDropped file.relative)
      ) tree.files;
      readers = filter isReader read;
      unread = isIn (
        filter (
          name: !(readsAll && !(isHidden name) || elem name keeps || tree.isNamed readers name)
        ) documents
      );
    in
    sourceWith {
      inherit roots readers;
      files = filter (file: needed ? ${file.relative} || !(unread file.relative)) read;
      readsManifest = parsesManifest;
    };

  fromOutside =
    roots: parsesManifest:
    sourceWith {
      inherit roots;
      inherit (tree) files;
      readers = filter isReader tree.files;
      readsManifest = parsesManifest;
    };
  whole = fromOutside (library ++ script ++ attrValues targets) (
    readsManifest.tests || readsManifest.macros
  );

  included = import ./included-files.nix {
    inherit folder;
    inherit (facts) pname;
    patterns = facts.include;
  };
  inherited = import ./inherited-manifest.nix {
    inherit folder;
    root = toString root;
    workspace = workspaceTable;
  };
  # readers: those files whose text tells what they read; roots: crate roots of the targets that the source is for;
  # readsManifest: these targets may read Cargo.toml
  sourceWith =
    {
      files,
      readers,
      roots,
      readsManifest,
    }:
    memberSource {
      inherit
        buildShell
        folder
        facts
        files
        included
        ;
      root = toString root;
      outside =
        tree.outsideOf readers (filter (hasPrefix "../") roots)
        ++ (if readsManifest then tree.namedByManifest else [ ])
        ++ included.outside;
      standIns =
        if readsManifest && any (file: file.relative == "Cargo.toml") files then inherited else { };
    };

  # With all manifests, for code that needs them.
  seeing = isNeeded: source: if isNeeded then around source else source;
  macrosSee = readsManifest.asksMetadata.macros || readsManifest.asks.macros;
  testsSee =
    code:
    readsManifest.asksMetadata.tests
    || readsManifest.asks.tests
    || says [
      "Cargo.lock"
      "\"locate-project\""
    ] code
    || any readsManifest.asksIn code
    || any readsManifest.findsIn code;

  ofTarget =
    use: root:
    sourceOf {
      roots = [ root ];
      isDropped = modules.isUnread root;
      keeps = if readsManifest.${use} then [ "Cargo.toml" ] else [ ];
      readsAll = readsManifest.hidden.${use};
      parsesManifest = readsManifest.${use} || readsManifest.hidden.${use};
    };
  # Tests look around at run time, and must find what was there at compile time.
  ofTest =
    root:
    let
      own = modules.reachedFrom root;
      knowsPlace = says [
        "MANIFEST_DIR"
        "current_dir"
        "file!()"
      ] own;
      sees = testsSee own;
      source =
        if knowsPlace && (sees || readsManifest.tests || says looking own) then
          whole
        else
          ofTarget "tests" root;
    in
    if sees then
      around source
    else if knowsPlace && facts.path != "." && says climbing own then
      inPlace source
    else
      source;
  # Words in code that reads files without naming them.
  looking = [
    "read_dir"
    "walkdir"
    "WalkDir"
    "WalkBuilder"
    "glob"
  ];

  # Words in code that looks beside its package.
  climbing = [
    ".parent()"
    ".ancestors()"
    ".pop()"
    ".."
  ];

  scriptCode = concatMap modules.reachedFrom script;
  scriptSays = part: says [ part ] scriptCode;
  saysWhatItReads = scriptSays "rerun-if-";
  # If a script prints rerun-if lines, it reads only what these name, unless it may look at the package's code.
  readsCode =
    !saysWhatItReads
    || any scriptSays (
      looking
      ++ library
      ++ programs
      ++ [
        "src"
        "MANIFEST_DIR"
        "MANIFEST_PATH"
        "current_dir"
        "\".\""
        "cbindgen"
        "csbindgen"
        "diplomat"
        "swift_bridge"
        "uniffi"
      ]
    );
  testRoots = library ++ attrValues targets;
  testCode = concatMap modules.reachedFrom testRoots;
  isRust = path: match ".*[.]rs" path != null;
  scriptAsks = readsManifest.asksMetadata.script || any scriptSays readsManifest.asking;
  scriptSees =
    scriptAsks
    || readsManifest.asks.script
    || scriptSays "Cargo.lock"
    || any readsManifest.findsIn scriptCode;
  runAlone = sourceOf {
    roots = script;
    isDropped = if readsCode then _: false else modules.isUnread facts.build;
    isForOthers = path: saysWhatItReads || isRust path;
    readsAll =
      !saysWhatItReads || readsManifest.script || readsManifest.hidden.script || any scriptSays looking;
    parsesManifest =
      readsManifest.script
      || readsManifest.scriptMacros
      || readsManifest.hidden.script
      || any scriptSays [
        "Cargo.toml"
        "MANIFEST_PATH"
      ];
  };
  onlyCompiled =
    source:
    if dropsComments then
      source
      // {
        src = buildShell {
          name = "crate-${facts.storeName}-${facts.version}-src";
          preferLocalBuild = true;
          script = ./drop-comments.sh;
          program = ./drop-comments.awk;
          isStandard = true;
          inherit (source) src;
        };
      }
    else
      source;
  libraryAsWritten = seeing macrosSee (ofTarget "macros" facts.lib);
in
{
  library = onlyCompiled libraryAsWritten;
  inherit libraryAsWritten;
  libraryTest = ofTest facts.lib;
  targets = mapAttrs (
    name: root:
    if match "bin:.*" name != null then
      onlyCompiled (seeing macrosSee (ofTarget "macros" root))
    else
      ofTest root
  ) targets;
  # Build scripts rarely `include!` files; the paths they mention are opened at run time.
  script =
    if readsManifest.asks.scriptMacros then
      around runAlone
    else if
      readsManifest.scriptMacros
      || readsManifest.hidden.script
      || any scriptSays [
        "include!("
        "include_"
        "embed"
        "folder ="
        "template"
        "!(\"CARGO_MANIFEST"
        "!(\"$CARGO_MANIFEST"
      ]
    then
      runAlone
    else
      sourceOf {
        roots = script;
        isDropped = path: !(isRust path) || modules.isUnread facts.build path;
      };
  run = seeing scriptSees runAlone;
  inherit whole;
  asksMetadata = {
    script = scriptAsks;
    inherit (readsManifest.asksMetadata) macros testMacros;
    tests = readsManifest.asksMetadata.tests || any readsManifest.asksIn testCode;
  };
  libraryCode = concatMap modules.reachedFrom library;
  programs = sourceOf {
    roots = library ++ programs;
    isDropped = _: false;
  };
  programsAsWritten = seeing macrosSee (sourceOf {
    roots = library ++ programs;
    isDropped = _: false;
    keeps = if readsManifest.macros then [ "Cargo.toml" ] else [ ];
    readsAll = readsManifest.hidden.macros;
    parsesManifest = readsManifest.macros || readsManifest.hidden.macros;
  });
  # Tests run anyway, so leave out only what they surely do not read.
  test = seeing (testsSee testCode) (
    if
      readsManifest.tests
      || says (
        looking
        ++ [
          "MANIFEST_DIR"
          "current_dir"
          "\"cargo"
          "\"CARGO"
        ]
      ) testCode
    then
      whole
    else
      sourceOf {
        roots = testRoots;
        isDropped = _: false;
        isForOthers = _: false;
        readsAll = readsManifest.hidden.tests;
        parsesManifest = readsManifest.hidden.tests;
      }
  );
}
