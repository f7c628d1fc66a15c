# The source of a package at its place in the workspace, with what its build script has changed: for libraries. Code may
# have its package's path compiled in, and that must be the same one for a library and for its interface.
#
# facts: the package's; source: { src; dir; }; run: of its build script, or null
# Returns { src; dir; isPlaced; } (compile-unit.nix).
{
  buildShell,
  facts,
  source,
  run,
}:
let
  inherit (import ./package-place.nix facts) workspacePath;
in
{
  src = buildShell {
    name = "crate-${facts.storeName}-${facts.version}-placed-src";
    script = ./placed-source.sh;
    preferLocalBuild = true;
    inherit (source) src dir;
    inherit workspacePath;
    ownRun = if run == null then "" else "${run}";
    ownRunDir = if run == null then "" else run.dir;
  };
  dir = if source.dir == "" then workspacePath else source.dir;
  isPlaced = true;
}
