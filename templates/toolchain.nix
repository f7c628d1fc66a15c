# What nix/toolchain.nix gives: the Rust toolchain, and for each target what compiles for it.
#
# pkgs: a package set
# version: of the program that wrote nix/toolchain.nix
# targets: facts of the targets, by Rust triple
# pin: file that pins a toolchain of Rust's distribution; null: nixpkgs' own
# extraTargets: triples of which `sysroot` has the standard library, too
# channel: what the workspace asks rustup for; nixpkgs' version is held against it
#
# `rustc` is the same for all targets; where one needs more than what lies beside it, that is `rustc.forTarget.<triple>`.
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
  # What holds instead with an older toolchain.
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

  # What a binary cache should hold so that a build for a target begins with the workspace's own crates.
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
