# A shell for publishing releases by hand: the programs that `cargo2nix-ts release` calls, and four commands.
#
# It has `override` for `cargo2nix-ts`: the package, if it is not in PATH and no overlay adds it to the package set.
{ pkgs }:
let
  shell =
    {
      cargo2nix-ts ? pkgs.cargo2nix-ts or null,
    }:
    pkgs.mkShell {
      name = "release";
      nativeBuildInputs = [
        pkgs.git
        pkgs.minisign
        pkgs.rclone
        pkgs.skopeo
      ]
      ++ (if cargo2nix-ts == null then [ ] else [ cargo2nix-ts ]);
      shellHook = ''
        source ${./release-shell.sh}
      '';
    }
    // {
      override = shell;
    };
in
shell { }
