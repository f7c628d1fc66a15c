# The toolchain in nixpkgs. If the workspace requests another version, this only prints a note: most code compiles with a
# newer compiler.
{ buildPackages, channel }:
let
  inherit (builtins)
    intersectAttrs
    match
    trace
    ;
  inherit (import ../lib/text.nix) hasPrefix;
  version = buildPackages.rustc.version or null;
  isVersion = match "[0-9.]+" (toString channel) != null;
  isSame = version == channel || hasPrefix "${channel}." version;
  held =
    if channel == null || version == null || (isVersion && isSame) then
      value: value
    else
      trace "cargo2nix-ts: rust-toolchain.toml asks for Rust ${channel}, nixpkgs' is ${version}; `cargo2nix-ts toolchain update` pins the former.";
in
{
  rustc = held buildPackages.rustc;
  inherit (buildPackages) cargo clippy;
}
# For a shell; older package sets lack some of them.
// intersectAttrs {
  rust-analyzer = null;
  rustfmt = null;
} buildPackages
// (
  let
    rustc = buildPackages.rustc.unwrapped or buildPackages.rustc;
    source = buildPackages.rustPlatform.rustLibSrc or { };
  in
  # Only the source of the compiler in use.
  if rustc ? src && "${source.src or ""}" == "${rustc.src}" then { rustSrc = source; } else { }
)
