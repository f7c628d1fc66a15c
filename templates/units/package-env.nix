# The variables in which cargo passes a package's metadata to rustc and build scripts
# (cargo's `Compilation::fill_env` and `ManifestMetadata::env_vars`).
facts:
let
  # Semantic version: major.minor.patch, then -pre, then +build.
  parts = builtins.match "([0-9]+)[.]([0-9]+)[.]([0-9]+)(-([^+]+))?([+].*)?" facts.version;
  part =
    index:
    let
      value = builtins.elemAt parts index;
    in
    if value == null then "" else value;
in
{
  CARGO_PKG_NAME = facts.pname;
  CARGO_PKG_VERSION = facts.version;
  CARGO_PKG_VERSION_MAJOR = part 0;
  CARGO_PKG_VERSION_MINOR = part 1;
  CARGO_PKG_VERSION_PATCH = part 2;
  CARGO_PKG_VERSION_PRE = part 4;
  CARGO_PKG_AUTHORS = facts.authors;
  CARGO_PKG_DESCRIPTION = facts.description;
  CARGO_PKG_HOMEPAGE = facts.homepage;
  CARGO_PKG_REPOSITORY = facts.repository;
  CARGO_PKG_LICENSE = facts.license;
  CARGO_PKG_LICENSE_FILE = facts.licenseFile;
  CARGO_PKG_README = facts.readme;
  CARGO_PKG_RUST_VERSION = facts.rustVersion;
}
