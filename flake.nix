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
          template = path: description: {
            inherit path description;
            welcomeText = ''
              Next, and `generate` again after each change of a manifest or of Cargo.lock:

                  cargo2nix-ts generate
                  git add .
                  nix flake check
            '';
          };
          program = template ./nix/templates/program "A Rust program, built by Nix one compile unit at a time";
        in
        {
          inherit program;
          default = program;
          workspace = template ./nix/templates/workspace "A Cargo workspace of several packages";
          release = template ./nix/templates/release "Static binaries of a Rust program for several targets";
        };
    };
}
