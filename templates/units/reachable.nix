# The crates that a build uses, and in which roles.
#
# roots: crate keys; facts: role -> key -> facts; roleOf: see default.nix; withTests: the roots' dev-dependencies count
# Returns { host; build; }: key -> true.
{
  roots,
  facts,
  roleOf,
  withTests,
}:
let
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
    ++ (
      if withTests && role == "host" && builtins.elem crate roots then
        map (inRole role) own.devDeps ++ map (inRole "build") (ofMacros crate own)
      else if isTestedMacro crate && role == "build" then
        map (inRole role) own.devDeps ++ besideMacro facts.host.${crate}
      else
        [ ]
    );
  isTestedMacro = crate: withTests && facts.build.${crate}.procMacro && builtins.elem crate roots;
  # Only its own tests are compiled for where the build runs: not the other targets of its package.
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
  # Examples that are proc macros are linked with what is compiled for where the build runs.
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
{
  host = ofRole "host";
  build = ofRole "build";
}
