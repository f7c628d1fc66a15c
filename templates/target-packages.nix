# The package set whose hostPlatform is a Rust target.
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
in
if isFor pkgs then
  pkgs
else if isFor pkgs.buildPackages then
  pkgs.buildPackages
else if target.pkgsCross or null != null then
  pkgs.pkgsCross.${target.pkgsCross}
else if target.config or null != null then
  import pkgs.path {
    inherit (pkgs) config overlays;
    localSystem = pkgs.stdenv.buildPlatform.system;
    crossSystem.config = target.config;
  }
else
  throw "cargo2nix-ts: nix/toolchain.nix does not say how to compile for '${triple}': its entry in `targets` needs a `config` (Nix's name of the platform) or a `pkgsCross`."
