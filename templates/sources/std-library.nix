# The toolchain's sources of the standard library, which must be those that Cargo.nix was generated from.
#
# tools: the result of toolchain.nix; lockHash: SHA-256 of the library's lockfile
{
  buildShell,
  tools,
  lockHash,
}:
let
  library =
    if tools ? components.rust-src then
      "${tools.components.rust-src}/lib/rustlib/src/rust/library"
    else if tools ? rustSrc then
      "${tools.rustSrc}"
    else
      throw ''
        cargo2nix-ts: `unstable.build-std` compiles the standard library, and the toolchain does not have its sources.
        Add "rust-src" to `components` in rust-toolchain.toml, and run `cargo2nix-ts toolchain update`.'';
in
buildShell {
  name = "std-library";
  script = ./std-library.sh;
  inherit library lockHash;
}
