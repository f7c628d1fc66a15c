# The package set whose hostPlatform is a given Rust target.
#
# pkgs: the caller's; targets: toolchain.nix's; tripleOf: platform -> triple
{
  pkgs,
  targets,
  tripleOf,
}:
triple:
let
  target = targets.${triple} or { };
  isFor = set: tripleOf set.stdenv.hostPlatform == triple;
  # Not every nixpkgs version has every set.
  sets = builtins.filter (name: (pkgs.pkgsCross or { }) ? ${name}) (words (target.pkgsCross or ""));
  words = import ../lib/words.nix;
  crossed = import pkgs.path {
    inherit (pkgs) config overlays;
    localSystem = pkgs.stdenv.buildPlatform.system;
    crossSystem = {
      inherit (target) config;
    }
    // target.crossSystem or { };
  };
  linksItself = target ? spec || import ./has-own-linker.nix triple;
  # nixpkgs can compile for Windows with LLVM if it has one of these sets; in older ones, evaluation would fail midway.
  needsLlvmSets = builtins.match ".*-windows-gnullvm" triple != null;
  llvmSets = [
    "mingw-ucrt-x86_64-llvm"
    "mingw-ucrt-aarch64"
    "ucrtAarch64"
  ];
  lacksLlvmSets = needsLlvmSets && !builtins.any (name: (pkgs.pkgsCross or { }) ? ${name}) llvmSets;
  # An older nixpkgs may be unable to parse the name.
  isKnown = (builtins.tryEval crossed.stdenv.hostPlatform.config).success;
in
if isFor pkgs then
  pkgs
else if isFor pkgs.buildPackages then
  pkgs.buildPackages
else if sets != [ ] then
  pkgs.pkgsCross.${builtins.head sets}
else if lacksLlvmSets then
  throw "cargo2nix-ts: this nixpkgs has no LLVM that compiles for Windows (`pkgsCross.${builtins.head llvmSets}`), which '${triple}' needs: take a newer nixpkgs, or a target whose name ends in '-gnu'."
else if target ? config && (!linksItself || isKnown) then
  crossed
else if linksItself then
  # No C compiler is needed, and this nixpkgs does not have one.
  pkgs.buildPackages
else
  throw "cargo2nix-ts: nix/toolchain.nix does not say how to compile for '${triple}': its entry in `targets` needs a `config` (Nix's name of the platform) or a `pkgsCross`."
