# Looks for known vulnerabilities of the packages in Cargo.lock, without a network: `cargo audit --no-fetch`.
#
# cargo-audit: a package; root: the workspace's directory; lockfile: relative to it
# Returns a function of
#   advisory-db: a directory with the content of RustSec's advisory-db
#   arguments: more arguments of `cargo audit`
{
  buildShell,
  cargo-audit,
  root,
  lockfile,
}:
{
  advisory-db,
  arguments ? [ ],
}:
let
  settings = root + "/.cargo/audit.toml";
in
buildShell {
  name = "cargo-audit";
  script = ./audit.sh;
  program = "${cargo-audit}/bin/cargo-audit";
  lockfile = "${root + "/${lockfile}"}";
  settings = if builtins.pathExists settings then "${settings}" else "";
  advisories = "${advisory-db}";
  inherit arguments;
  preferLocalBuild = true;
}
