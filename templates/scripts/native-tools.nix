# What a build script calls, told by the crates it is made with: name of such a crate -> buildPackages -> programs.
# A script with any of them runs on stdenv, with a C compiler for its platform.
#
# What a script links to (libraries for pkg-config to find) is not known here: that is for crateOverrides.
let
  none = _: [ ];
  bindgen =
    buildPackages:
    if buildPackages ? rustPlatform && buildPackages.rustPlatform ? bindgenHook then
      [ buildPackages.rustPlatform.bindgenHook ]
    else
      [ ];
in
{
  autotools = buildPackages: [
    buildPackages.autoconf
    buildPackages.automake
    buildPackages.libtool
  ];
  inherit bindgen;
  cc = none;
  clang-sys = bindgen;
  cmake = buildPackages: [ buildPackages.cmake ];
  gcc = none;
  nasm-rs = buildPackages: [ buildPackages.nasm ];
  openssl-src = buildPackages: [ buildPackages.perl ];
  pkg-config = buildPackages: [ buildPackages.pkg-config ];
  prost-build = buildPackages: [ buildPackages.protobuf ];
  protobuf-codegen = buildPackages: [ buildPackages.protobuf ];
  protobuf_codegen = buildPackages: [ buildPackages.protobuf ];
  pyo3-build-config = buildPackages: [ buildPackages.python3 ];
  system-deps = buildPackages: [ buildPackages.pkg-config ];
  vcpkg = none;
}
