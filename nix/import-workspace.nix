# Evaluates a workspace that has no generated files: `generate` runs in a derivation, and its result is imported.
#
# That is import from derivation: evaluation waits for a build that needs every crate of Cargo.lock, and a Hydra or a
# `nix flake check --no-build` refuses it. A committed `nix/` needs neither.
#
# pkgs: the package set
# src: the workspace; Cargo.lock is in it
# cargo2nix-ts: the program, for the platform that builds
# Other arguments are those of Cargo.nix.
{
  pkgs,
  src,
  cargo2nix-ts ? pkgs.buildPackages.callPackage ./package.nix { },
  ...
}@arguments:
let
  inherit (pkgs) lib;
  inherit (pkgs.buildPackages) fetchurl runCommand;

  packages = (builtins.fromTOML (builtins.readFile (src + "/Cargo.lock"))).package or [ ];
  external = builtins.filter (package: package ? source) packages;
  isCratesIo =
    package:
    builtins.match "(registry|sparse)\\+https://(github.com/rust-lang/crates.io-index|index.crates.io/?)" package.source
    != null;
  others = builtins.filter (package: !isCratesIo package) external;

  # cargo's own name of the directory in which it keeps the archives of crates.io.
  cache = "registry/cache/index.crates.io-1949cf8c6b5b557f";
  archives = map (
    {
      name,
      version,
      checksum,
      ...
    }:
    {
      path = "${cache}/${name}-${version}.crate";
      archive = import ../templates/sources/fetch-crate.nix {
        inherit fetchurl;
        facts = {
          pname = name;
          inherit version;
          sha256 = checksum;
        };
        fetchCrateArgs = arguments.fetchCrateArgs or (_: { });
      };
    }
  ) external;

  workspace = runCommand "cargo-nix" { nativeBuildInputs = [ cargo2nix-ts ]; } ''
    export CARGO_HOME=$NIX_BUILD_TOP/cargo-home XDG_CACHE_HOME=$NIX_BUILD_TOP/cache
    mkdir -p "$CARGO_HOME/${cache}"
    ${lib.concatMapStrings ({ path, archive }: ''
      ln -s ${archive} "$CARGO_HOME/${path}"
    '') archives}
    cp -R ${src} $out
    chmod -R u+w $out
    cargo2nix-ts generate --offline --manifest-path $out/Cargo.toml
  '';
in
if others != [ ] then
  throw ''
    cargo2nix-ts: importWorkspace knows the packages of crates.io only, and `${(builtins.head others).name}` comes from ${(builtins.head others).source}.
    Run `cargo2nix-ts generate` and commit the directory `nix` instead.''
else
  import "${workspace}/nix/Cargo.nix" (
    removeAttrs arguments [
      "cargo2nix-ts"
      "src"
    ]
  )
