# The sources of a path package, one for each of its targets, so that an edit changes only what may read the file.
#
# buildShell: see build-shell.nix
# root: the workspace's folder; generated: the folder that holds Cargo.nix, as text
# facts: a crate's facts; targets: root by name of a target (`bin:NAME`), be it compiled or not
# readsManifest: see manifest-readers.nix
# dropsComments: what is only compiled is read without its comments (drop-comments.sh)
# Returns what crate-source.nix does.
{
  buildShell,
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
    listToAttrs
    mapAttrs
    match
    readDir
    replaceStrings
    ;
  folder = toString (if facts.path == "." then root else root + "/${facts.path}");
  tree = import ./package-tree.nix {
    root = toString root;
    inherit folder generated documents;
    inherit (facts) exclude;
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
    match "Cargo.(lock|toml)|.*[.]md|(LICEN[CS]E|COPYING|NOTICE).*|.*[.]nix|flake.lock|rust-toolchain([.]toml)?|[.](editorconfig|envrc|git.*|idea|mailmap|vscode|dockerignore|pre-commit-config.yaml)|([.]?rustfmt|[.]?clippy|deny|cliff|release|taplo)[.]toml|(GNU)?[Mm]akefile|[.]?[Jj]ustfile|Dockerfile.*|docker-compose.*|docs?|scripts?|[.]?ci" name
    != null
  ) (attrNames (readDir folder));
  testFolders = [
    "tests"
    "benches"
    "examples"
  ];
  contains = part: text: replaceStrings [ part ] [ "" ] text != text;
  says = part: any (file: contains part file.text);

  programs = attrValues (
    builtins.removeAttrs targets (filter (name: match "bin:.*" name == null) (attrNames targets))
  );

  # For the targets of some roots. `keeps`: documents that are read though no code names them; `isDropped`: of a file.
  sourceOf =
    {
      roots,
      keeps ? [ ],
      isDropped,
    }:
    let
      own = concatMap modules.reachedFrom roots;
      needed = listToAttrs (
        map (file: {
          name = file.relative;
          value = null;
        }) own
      );
      isForOthers = import ./is-below.nix (filter (name: !(isLookedThrough name)) testFolders);
      isLookedThrough =
        name:
        any (path: match "${name}/.*" path != null) roots || says "${name}/" own || says "\"${name}\"" own;
      read = filter (
        file: needed ? ${file.relative} || !(isForOthers file.relative || isDropped file.relative)
      ) tree.files;
      unread = import ./is-below.nix (
        filter (name: !(elem name keeps || tree.isNamed read name)) documents
      );
    in
    import ./member-source.nix {
      inherit
        buildShell
        folder
        tree
        facts
        ;
      files = filter (file: !(unread file.relative)) read;
      root = toString root;
    };

  ofTarget =
    root: readsManifest:
    sourceOf {
      roots = [ root ];
      isDropped = modules.isUnread root;
      keeps = if readsManifest then [ "Cargo.toml" ] else [ ];
    };

  scriptCode = concatMap modules.reachedFrom script;
  scriptSays = part: says part scriptCode;
  # What a script says cargo shall watch is then all that it reads, unless it may look at the package's code.
  readsCode =
    !(scriptSays "rerun-if-")
    || any scriptSays [
      "src"
      "MANIFEST_DIR"
      "MANIFEST_PATH"
      "current_dir"
    ];
  isRust = path: match ".*[.]rs" path != null;
  run = sourceOf {
    roots = script;
    isDropped = if readsCode then _: false else modules.isUnread facts.build;
    keeps =
      (if readsManifest.script then [ "Cargo.toml" ] else [ ])
      ++ (
        if
          any scriptSays [
            "built"
            "shadow_rs"
          ]
        then
          [ "Cargo.lock" ]
        else
          [ ]
      );
  };
  onlyCompiled =
    source:
    if dropsComments then
      source
      // {
        src = buildShell {
          name = "${facts.storeName}-${facts.version}-src";
          script = ./drop-comments.sh;
          program = ./drop-comments.awk;
          isStandard = true;
          inherit (source) src;
        };
      }
    else
      source;
  libraryAsWritten = ofTarget facts.lib readsManifest.macros;
in
{
  library = onlyCompiled libraryAsWritten;
  inherit libraryAsWritten;
  libraryTest = ofTarget facts.lib readsManifest.tests;
  targets = mapAttrs (
    name: root:
    if match "bin:.*" name != null then
      onlyCompiled (ofTarget root readsManifest.macros)
    else
      ofTarget root readsManifest.tests
  ) targets;
  # Few of these include anything; that of which they name the place, they look for when they run.
  script =
    if
      readsManifest.script
      || any scriptSays [
        "include!("
        "include_str!("
        "include_bytes!("
        "!(\"CARGO_MANIFEST"
      ]
    then
      run
    else
      sourceOf {
        roots = script;
        isDropped = path: !(isRust path) || modules.isUnread facts.build path;
      };
  inherit run;
  whole = import ./member-source.nix {
    inherit
      buildShell
      folder
      tree
      facts
      ;
    inherit (tree) files;
    root = toString root;
  };
  programs = sourceOf {
    roots = library ++ programs;
    isDropped = _: false;
  };
  programsAsWritten = sourceOf {
    roots = library ++ programs;
    isDropped = _: false;
    keeps = if readsManifest.macros then [ "Cargo.toml" ] else [ ];
  };
  test = sourceOf {
    roots = library ++ attrValues targets;
    isDropped = _: false;
    keeps = if readsManifest.tests then [ "Cargo.toml" ] else [ ];
  };
}
