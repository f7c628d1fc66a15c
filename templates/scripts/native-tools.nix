# The binaries that a build script calls, inferred from the crates it is built from: crate name -> buildPackages -> binaries.
# A script that uses any of these crates runs on stdenv, with a C compiler for its platform.
#
# Libraries that a script links (those that pkg-config must find) are not known here; crateOverrides sets them.
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
