{
  description = "Turns a Cargo workspace into Nix: one derivation per compile unit";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forAllSystems = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = forAllSystems (
        pkgs:
        let
          cargo2nix-ts = pkgs.callPackage ./nix/package.nix { };
        in
        {
          inherit cargo2nix-ts;
          default = cargo2nix-ts;
        }
      );

      apps = forAllSystems (
        pkgs:
        let
          cargo2nix-ts = {
            type = "app";
            program = nixpkgs.lib.getExe self.packages.${pkgs.stdenv.hostPlatform.system}.default;
            meta.description = "Turn a Cargo workspace into Nix";
          };
        in
        {
          inherit cargo2nix-ts;
          default = cargo2nix-ts;
        }
      );

      overlays.default = import ./nix/overlay.nix;

      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.cargo
            pkgs.nodejs
            pkgs.rustc
          ];
        };
      });

      # The package's own check runs the program; what a user does with it is in `templates`.
      checks = forAllSystems (pkgs: {
        package = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
      });

      lib = import ./nix/lib.nix;

      flakeModules.default = ./nix/flake-module.nix;

      templates =
        let
          program = {
            path = ./nix/templates/program;
            description = "A Rust program, built by Nix one compile unit at a time";
            welcomeText = "Run `cargo2nix-ts generate` after each change of a manifest or of Cargo.lock.";
          };
        in
        {
          inherit program;
          default = program;
          workspace = {
            path = ./nix/templates/workspace;
            description = "A Cargo workspace of several packages";
          };
          release = {
            path = ./nix/templates/release;
            description = "Static binaries of a Rust program for several targets";
          };
        };
    };
}
