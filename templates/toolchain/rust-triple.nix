# The Rust triple of a Nix platform.
#
# targets: toolchain.nix's `targets`
# platform: as in `stdenv.hostPlatform`
{ targets, platform }:
let
  named = platform.rust.rustcTarget or platform.rustc.config or null;
  ofConfig = builtins.filter (triple: targets.${triple}.config or null == platform.config) (
    builtins.attrNames targets
  );
in
if named != null && (targets ? ${named} || ofConfig == [ ]) then
  named
else if ofConfig != [ ] then
  builtins.head ofConfig
else
  throw "cargo2nix-ts: nixpkgs does not say which Rust target '${platform.config}' is, and no target in nix/toolchain.nix has that `config`. Run `cargo2nix-ts targets add` with its name."
