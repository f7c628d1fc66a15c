# Where a package's files are: `src` is a store path, `dir` the package's directory in it (empty: the path itself).
#
# A registry package without a build script is a single unit that unpacks it. Instead of `src`, its `library` has
#   archive: the .crate file
#   unpackTools: packages for that
#   unpacked: the same as for other packages
#
# Returns { library; libraryTest; targets.<kind>:<name>; script; run; programs; test; whole; libraryAsWritten;
# programsAsWritten; }: the files read to compile the library, its tests, each other target and the build script; to run
# the script; to compile the binaries; to run the tests; all files; and what clippy and rustdoc read, which need the
# comments.
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
  workspaceTable,
  around,
}:
let
  same = import ./same-source.nix;

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

  # As written by `cargo vendor`, with any later changes.
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
      workspaceTable
      ;
    around = around facts;
    inPlace = source: {
      inherit
        (import ../units/placed-source.nix {
          inherit buildShell facts source;
          run = null;
        })
        src
        dir
        ;
    };
  }
else if facts ? vendored then
  vendored
else if facts ? git then
  git
else
  registry
