# Like build-shell.nix, but on stdenv: for scripts that may call a C compiler, or need libraries and setup hooks.
#
# pkgs: a package set whose hostPlatform is the platform to compile for
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
