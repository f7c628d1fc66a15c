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
  linker = if linker != null then linker else "${cc}/bin/${cc.targetPrefix or ""}cc";
  userLinker = linker;
  cfg = targetCfg {
    inherit buildShell targetArgs rustflags;
    inherit (tools) rustc;
  };
}
