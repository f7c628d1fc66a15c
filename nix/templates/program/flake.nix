{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forAllSystems =
        f:
        nixpkgs.lib.genAttrs systems (
          system: f (import ./nix/Cargo.nix { pkgs = nixpkgs.legacyPackages.${system}; })
        );
    in
    {
      # The program, by its name and as the default.
      packages = forAllSystems (cargo: cargo.packages // { default = cargo.rootCrate.build; });
      # Builds, tests, clippy and documentation: `nix flake check`.
      checks = forAllSystems (cargo: cargo.checks);
      devShells = forAllSystems (cargo: {
        default = cargo.shell;
      });
    };
}
