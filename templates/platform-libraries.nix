# Folders of libraries that rustc's standard library, or nearly every program of a platform, is linked with, and
# that a compiler of nixpkgs does not find by itself.
#
# pkgs: a package set whose hostPlatform is the platform
{ pkgs }:
let
  inherit (pkgs.stdenv) hostPlatform;
  windows = pkgs.windows or { };
  # In older nixpkgs this name is of another library.
  isOldPthreads =
    windows ? mingw_w64_pthreads
    && builtins.match "pthreads-w32.*" (windows.pthreads.name or "") != null;
  packages =
    if hostPlatform.isDarwin or false then
      [ pkgs.libiconv ]
    else if hostPlatform.isMinGW or false then
      [ (if isOldPthreads then windows.mingw_w64_pthreads else windows.pthreads) ]
    else
      [ ];
in
map (package: "${package.out or package}/lib") packages
