# Which units cargo finds to be used both by binaries and by build scripts or proc macros, if both are for the same
# platform (cargo's `rebuild_unit_graph_shared`), and which units are therefore compiled both with and without bitcode.
#
# facts: role -> key -> facts
# written: role -> key -> settings as given by the profile
# used: role -> key -> true (reachable.nix); roots: keys of the packages to build
# withTests: see reachable.nix
# isNative: both roles are for the same platform
# compilesStd: binaries link another standard library than build scripts
# Returns
#   sameSettings: key -> bool: the crate keeps its debuginfo in role "build"
#   onlyForArtifacts: key -> bool: in role "build", only artifacts link the crate
#   sameAsHost: role of an artifact -> key -> the same for that role
#   sameRun: key -> bool: the same for the run of its build script, which has fewer settings
#   both: role -> key -> bool: something links it with LTO, and something else without
{
  facts,
  written,
  used,
  roots,
  isNative,
  withTests,
  compilesStd,
}:
let
  inherit (builtins) attrNames filter mapAttrs;
  ofUnit = settings: removeAttrs settings [ "debuginfoIsSet" ];
  ofRun = builtins.intersectAttrs {
    root = null;
    optLevel = null;
    debuginfo = null;
    debugAssertions = null;
  };
  sameSettings = sameBy ofUnit;
  sameBy =
    comparable:
    mapAttrs (
      key: _:
      isNative
      && used.build ? ${key}
      && (
        # a requested proc macro has the settings of a binary, unless it is only tested
        if facts.build.${key}.procMacro then
          !withTests && builtins.elem key roots
        else
          used.host ? ${key} && facts.host.${key}.features == facts.build.${key}.features
      )
      && comparable (asAsked key) == comparable written.build.${key}
    ) facts.host;
  # A proc macro never aborts on a panic, even if the profile requests it.
  asAsked =
    key: written.host.${key} // (if facts.build.${key}.procMacro then { panic = "unwind"; } else { });
  sameUnit = mapAttrs (
    key: same:
    same
    && !compilesStd
    && !facts.build.${key}.procMacro
    && facts.host.${key}.deps == facts.build.${key}.deps
    && builtins.all (
      dependency: facts.host.${dependency}.procMacro || sameUnit.${dependency}
    ) facts.host.${key}.deps
  ) sameSettings;

  isDynamic = type: type == "dylib" || type == "cdylib";
  isMixed =
    types:
    builtins.any isDynamic types && builtins.any (type: type != "cdylib" && type != "staticlib") types;
  # A unit that needs objects in addition to bitcode needs them from everything it links.
  handedDown =
    role: startKeys:
    builtins.listToAttrs (
      map
        (found: {
          name = found.key;
          value = true;
        })
        (
          builtins.genericClosure {
            startSet = map (key: { inherit key; }) startKeys;
            operator =
              { key }:
              map (dependency: { key = dependency; }) (
                filter (dependency: !facts.${role}.${dependency}.procMacro) facts.${role}.${key}.deps
              );
          }
        )
    );
  bothHost = handedDown "host" (
    filter (key: sameUnit.${key} || isMixed facts.host.${key}.crateTypes) (attrNames used.host)
  );
  # Build scripts and proc macros link these.
  usedByScripts = handedDown "build" (
    builtins.concatMap (
      role:
      builtins.concatMap (
        key:
        let
          own = facts.${role}.${key};
        in
        (if own.build == null then [ ] else own.buildDeps) ++ (if own.procMacro then own.deps else [ ])
      ) (attrNames used.${role})
    ) (attrNames facts)
  );
  ofArtifacts = mapAttrs (
    role: _:
    let
      mixed = handedDown role (
        filter (key: isMixed facts.${role}.${key}.crateTypes) (attrNames used.${role})
      );
    in
    key: mixed ? ${key}
  ) facts;
  # Binaries that are artifacts may use LTO, and then need bitcode of libraries that build scripts use, too.
  artifactsOf =
    role: fact:
    builtins.concatMap (key: filter (artifact: !(artifact ? target)) facts.${role}.${key}.${fact}) (
      attrNames used.${role}
    );
  bothBuild = handedDown "build" (
    map (artifact: artifact.crate) (
      artifactsOf "build" "artifacts"
      ++ builtins.concatMap (role: artifactsOf role "buildArtifacts") (attrNames facts)
    )
  );
in
{
  inherit sameSettings;
  onlyForArtifacts = key: bothBuild ? ${key} && !(usedByScripts ? ${key});
  # The same for the role of an artifact.
  sameAsHost =
    role: key:
    isNative
    && used.host ? ${key}
    && facts.host.${key}.features == facts.${role}.${key}.features
    && ofUnit written.host.${key} == ofUnit written.${role}.${key};
  sameRun = sameBy ofRun;
  both = ofArtifacts // {
    host = key: bothHost ? ${key};
    build = key: sameUnit.${key} || (bothBuild ? ${key} && usedByScripts ? ${key});
  };
}
