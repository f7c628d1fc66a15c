# An overlay for nixpkgs: adds `cargo2nix-ts`.
final: _: { cargo2nix-ts = final.callPackage ./package.nix { }; }
