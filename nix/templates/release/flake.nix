{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      cargo = import ./nix/Cargo.nix { inherit pkgs; };
    in
    {
      # `nix build .#x86_64-unknown-linux-musl`: a static program per target in Cargo.toml.
      packages.${system} = {
        default = cargo.rootCrate.build;
      }
      // builtins.mapAttrs (_: target: target.packages.hello) cargo.targets;
      checks.${system} = cargo.checks;
      devShells.${system}.default = cargo.shell;
    };
}
