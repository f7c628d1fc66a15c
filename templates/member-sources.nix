# The sources of a path package, one for each kind of unit, so that an edit changes only what may read the file.
#
# buildShell: see build-shell.nix
# root: the workspace's folder; generated: the folder that holds Cargo.nix, as text
# facts: a crate's facts
# dropsComments: what is only compiled is read without its comments (drop-comments.sh)
# Returns what crate-source.nix does.
{
  buildShell,
  root,
  generated,
  facts,
  dropsComments,
}:
let
  inherit (builtins)
    any
    attrValues
    filter
    match
    pathExists
    readFile
    replaceStrings
    ;
  folder = toString (if facts.path == "." then root else root + "/${facts.path}");
  tree = import ./package-tree.nix {
    root = toString root;
    inherit folder generated documents;
    inherit (facts) exclude;
  };
  # `keeps` are documents that are read though no code names them.
  without =
    dropped: keeps:
    let
      isDropped = import ./is-below.nix dropped;
      code = filter (file: !(isDropped file.relative)) tree.files;
      unread = filter (name: !(builtins.elem name keeps) && !(tree.isNamed code name)) documents;
    in
    import ./member-source.nix {
      inherit
        buildShell
        folder
        tree
        facts
        ;
      isDropped = import ./is-below.nix (dropped ++ unread);
      root = toString root;
    };

  # Documents and what is for other tools. Of these, code reads only what it names.
  documents = filter (
    name:
    match "Cargo.lock|.*[.]md|(LICEN[CS]E|COPYING|NOTICE).*|.*[.]nix|flake.lock|rust-toolchain([.]toml)?|[.](editorconfig|envrc|github|gitattributes|gitlab-ci.yml|gitmodules|idea|mailmap|vscode)|([.]?rustfmt|[.]?clippy|deny|cliff|release|taplo)[.]toml" name
    != null
  ) (builtins.attrNames (builtins.readDir folder));
  testFolders = [
    "tests"
    "benches"
    "examples"
  ];

  textOf = path: readFile "${folder}/${path}";
  names = text: part: replaceStrings [ part ] [ "" ] text != text;

  # Roots of programs are no part of the library, unless it says otherwise.
  libraryText = if facts.lib == false then "" else textOf facts.lib;
  programs =
    filter (
      path:
      path != facts.lib
      && !(names libraryText (baseNameOf path))
      && !(names libraryText "mod ${moduleOf path}")
    ) (attrValues facts.bins)
    ++ (
      if
        any (path: pathExists "${folder}/${path}") [
          "src/bin.rs"
          "src/bin/mod.rs"
        ]
      then
        [ ]
      else
        [ "src/bin" ]
    );
  moduleOf = path: builtins.elemAt (match "(.*/)?([^/]*)[.]rs" path) 1;

  # A build script may read any file of its package, but most read no tests.
  scriptText = if facts.build == null then "" else textOf facts.build;
  readsLockfile = any (names scriptText) [
    "built"
    "shadow_rs"
  ];
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
  libraryAsWritten = without (testFolders ++ programs) [ ];
  programsAsWritten = without testFolders [ ];
in
{
  library = onlyCompiled libraryAsWritten;
  programs = onlyCompiled programsAsWritten;
  inherit libraryAsWritten programsAsWritten;
  script = without (filter (name: !names scriptText name) testFolders) (
    if readsLockfile then [ "Cargo.lock" ] else [ ]
  );
  test = without [ ] [ ];
}
