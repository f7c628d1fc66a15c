# The source of a library's package at its place in the workspace, including changes by its build script. Code may have the
# package's path compiled in, and a library and its interface must agree on that path.
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
