# What makes cargo in a shell take all packages from the store: a home of cargo's for the shell, whose configuration includes
# the user's, and a cargo that says which commands find no more than Cargo.lock has.
#
# compiler: of the side that builds (compiler.nix); vendor: see vendor.nix
# Returns a package with bin/cargo and `hook.sh`, for shells to source.
{ compiler, vendor }:
compiler.buildShell {
  name = "cargo-offline-sources";
  script = ./offline-sources.sh;
  inherit vendor;
  inherit (compiler) cargo;
  shell = "${compiler.pkgs.buildPackages.bash}/bin/bash";
  hook = ./cargo-home.sh;
  note = ./cargo-note.sh;
}
