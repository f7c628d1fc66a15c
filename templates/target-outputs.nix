# All that Cargo.nix offers for one target.
{
  project,
  compilers,
}:
let
  inherit (builtins) listToAttrs mapAttrs;
  graph =
    buildName: mode: keepsUnwind:
    import ./unit-graph.nix {
      inherit
        project
        compilers
        buildName
        mode
        keepsUnwind
        ;
    };
  roleOf = key: if (project.crates.${key}.procMacro or false) then "build" else "host";
  outputsOf =
    buildName:
    let
      units = graph buildName "build" false;
      packageOf =
        key:
        let
          unitsOf = units.${roleOf key}.${key};
        in
        {
          name = unitsOf.facts.pname;
          value = import ./package.nix {
            inherit (compilers.host) buildShell;
            inherit (unitsOf) facts;
            programs = unitsOf.bins;
            libraries = [ ];
          };
        };
    in
    {
      packages = listToAttrs (map packageOf project.builds.${buildName}.packages);
      crates = mapAttrs (key: unitsOf: {
        inherit (unitsOf) bins;
        lib = unitsOf.library;
        inherit (unitsOf) buildScript;
        buildScriptRun = unitsOf.run;
      }) units.host;
    };
in
outputsOf "default"
// {
  builds = mapAttrs (buildName: _: outputsOf buildName) project.builds;
}
