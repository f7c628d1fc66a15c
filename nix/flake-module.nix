# A module for flake-parts: `perSystem.cargo2nix.<name>` describes a workspace, whose packages, checks and shell become the
# flake's. The generated files are read, so `cargo2nix-ts generate` has to have run.
{ lib, flake-parts-lib, ... }:
let
  inherit (lib) mkOption types;

  kinds = [
    "package"
    "tests"
    "clippy"
    "doc"
  ];

  workspace =
    pkgs:
    { name, ... }@submodule:
    let
      this = submodule.config;
      # Names of one workspace stay as they are; those of several are told apart.
      named = lib.mapAttrs' (
        each: lib.nameValuePair (if name == "default" then each else "${name}-${each}")
      );
    in
    {
      options = {
        src = mkOption {
          type = types.path;
          description = "Directory of the workspace, with `nix/Cargo.nix` in it.";
        };
        cargoNix = mkOption {
          type = types.path;
          default = this.src + "/nix/Cargo.nix";
          defaultText = lib.literalExpression ''src + "/nix/Cargo.nix"'';
          description = "The generated file.";
        };
        pkgs = mkOption {
          type = types.raw;
          default = pkgs;
          defaultText = lib.literalExpression "pkgs";
          description = "The package set.";
        };
        crateOverrides = mkOption {
          type = types.nullOr types.raw;
          default = null;
          description = "What crates need beyond Rust, in the shape of nixpkgs' `defaultCrateOverrides`, or a function of a package set to it. `null`: nixpkgs'.";
        };
        toolchain = mkOption {
          type = types.nullOr types.raw;
          default = null;
          description = "A function of `{ pkgs; }` to a toolchain. `null`: the generated `toolchain.nix`.";
        };
        profile = mkOption {
          type = types.str;
          default = "release";
          description = "Profile of the workspace.";
        };
        arguments = mkOption {
          type = types.attrsOf types.raw;
          default = { };
          description = "Further arguments of `Cargo.nix`.";
        };
        target = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "x86_64-unknown-linux-musl";
          description = "Rust triple of the target. `null`: that of `pkgs`.";
        };
        checks = mkOption {
          type = types.listOf (types.enum kinds);
          default = kinds;
          description = "Which kinds of checks become the flake's.";
        };
        outputs = mkOption {
          type = types.raw;
          readOnly = true;
          description = "What `Cargo.nix` offers: packages, tests, clippy, doc, targets, crates and so on.";
        };
        flake = mkOption {
          type = types.raw;
          internal = true;
          readOnly = true;
        };
      };

      config = {
        outputs = import this.cargoNix (
          {
            inherit (this) pkgs profile;
          }
          // lib.optionalAttrs (this.crateOverrides != null) { inherit (this) crateOverrides; }
          // lib.optionalAttrs (this.toolchain != null) { inherit (this) toolchain; }
          // this.arguments
        );
        flake =
          let
            target = if this.target == null then this.outputs else this.outputs.targets.${this.target};
          in
          {
            packages = named target.packages;
            devShells.${name} = target.shell;
            checks = named (
              lib.filterAttrs (check: _: lib.any (kind: lib.hasPrefix "${kind}-" check) this.checks) target.checks
            );
          };
      };
    };
in
{
  options.perSystem = flake-parts-lib.mkPerSystemOption (
    { config, pkgs, ... }:
    {
      options.cargo2nix = mkOption {
        type = types.attrsOf (types.submodule (workspace pkgs));
        default = { };
        description = "Cargo workspaces, by name. Packages of the one that is called `default` have their own names.";
      };
      config = {
        packages = lib.mkMerge (lib.mapAttrsToList (_: each: each.flake.packages) config.cargo2nix);
        checks = lib.mkMerge (lib.mapAttrsToList (_: each: each.flake.checks) config.cargo2nix);
        devShells = lib.mkMerge (lib.mapAttrsToList (_: each: each.flake.devShells) config.cargo2nix);
      };
    }
  );
}
