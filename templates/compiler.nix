# All that is needed to compile for one side of a pair of platforms.
#
# triple: the platform compiled for
# isExplicit: cargo would pass `--target` (a cross build's host side)
# pkgs: a package set whose hostPlatform is that platform
# tools: toolchain.nix's result
# rustflags: cargo's, for this side
# linker: from .cargo/config.toml, else null
{
  buildShell,
  nativeShell,
  overrideOf,
  targetCfg,
  triple,
  isExplicit,
  pkgs,
  tools,
  rustflags,
  linker,
}:
let
  inherit (pkgs.stdenv) cc;
  targetArgs =
    if isExplicit then
      [
        "--target"
        triple
      ]
    else
      [ ];
  # Where rustc brings a linker of its own, a C compiler in its place does not even take the same arguments.
  hasOwnLinker = builtins.match ".*-none(-.*)?|wasm.*-(unknown-unknown|none)|.*-uefi" triple != null;
in
{
  inherit
    buildShell
    nativeShell
    overrideOf
    triple
    isExplicit
    pkgs
    rustflags
    cc
    targetArgs
    ;
  toolchain = "${tools.rustc}";
  rustc = "${tools.rustc}/bin/rustc";
  rustdoc = "${tools.rustc}/bin/rustdoc";
  cargo = "${tools.cargo}/bin/cargo";
  linkerArgs =
    if linker != null then
      [
        "-C"
        "linker=${linker}"
      ]
    else if hasOwnLinker then
      [ ]
    else
      [
        "-C"
        "linker=${cc}/bin/${cc.targetPrefix or ""}cc"
      ];
  libraryFolders = import ./platform-libraries.nix { inherit pkgs; };
  userLinker = linker;
  cfg = targetCfg {
    inherit buildShell targetArgs rustflags;
    inherit (tools) rustc;
  };
}
