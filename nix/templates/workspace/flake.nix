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
      # One package per member, and the one that is built by default.
      packages = forAllSystems (cargo: cargo.packages // { default = cargo.packages.hello; });
      # Builds, tests, clippy and documentation of each member: `nix flake check`.
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
