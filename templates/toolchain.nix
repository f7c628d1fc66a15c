# What nix/toolchain.nix provides: the Rust toolchain, and what is needed to compile for each target.
#
# pkgs: a package set
# version: of the cargo2nix-ts that wrote nix/toolchain.nix
# targets: facts of the targets, by Rust triple
# pin: file that pins a toolchain of Rust's distribution; null for nixpkgs' own
# extraTargets: additional triples whose standard library `sysroot` includes
# channel: the one that the workspace requests from rustup; nixpkgs' version is checked against it
#
# All targets share `rustc`; if one needs more than what is next to it, `rustc.forTarget.<triple>` has that.
{
  pkgs,
  version,
  targets,
  pin ? null,
  extraTargets ? [ ],
  channel ? null,
}:
let
  inherit (builtins) fromJSON mapAttrs readFile;
  tripleOf = platform: import ./toolchain/rust-triple.nix { inherit platform targets; };
  packagesFor = import ./toolchain/target-packages.nix { inherit pkgs tripleOf targets; };
  programs =
    if pin == null then
      import ./toolchain/nixpkgs-toolchain.nix {
        inherit (pkgs) buildPackages;
        inherit channel;
      }
    else
      import ./toolchain/dist-toolchain.nix {
        inherit (pkgs) buildPackages;
        inherit targets extraTargets;
        buildTriple = tripleOf pkgs.stdenv.buildPlatform;
        pin = fromJSON (readFile pin);
      };
  # The facts that apply to an older toolchain instead.
  olderFacts =
    {
      before ? { },
      ...
    }:
    builtins.foldl' (
      older: since:
      if programs ? rustc.version && builtins.compareVersions programs.rustc.version since < 0 then
        older // before.${since}
      else
        older
    ) { } (builtins.attrNames before);
  ccFor = triple: (packagesFor triple).stdenv.cc;
in
import ./lib/same-version.nix {
  file = "nix/toolchain.nix";
  inherit version;
} programs
// {
  targets = mapAttrs (
    triple: facts:
    {
      rustflags = [ ];
      rustdocflags = [ ];
      linker = null;
      runner = null;
    }
    // facts
    // olderFacts facts
    // {
      cc = ccFor triple;
    }
  ) targets;

  # What a binary cache should hold, so that a build for a target starts with the workspace's own crates.
  cacheRoots = mapAttrs (
    triple: facts:
    {
      recurseForDerivations = true;
      rustc = programs.rustc.forTarget.${triple} or programs.rustc;
      inherit (programs) cargo;
    }
    // (if facts ? config || facts ? pkgsCross then { cc = ccFor triple; } else { })
  ) targets;
}
