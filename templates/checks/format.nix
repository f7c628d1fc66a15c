# Checks the format of the members' code, as `cargo fmt --all --check` does.
#
# rustfmt: a package
# root: the workspace's directory; generated: the directory that contains Cargo.nix, as text
# members: facts of the members; targetRootsOf: see target-roots.nix
#
# The source is all of the workspace's Rust code: modules may be anywhere (`#[path]`).
{
  buildShell,
  rustfmt,
  root,
  generated,
  members,
  targetRootsOf,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    ;
  inherit (import ../lib/text.nix) hasSuffix;
  # rustfmt takes the nearest one.
  settings = [
    "rustfmt.toml"
    ".rustfmt.toml"
  ];
  isCode = path: type: hasSuffix ".rs" path || elem (baseNameOf path) settings || type == "directory";
  source =
    name: folder:
    let
      keeps = import ../sources/package-files.nix {
        root = toString root;
        folder = toString folder;
        inherit generated;
        dropped = [ "target" ];
      };
    in
    builtins.path {
      inherit name;
      path = folder;
      filter = path: type: keeps path type && isCode path type;
    };
  isInside = facts: (import ../units/package-place.nix facts).isInWorkspace;
  rootsOf =
    facts:
    let
      roots = targetRootsOf facts.key;
      at =
        edition: rootFile:
        "${edition} ${if facts.path == "." then rootFile else "${facts.path}/${rootFile}"}";
    in
    (if facts.lib == false then [ ] else [ (at (facts.editions.lib or facts.edition) facts.lib) ])
    ++ (if facts.build == null then [ ] else [ (at facts.edition facts.build) ])
    ++ map (name: at (facts.editions.${name} or facts.edition) roots.${name}) (attrNames roots);
in
buildShell {
  name = "rustfmt-check";
  script = ./format.sh;
  program = "${rustfmt}/bin/rustfmt";
  src = source "workspace-code" root;
  # Members beside the workspace's directory.
  others = builtins.listToAttrs (
    map (facts: {
      name = facts.path;
      value = source "member-code" (root + "/${facts.path}");
    }) (builtins.filter (facts: !isInside facts) members)
  );
  roots = concatMap rootsOf members;
  preferLocalBuild = true;
}
