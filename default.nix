# cargo2nix-ts, for `nix-build`, `nix-env -f . -i` and `import`.
{
  pkgs ? import <nixpkgs> { },
}:
pkgs.callPackage ./nix/package.nix { }
