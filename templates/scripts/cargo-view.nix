# The view that code gets if it asks cargo about its package, reads Cargo.lock or looks for the workspace's manifest. Other
# code gets nothing, so changes to the lockfile and to other manifests do not rerun it.
#
# buildShell: see build-shell.nix
# root: the workspace's directory; lockfile: relative to it; vendor: all packages of the lockfile (vendor.nix)
# facts: key -> facts; targetRootsOf: key -> roots of its targets (target-roots.nix)
# asksMetadataOf: key -> { script; macros; testMacros; tests; }: whether these ask cargo (member-sources.nix)
# Returns
#   whole: for what asks cargo about the workspace
#     manifests: a directory with the lockfile and the workspace's manifests, each in its place
#     targetFiles: workspace paths of these manifests' targets, as a list, because cargo checks that they exist
#     targetFilesOf: facts -> the same for one package
#     vendor: a directory whose config.toml tells cargo where packages are
#   around: facts -> { src; dir; } -> the same, with the manifests around the package, and Cargo.lock where cargo looks without
#     the workspace's configuration
#   vendorOf: key -> { script; macros; testMacros; tests; }: `vendor` for those that ask cargo, or ""
{
  buildShell,
  root,
  lockfile,
  vendor,
  facts,
  targetRootsOf,
  asksMetadataOf,
}:
let
  inherit (builtins)
    any
    attrNames
    concatMap
    filter
    ;
  inherit (import ../lib/text.nix) isBelow relativeTo set;
  inWorkspace = facts: (import ../units/package-place.nix facts).isInWorkspace;
  packages = filter (key: inWorkspace facts.${key}) (attrNames facts);
  at = facts: name: if facts.path == "." then name else "${facts.path}/${name}";
  wanted = set (
    [
      lockfile
      "Cargo.toml"
    ]
    ++ map (key: at facts.${key} "Cargo.toml") packages
  );
  top = toString root;
  manifests = builtins.path {
    name = "workspace-manifests";
    path = root;
    filter =
      path: type:
      let
        relative = relativeTo top path;
      in
      if type == "directory" then any (isBelow relative) (attrNames wanted) else wanted ? ${relative};
  };
  targetFilesOf =
    own:
    import ./target-files.nix {
      facts = own;
      targetRoots = targetRootsOf own.key;
    };
  targetFiles = concatMap (key: targetFilesOf facts.${key}) packages;
in
{
  whole = {
    inherit targetFiles targetFilesOf;
    manifests = "${manifests}";
    vendor = "${vendor}";
  };
  around =
    facts: source:
    let
      inherit (import ../units/package-place.nix facts) workspacePath;
      place = if source.dir == "" then workspacePath else source.dir;
    in
    if !(inWorkspace facts) then
      source
    else
      {
        src = buildShell {
          name = "crate-${facts.storeName}-${facts.version}-workspace-src";
          script = ./place-manifests.sh;
          preferLocalBuild = true;
          inherit (source) src;
          isPlaced = source.dir != "";
          inherit workspacePath manifests targetFiles;
          inherit place;
          lockfile = if lockfile == "Cargo.lock" then "" else "${root + "/${lockfile}"}";
        };
        dir = if place == "" then "workspace" else "workspace/${place}";
      };
  vendorOf = key: builtins.mapAttrs (_: asks: if asks then "${vendor}" else "") (asksMetadataOf key);
}
