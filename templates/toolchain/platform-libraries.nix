# Folders of libraries that rustc's standard library, or nearly every program of a platform, is linked with, and
# that a compiler of nixpkgs does not find by itself.
#
# pkgs: a package set whose hostPlatform is the platform; isStatic: programs are linked statically
{ pkgs, isStatic }:
let
  inherit (pkgs.stdenv) hostPlatform;
  windows = pkgs.windows or { };
  # In older nixpkgs this name is of another library.
  isOldPthreads =
    windows ? mingw_w64_pthreads
    && builtins.match "pthreads-w32.*" (windows.pthreads.name or "") != null;
  libc = pkgs.stdenv.cc.libc or { };
  packages =
    if hostPlatform.isDarwin or false then
      [ pkgs.libiconv ]
    else if hostPlatform.isMinGW or false then
      [ (if isOldPthreads then windows.mingw_w64_pthreads else windows.pthreads) ]
    else if isStatic && libc.static or null != null then
      # What is linked statically lies in an output of its own.
      [ { out = libc.static; } ]
    else
      [ ];
in
map (package: "${package.out or package}/lib") packages
