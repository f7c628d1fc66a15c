# As build-shell.nix, but on stdenv: for what may call a C compiler or needs libraries and set-up hooks.
#
# pkgs: a package set whose hostPlatform is the platform compiled for
# contentAddress: see content-address.nix
{
  pkgs,
  contentAddress,
}:
attributes:
pkgs.stdenv.mkDerivation (
  removeAttrs attributes [
    "script"
    "isStandard"
  ]
  // contentAddress
  // {
    __structuredAttrs = true;
    strictDeps = true;
    depsBuildBuild = [ pkgs.buildPackages.stdenv.cc ] ++ (attributes.depsBuildBuild or [ ]);
    buildCommand = "bash ${./build-shell.sh} ${attributes.script}";
  }
)
