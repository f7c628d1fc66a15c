# Where a package's files are: `src` is a store path, `dir` the package's folder in it (empty: the path itself).
#
# A registry's package without a build script is one unit, which unpacks it itself: its `library` has instead of `src`
#   archive: the .crate file
#   unpackTools: packages for that
#   unpacked: as of others
#
# Returns { library; libraryTest; targets.<kind>:<name>; script; run; programs; test; whole; libraryAsWritten;
# programsAsWritten; }: what is read to compile the library, its tests, each other target and the build script, to run
# that; all that programs are made of; what tests are run with; everything; and what clippy and rustdoc read, to whom
# comments matter.
{
  buildPackages,
  buildShell,
  fetchCrate,
  fetchCrateArgs,
  repositoryOf,
  unpackCrate,
  memberSources,
  root,
  generated,
  facts,
  dropsComments,
  targets,
  readsManifest,
}:
let
  same = source: {
    library = source;
    libraryAsWritten = source;
    programsAsWritten = source;
    libraryTest = source;
    targets = { };
    script = source;
    run = source;
    programs = source;
    test = source;
    whole = source;
  };

  archive =
    if facts ? archive then
      builtins.path {
        name = "crate-${facts.pname}-${facts.version}.tar.gz";
        path = root + "/${facts.archive}";
        recursive = false;
        inherit (facts) sha256;
      }
    else
      fetchCrate {
        inherit (buildPackages) fetchurl;
        inherit facts fetchCrateArgs;
      };
  unpackTools = [
    buildPackages.gnutar
    buildPackages.gzip
    buildPackages.gnugrep
  ];
  unpacked = {
    src = unpackCrate {
      inherit buildShell buildPackages archive;
      inherit (facts) pname version;
    };
    dir = "";
  };
  registry =
    same unpacked
    // (
      if facts.build != null then
        { }
      else
        {
          library = {
            inherit archive unpackTools;
            # for a unit with two derivations
            inherit unpacked;
            dir = "";
          };
        }
    );

  # As `cargo vendor` left it, and as it was changed since.
  vendored = same {
    src = builtins.path {
      name = "${facts.pname}-${facts.version}-src";
      path = root + "/${facts.vendored}";
      filter = path: _: baseNameOf path != ".cargo-checksum.json";
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
    memberSource = import ./member-source.nix;
    inherit
      buildShell
      root
      generated
      facts
      dropsComments
      targets
      readsManifest
      ;
  }
else if facts ? vendored then
  vendored
else if facts ? git then
  git
else
  registry
