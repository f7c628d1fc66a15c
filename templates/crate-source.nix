# Where a package's files are: `src` is a store path, `dir` the package's folder in it (empty: the path itself).
#
# Returns { library; programs; script; test; }: what is read to compile the library, to compile programs, to compile
# and run the build script, and to build and run tests.
{
  buildPackages,
  buildShell,
  fetchCrate,
  repositoryOf,
  unpackCrate,
  memberSources,
  root,
  generated,
  facts,
  dropsComments,
}:
let
  same = source: {
    library = source;
    programs = source;
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

  git = same {
    src = repositoryOf facts.git;
    dir = facts.git.path or "";
  };
in
if facts ? path then
  memberSources {
    inherit
      buildShell
      root
      generated
      facts
      dropsComments
      ;
  }
else if facts ? git then
  git
else
  registry
