# Whether the machine that builds can run a platform's binaries, and by what.
#
# A compiler (compiler.nix) -> { runsHere; hasEmulator; emulator; }: nixpkgs' emulator as text, or ""
{ isExplicit, pkgs, ... }:
let
  inherit (pkgs.stdenv) buildPlatform hostPlatform;
  inherit (pkgs) buildPackages;
  # What nixpkgs' platforms call; a package set may be a part of nixpkgs.
  names =
    if hostPlatform.isWindows or false then
      [ "winePackagesFor" ]
    else if hostPlatform.isLinux or false then
      [
        "qemu"
        "qemu-user"
      ]
    else
      [ "lib" ];
in
rec {
  runsHere =
    !isExplicit || (buildPlatform.canExecute or (other: other == buildPlatform)) hostPlatform;
  hasEmulator =
    !runsHere
    && builtins.any (name: buildPackages ? ${name}) names
    && (hostPlatform.emulatorAvailable or (_: false)) buildPackages;
  emulator = if hasEmulator then hostPlatform.emulator buildPackages else "";
}
