# Packages with libraries that rustc's standard library, or nearly every binary for a platform, links, and that nixpkgs'
# compilers do not find on their own.
#
# pkgs: a package set whose hostPlatform is the platform; isStatic: binaries are linked statically
{ pkgs, isStatic }:
let
  inherit (pkgs.stdenv) hostPlatform;
  windows = pkgs.windows or { };
  # In older nixpkgs, this attribute is a different library.
  isOldPthreads =
    windows ? mingw_w64_pthreads
    && builtins.match "pthreads-w32.*" (windows.pthreads.name or "") != null;
  libc = pkgs.stdenv.cc.libc or { };
  outOf = package: package.out or package;
in
if hostPlatform.isDarwin or false then
  [ (outOf pkgs.libiconv) ]
else if hostPlatform.isMinGW or false then
  [ (outOf (if isOldPthreads then windows.mingw_w64_pthreads else windows.pthreads)) ]
else if isStatic && libc.static or null != null then
  # Static libraries are in a separate output.
  [ libc.static ]
else
  [ ]
