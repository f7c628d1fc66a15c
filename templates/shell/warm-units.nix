# The units that cargo may want in a shell, for every package outside the workspace: for `cargo build`, `test` and `check`.
#
# project, compilers: see unit-graph.nix; builds, profiles: names
# Leaves out the units of build scripts that cargo's configuration replaces.
# Returns { compiled; runs; }: lists of units, which may contain duplicates.
{ project, compilers }:
{ builds, profiles }:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    ;
  graphsOf =
    buildName: profile:
    let
      graph =
        keepsUnwind: mode: isCheck:
        import ../units/unit-graph.nix {
          project = project // {
            profileOf = _: project.profileNamed profile;
          };
          inherit
            compilers
            buildName
            keepsUnwind
            mode
            isCheck
            ;
        };
    in
    # Each mode resolves its own features: dev-dependencies affect those of tests.
    [
      (graph false "build" false)
      (graph true "test" false)
      (graph false "test" false)
      (graph false "build" true)
      (graph true "test" true)
      (graph false "test" true)
    ];
  # A build that resolves each member on its own has a build for each.
  partsOf =
    name:
    let
      build =
        project.builds.${name}
          or (throw "cargo2nix-ts: this workspace has no build '${name}'; it has: ${builtins.concatStringsSep ", " (attrNames project.builds)}.");
    in
    if build.separately or false then
      map (key: "${name}/${project.nameOf key}") build.packages
    else
      [ name ];
  isOthers = key: !(project.crates.${key} ? path);
  packages = concatMap (
    graph:
    concatMap (role: map (key: graph.${role}.${key}) (filter isOthers (attrNames graph.used.${role}))) [
      "host"
      "build"
    ]
  ) (concatMap (build: concatMap (graphsOf build) profiles) (concatMap partsOf builds));
in
{
  compiled = filter (unit: unit.record != null) (
    concatMap (
      { facts, ... }@package:
      (if facts.lib == false then [ ] else [ package.library ])
      ++ (
        if package.buildScript or null == null || facts.build == null then [ ] else [ package.buildScript ]
      )
    ) packages
  );
  runs = concatMap (package: if package.run ? record then [ package.run ] else [ ]) packages;
}
