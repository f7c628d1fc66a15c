# Makes cargo in a shell take all packages from the store: a CARGO_HOME for the shell, whose configuration includes the
# user's, and a cargo wrapper that explains which commands see only the packages in Cargo.lock.
#
# compiler: of the side that builds (compiler.nix); vendor: see vendor.nix
# Returns a package with bin/cargo and `hook.sh`, which shells source.
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
