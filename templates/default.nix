# The runtime, which the generated files call. `nix/cargo2nix.nix` is this directory bundled into one file.
{
  version = import ./version.nix;
  # for Cargo.nix
  workspace = import ./workspace.nix;
  # for toolchain.nix
  toolchain = import ./toolchain.nix;
  # for `cargo2nix-ts why`
  filesRead = import ./sources/files-read.nix;
}
