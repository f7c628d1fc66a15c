# All that is needed to compile for one side of a pair of platforms.
#
# triple: the platform compiled for
# isExplicit: cargo would pass `--target` (a cross build's host side)
# pkgs: a package set whose hostPlatform is that platform
# tools: toolchain.nix's result
# rustflags: cargo's, for this side
# isStatic: programs are linked statically
# rustdocflags: cargo's, for this side
# linker: from .cargo/config.toml, else null: a path, or the name of a program
# runner: the same, words of a command that runs programs for the platform
{
  buildShell,
  contentAddress,
  nativeShell,
  overrideOf,
  targetCfg,
  triple,
  isExplicit,
  pkgs,
  tools,
  isStatic,
  rustflags,
  rustdocflags,
  linker,
  runner,
}:
let
  inherit (pkgs.stdenv) cc;
  # One compiler for all platforms; some toolchains keep further standard libraries apart from it.
  rustc = tools.rustc.forTarget.${triple} or tools.rustc;
  targetArgs =
    if isExplicit then
      [
        "--target"
        triple
      ]
    else
      [ ];
  hasOwnLinker = import ./has-own-linker.nix triple;
  ownCompiler = "${cc}/bin/${cc.targetPrefix or ""}cc";
  linkerArg = path: [
    "-C"
    "linker=${path}"
  ];
  toolchainArgs = (tools.rustc.linkerArgs or (_: [ ])) triple;
  isName = builtins.isString linker && builtins.match ".*/.*" linker == null;
  packages = import ./linker-packages.nix {
    linker = if isName then linker else null;
    inherit rustflags;
    pkgs = pkgs.buildPackages or pkgs;
  };
  isNamed = isName && packages.driver == null;
in
{
  inherit
    buildShell
    contentAddress
    nativeShell
    overrideOf
    triple
    isExplicit
    pkgs
    rustdocflags
    rustflags
    runner
    cc
    targetArgs
    ;
  toolchains = [
    "${tools.rustc}"
  ]
  ++ (if "${rustc}" == "${tools.rustc}" then [ ] else [ "${rustc}" ]);
  rustc = "${rustc}/bin/rustc";
  rustdoc = "${rustc}/bin/rustdoc";
  clippyDriver = "${
    tools.clippy.forTarget.${triple} or tools.clippy
      or (throw "cargo2nix-ts: the toolchain that Cargo.nix was given has no `clippy`, a package with bin/clippy-driver.")
  }/bin/clippy-driver";
  cargo = "${tools.cargo}/bin/cargo";
  linkerArgs =
    (
      if isNamed then
        [ ]
      else if linker != null then
        linkerArg (if isName then packages.driver else "${linker}")
      else if hasOwnLinker then
        [ ]
      else
        linkerArg ownCompiler
    )
    ++ toolchainArgs;
  # For who links without these arguments: null where rustc or cargo's configuration names a linker.
  ownLinker = if linker == null && !hasOwnLinker then ownCompiler else null;
  # A name is looked for when something is linked (compile-unit.sh). A distribution's name of a compiler means nothing in
  # Nix, and then the package set's own compiler is what was meant.
  namedLinker =
    if isNamed then
      {
        name = linker;
        otherwise = if hasOwnLinker then "rust-lld" else ownCompiler;
      }
    else
      { };
  # A C compiler that nixpkgs has not wrapped looks there for the linker that rustc no longer names.
  linkerTools = packages.tools ++ (if isName || toolchainArgs != [ ] then [ cc ] else [ ]);
  libraryFolders = import ./platform-libraries.nix { inherit pkgs isStatic; };
  userLinker = if linker == null then null else "${linker}";
  cfg = targetCfg {
    inherit
      buildShell
      targetArgs
      rustflags
      rustc
      ;
  };
}
