# Everything needed to compile for one side of a pair of platforms.
#
# triple: the platform to compile for
# isExplicit: cargo would pass `--target` (a cross build's host side)
# pkgs: a package set whose hostPlatform is that platform
# tools: the result of toolchain.nix
# spec: the file that describes a custom target, or null
# rustflags: cargo's, for this side
# isStatic: binaries are linked statically
# addsFlags: some of them are not from cargo's configuration
# rustdocflags: cargo's, for this side
# linker: from .cargo/config.toml, or null: a path, or the name of a binary
# runner: from there as well: a command, as a list, that runs binaries for the platform
{
  buildShell,
  contentAddress,
  nativeShell,
  overrideOf,
  targetCfg,
  spec,
  triple,
  isExplicit,
  pkgs,
  tools,
  isStatic,
  rustflags,
  addsFlags,
  rustdocflags,
  linker,
  runner,
}:
let
  inherit (pkgs.stdenv) cc;
  # One compiler for all platforms; some toolchains keep additional standard libraries separate from it.
  rustc = tools.rustc.forTarget.${triple} or tools.rustc;
  targetArgs =
    if spec != null then
      [
        "--target"
        "${spec}"
        "-Zunstable-options"
      ]
    else if isExplicit then
      [
        "--target"
        triple
      ]
    else
      [ ];
  hasOwnLinker = spec != null || import ./has-own-linker.nix triple;
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
  platformLibraries = import ./platform-libraries.nix { inherit pkgs isStatic; };
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
    runner
    cc
    targetArgs
    platformLibraries
    ;
  inherit (packages) rustflags;
  linkerFolders = packages.folders;
  # With the path of a linker in place of its name, they are not the configuration's either.
  addsFlags = addsFlags || packages.rustflags != rustflags;
  toolchains = [
    "${tools.rustc}"
  ]
  ++ (if "${rustc}" == "${tools.rustc}" then [ ] else [ "${rustc}" ]);
  rustc = "${rustc}/bin/rustc";
  rustdoc = "${rustc}/bin/rustdoc";
  clippyDriver = "${
    tools.clippy.forTarget.${triple} or tools.clippy
      or (throw "cargo2nix-ts: the toolchain passed to Cargo.nix has no `clippy`: add a package with bin/clippy-driver.")
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
  # For code that links without these arguments; null if rustc or cargo's configuration names a linker.
  ownLinker = if linker == null && !hasOwnLinker then ownCompiler else null;
  # A linker given by name is looked up at link time (compile-unit.sh). If the name is another distribution's name for a
  # compiler, it does not exist in Nix, and the package set's own compiler is used.
  namedLinker =
    if isNamed then
      {
        name = linker;
        otherwise = if hasOwnLinker then "rust-lld" else ownCompiler;
      }
    else
      { };
  # A linker that is a script calls `cc`, and a C compiler that nixpkgs has not wrapped searches there for the linker that
  # rustc no longer names.
  linkerTools =
    packages.tools
    ++ (
      if linker != null || packages.rustflags != rustflags || toolchainArgs != [ ] then [ cc ] else [ ]
    );
  libraryFolders = map (package: "${package}/lib") platformLibraries;
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
