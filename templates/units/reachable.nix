# The crates that a build uses, and their roles.
#
# roots: crate keys; facts: role -> key -> facts; roleOf: see default.nix; withTests: include the roots' dev-dependencies
# roleOfArtifact: see artifact-roles.nix
# Returns role -> key -> true.
{
  roots,
  facts,
  roleOf,
  roleOfArtifact,
  withTests,
}:
let
  inherit (builtins) concatMap;
  node = role: key: {
    key = "${role} ${key}";
    inherit role;
    crate = key;
  };
  inRole = role: key: node (roleOf role key) key;
  dependencies =
    { role, crate, ... }:
    let
      own = facts.${role}.${crate};
    in
    map (inRole role) own.deps
    ++ (if own.build == null then [ ] else map (node "build") own.buildDeps)
    ++ concatMap (ofArtifact role) own.artifacts
    ++ concatMap (ofArtifact "build") own.buildArtifacts
    ++ (
      if withTests && role == "host" && builtins.elem crate roots then
        map (inRole role) own.devDeps
        ++ map (inRole "build") (ofMacros crate own)
        ++ concatMap (ofArtifact role) own.devArtifacts
      else if isTestedMacro crate && role == "build" then
        map (inRole role) own.devDeps ++ besideMacro facts.host.${crate}
      else
        [ ]
    );
  # A binary links its package's library, which may be a proc macro.
  ofArtifact =
    role: artifact:
    let
      own = roleOfArtifact role artifact;
    in
    [ (node own artifact.crate) ]
    ++ (if facts.${own}.${artifact.crate}.lib == false then [ ] else [ (inRole own artifact.crate) ]);
  isTestedMacro = crate: withTests && facts.build.${crate}.procMacro && builtins.elem crate roots;
  # Only the proc macro's own tests are compiled for the build platform; the package's other targets are not.
  besideMacro =
    own:
    if
      builtins.all (kind: own.${kind} == { }) [
        "bins"
        "examples"
        "tests"
        "benches"
      ]
    then
      [ ]
    else
      map (inRole "host") (own.deps ++ own.devDeps);
  # Examples that are proc macros link libraries compiled for the build platform.
  ofMacros =
    crate: own:
    if builtins.any (type: type == "proc-macro") (builtins.attrValues own.exampleTypes) then
      own.deps ++ own.devDeps ++ (if own.lib == false then [ ] else [ crate ])
    else
      [ ];
  nodes = builtins.genericClosure {
    startSet = map (inRole "host") roots;
    operator = dependencies;
  };
  ofRole =
    role:
    builtins.listToAttrs (
      map (found: {
        name = found.crate;
        value = true;
      }) (builtins.filter (found: found.role == role) nodes)
    );
in
builtins.mapAttrs (role: _: ofRole role) facts
