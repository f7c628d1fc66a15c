# The sources of a path package, one for each of its targets, so that an edit changes only what may read the file.
#
# buildShell: see build-shell.nix
# memberSource: member-source.nix, or another function of the same arguments
# root: the workspace's folder; generated: the folder that holds Cargo.nix, as text
# facts: a crate's facts; targets: root by name of a target (`bin:NAME`), be it compiled or not
# readsManifest: see manifest-readers.nix
# dropsComments: what is only compiled is read without its comments (drop-comments.sh)
# Returns what crate-source.nix does.
{
  buildShell,
  memberSource,
  root,
  generated,
  facts,
  dropsComments,
  targets,
  readsManifest,
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
  # What no fact names lies where cargo looks for it.
  discovered = filter (
    path: match "src/main[.]rs|(src/bin|tests|benches|examples)/([^/]*|[^/]*/main)[.]rs" path != null
  ) (map (file: file.relative) code);
  modules = import ./module-tree.nix {
    files = code;
    roots = library ++ script ++ attrValues targets ++ discovered;
  };

  # Documents and what is for other tools. Of these, code reads only what it names.
  documents = filter (
    name:
    match "Cargo.(lock|toml)|.*[.]md|(LICEN[CS]E|COPYING|NOTICE).*|.*[.]nix|flake.lock|rust-toolchain([.]toml)?|[.](cargo|config|editorconfig|envrc|git.*|idea|mailmap|vscode|dockerignore|pre-commit-config.yaml)|([.]?rustfmt|[.]?clippy|deny|cliff|release|taplo)[.]toml|(GNU)?[Mm]akefile|[.]?[Jj]ustfile|Dockerfile.*|docker-compose.*|docs?|scripts?|[.]?ci" name
    != null
  ) (attrNames (readDir folder));
  # What is for git and its hosts, or for editors, is not read by walking around either.
  isHidden = name: match "[.].*" name != null;
  testFolders = [
    "tests"
    "benches"
    "examples"
  ];
  says = parts: any (file: containsAny parts file.text);
  # Whose text is looked into: what no target leads to is mostly data, and need not be text.
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

  # For the targets of some roots. `keeps`: documents that are read though no code names them; `isDropped`: of a file;
  # `isForOthers`: of a file in folders for tests to which nothing leads; `readsAll`: no document is left out;
  # `parsesManifest`: Cargo.toml is not only looked for.
  sourceOf =
    { roots, ... }@wanted:
    # Modules of a root outside of the package are looked for there, so nothing is left out inside.
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
  };
  # readers: those of the files whose text tells what they read; roots: of the targets that the source is for;
  # readsManifest: they may read Cargo.toml
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

  ofTarget =
    use: root:
    sourceOf {
      roots = [ root ];
      isDropped = modules.isUnread root;
      keeps = if readsManifest.${use} then [ "Cargo.toml" ] else [ ];
      readsAll = readsManifest.hidden.${use};
      parsesManifest = readsManifest.${use} || readsManifest.hidden.${use};
    };
  # Tests look around when they run, and find what was there when they were compiled.
  ofTest =
    root:
    let
      own = modules.reachedFrom root;
      knowsPlace = says [
        "MANIFEST_DIR"
        "current_dir"
        "file!()"
      ] own;
    in
    if knowsPlace && (readsManifest.tests || says looking own) then whole else ofTarget "tests" root;
  # Words of code that reads files which it does not name.
  looking = [
    "read_dir"
    "walkdir"
    "WalkDir"
    "WalkBuilder"
    "glob"
  ];

  scriptCode = concatMap modules.reachedFrom script;
  scriptSays = part: says [ part ] scriptCode;
  saysWhatItReads = scriptSays "rerun-if-";
  # What a script says cargo shall watch is then all that it reads, unless it may look at the package's code.
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
  isRust = path: match ".*[.]rs" path != null;
  run = sourceOf {
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
  libraryAsWritten = ofTarget "macros" facts.lib;
in
{
  library = onlyCompiled libraryAsWritten;
  inherit libraryAsWritten;
  libraryTest = ofTest facts.lib;
  targets = mapAttrs (
    name: root:
    if match "bin:.*" name != null then onlyCompiled (ofTarget "macros" root) else ofTest root
  ) targets;
  # Few of these include anything; that of which they name the place, they look for when they run.
  script =
    if
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
      run
    else
      sourceOf {
        roots = script;
        isDropped = path: !(isRust path) || modules.isUnread facts.build path;
      };
  inherit run whole;
  # What the code of the build script asks of cargo.
  scriptAsks = {
    metadata = readsManifest.scriptAsks.metadata || any scriptSays readsManifest.asking;
    lockfile = readsManifest.scriptAsks.lockfile || scriptSays "Cargo.lock";
  };
  libraryCode = concatMap modules.reachedFrom library;
  programs = sourceOf {
    roots = library ++ programs;
    isDropped = _: false;
  };
  programsAsWritten = sourceOf {
    roots = library ++ programs;
    isDropped = _: false;
    keeps = if readsManifest.macros then [ "Cargo.toml" ] else [ ];
    readsAll = readsManifest.hidden.macros;
    parsesManifest = readsManifest.macros || readsManifest.hidden.macros;
  };
  # They are run anyway, so only what is surely not read is left out.
  test =
    let
      roots = library ++ attrValues targets;
    in
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
      ) (concatMap modules.reachedFrom roots)
    then
      whole
    else
      sourceOf {
        inherit roots;
        isDropped = _: false;
        isForOthers = _: false;
        readsAll = readsManifest.hidden.tests;
        parsesManifest = readsManifest.hidden.tests;
      };
}
