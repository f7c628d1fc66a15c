# Checks of the workspace as a whole, by tools that read it themselves: `fmt`, `audit` and `deny`.
#
# tools: the result of toolchain.nix; members: their facts; cargoView: see cargo-view.nix
# lockfile: relative to root; generated: the directory that contains Cargo.nix, as text
{
  buildShell,
  buildPackages,
  tools,
  root,
  generated,
  lockfile,
  members,
  cargoView,
  targetRootsOf,
}:
let
  toolNamed =
    name:
    buildPackages.${name}
      or (throw "cargo2nix-ts: the package set passed to Cargo.nix has no `${name}`.");
in
{
  fmt = import ./format.nix {
    inherit
      buildShell
      root
      generated
      members
      targetRootsOf
      ;
    rustfmt = tools.rustfmt or (toolNamed "rustfmt");
  };
  audit = import ./audit.nix {
    inherit buildShell root lockfile;
    cargo-audit = toolNamed "cargo-audit";
  };
  deny = import ./deny.nix {
    inherit
      buildShell
      root
      lockfile
      members
      ;
    cargo-deny = toolNamed "cargo-deny";
    inherit (tools) cargo rustc;
    view = cargoView.whole;
  };
}
