# Where a package's files are: `src` is a store path, `dir` the package's folder in it (empty: the path itself).
#
# Returns { compile; script; test; }: what is read to compile libraries and programs, to run the build
# script, and to build and run tests.
{
  fetchurl,
  fetchgit,
  buildShell,
  fetchCrate,
  unpackCrate,
  memberSource,
  root,
  generated,
  facts,
}:
let
  same = source: {
    compile = source;
    script = source;
    test = source;
  };

  registry = same {
    src = unpackCrate {
      inherit buildShell;
      inherit (facts) pname version;
      archive = fetchCrate { inherit fetchurl facts; };
    };
    dir = "";
  };

  repository =
    if facts.git ? sha256 then
      fetchgit {
        inherit (facts.git) url rev sha256;
        fetchSubmodules = true;
      }
    else
      builtins.fetchGit {
        inherit (facts.git) url rev;
        allRefs = true;
        submodules = true;
      };
  git = same {
    src = repository;
    dir = facts.git.path or "";
  };

  member = targetFolders: {
    src = memberSource {
      inherit
        root
        generated
        facts
        targetFolders
        ;
    };
    dir = "";
  };
  # A build script may read any file of its package, but most read none of the tests: what its text does not
  # name stays out, so that an edit in a test does not run the script again.
  namedByScript =
    let
      text = builtins.readFile (root + "/${facts.path}/${facts.build}");
      names = folder: builtins.replaceStrings [ folder ] [ "" ] text != text;
    in
    builtins.filter names targetFolders;
  targetFolders = [
    "tests"
    "benches"
    "examples"
  ];
in
if facts ? path then
  {
    compile = member [ ];
    script = member (if facts.build == null then [ ] else namedByScript);
    test = member targetFolders;
  }
else if facts ? git then
  git
else
  registry
