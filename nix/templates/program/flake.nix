{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  # inputs.advisory-db = { url = "github:rustsec/advisory-db"; flake = false; };

  outputs =
    inputs@{ nixpkgs, ... }:
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
      checks = forAllSystems (
        cargo:
        cargo.checks
        // {
          # fmt = cargo.fmt;
          # audit = cargo.audit { inherit (inputs) advisory-db; };
          # deny = cargo.deny { };
        }
      );
      devShells = forAllSystems (cargo: {
        default = cargo.shell;
      });
    };
}
