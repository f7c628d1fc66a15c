# Where a package's files are: `src` is a store path, `dir` the package's folder in it (empty: the path itself).
#
# Returns { compile; script; test; }: what is read to compile libraries and programs, to run the build
# script, and to build and run tests.
{
  buildPackages,
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
      inherit buildShell buildPackages;
      inherit (facts) pname version;
      archive = fetchCrate {
        inherit (buildPackages) fetchurl;
        inherit facts;
      };
    };
    dir = "";
  };

  repository =
    if facts.git ? sha256 then
      buildPackages.fetchgit {
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

  member =
    dropped:
    memberSource {
      inherit
        buildShell
        root
        generated
        facts
        dropped
        ;
    };
  # A build script may read any file of its package, but most read none of these: what its text does not name stays
  # out, so that an edit in a test does not run the script again.
  notNamedByScript =
    let
      text = builtins.readFile (root + "/${facts.path}/${facts.build}");
      isNamed = name: builtins.replaceStrings [ name ] [ "" ] text != text;
    in
    builtins.filter (name: !isNamed name);
  testFolders = [
    "tests"
    "benches"
    "examples"
  ];
  never = [ "target" ];
in
if facts ? path then
  {
    compile = member (never ++ [ "Cargo.lock" ] ++ testFolders);
    script = member (never ++ notNamedByScript ([ "Cargo.lock" ] ++ testFolders));
    test = member (never ++ [ "Cargo.lock" ]);
  }
else if facts ? git then
  git
else
  registry
