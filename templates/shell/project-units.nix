# Where builds put what an editor wants to read: package sources, proc macros, and what build scripts left. Nothing is
# built for this: these are the paths where the files are once something has built them.
#
# project, compilers, buildName: see unit-graph.nix
# Returns { rustc; rustSource; units = [ { key; triple; features; source; macros; run; outDir; } ]; }, all of them texts
# or null. A package may appear several times, since profiles and tests differ.
{
  project,
  compilers,
  buildName,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    unsafeDiscardStringContext
    ;
  inherit (compilers) tools;
  text = value: if value == null then null else unsafeDiscardStringContext "${value}";

  # What `cargo2nix-ts` users build: the dev profile in a shell, and the profile of the other outputs.
  profilesOf = [
    (_: project.profileNamed "dev")
    project.profileOf
  ];
  graphs = concatMap (
    profileOf:
    map
      (
        mode:
        import ../units/unit-graph.nix {
          project = project // {
            inherit profileOf;
          };
          inherit compilers buildName mode;
          keepsUnwind = false;
        }
      )
      [
        "build"
        "test"
      ]
  ) profilesOf;

  unitsIn =
    graph:
    concatMap
      (
        role: map (key: unitOf compilers.${role}.triple graph.${role}.${key}) (attrNames graph.used.${role})
      )
      [
        "host"
        "build"
      ];
  unitOf =
    triple: package:
    let
      inherit (package) facts library run;
      inherit (package.source) whole;
    in
    {
      inherit triple;
      inherit (facts) key features;
      source =
        if facts ? path then
          null
        else
          text "${whole.src}${if whole.dir == "" then "" else "/${whole.dir}"}";
      macros = if facts.procMacro && facts.lib != false then text library.stem else null;
      run = text run;
      outDir = if run == null then null else text run.outDir;
    };
in
{
  rustc = text (tools.sysroot or tools.rustc);
  rustSource = text (tools.rustSrc or null);
  units = concatMap unitsIn graphs;
}
