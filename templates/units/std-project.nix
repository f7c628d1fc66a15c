# The standard library as a project of its own, for unit-graph.nix, if it is compiled along.
#
# project: the workspace's; std: its fact of that name in Cargo.nix
# buildShell; tools: of the platform (toolchain.nix)
{
  project,
  std,
  buildShell,
  tools,
}:
let
  inherit (builtins) mapAttrs;
  conditions = std.conditions or { };
  roots = import ../lib/words.nix std.roots;
  library = import ../sources/std-library.nix {
    inherit buildShell tools;
    inherit (std) lockHash;
  };
  plainFacts = import ./crate-facts.nix {
    inherit (std) crates;
    holds = mapAttrs (_: _: false) conditions;
  };
  sourceOf =
    key:
    import ../sources/same-source.nix {
      src = library;
      dir = plainFacts.${key}.library;
    };
in
project
// {
  std = null;
  inherit (std) crates;
  inherit
    conditions
    plainFacts
    roots
    sourceOf
    ;
  builds = mapAttrs (_: build: build // { packages = roots; }) project.builds;
  profileOf =
    buildName:
    let
      profile = project.profileOf buildName;
    in
    profile.std or (removeAttrs profile [ "packages" ]);
  nameOf = key: plainFacts.${key}.pname;
  versionOf = key: plainFacts.${key}.version;
  isMember = _: false;
  roleOf = role: _: role;
  wantsInterface = _: false;
  cargoVendorOf = _: {
    macros = "";
    testMacros = "";
    tests = "";
    script = "";
  };
}
