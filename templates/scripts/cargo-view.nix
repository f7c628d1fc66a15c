# The view that a build script gets if it asks cargo about its package or reads Cargo.lock. Other scripts get nothing, so
# changes to the lockfile do not rerun them.
#
# root: the workspace's directory; lockfile: relative to it; vendor: all packages of the lockfile (vendor.nix)
# facts: key -> facts; targetRootsOf: key -> roots of its targets (target-roots.nix)
# scriptAsksOf: key -> { metadata; lockfile; }
# Returns { whole; ofPackage; }: for what asks cargo about the workspace (with `targetFilesOf`: facts -> the same for one
# package), and key -> for the package's build script. Each has
#   manifests: a directory with the lockfile and the workspace's manifests, each in its place, or ""
#   targetFiles: workspace paths of these manifests' targets, as a list, because cargo checks that they exist
#   vendor: a directory whose config.toml tells cargo where packages are, or ""
# and for a build script `lock`: { lockfile; } if cargo would not find that one without the workspace's configuration.
{
  root,
  lockfile,
  vendor,
  facts,
  targetRootsOf,
  scriptAsksOf,
}:
let
  inherit (builtins)
    any
    attrNames
    attrValues
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
    map (at own) (
      (if own.lib == false then [ ] else [ own.lib ])
      ++ (if own.build == null then [ ] else [ own.build ])
      ++ attrValues (targetRootsOf own.key)
    );
  targetFiles = concatMap (key: targetFilesOf facts.${key}) packages;
in
{
  whole = {
    inherit targetFiles targetFilesOf;
    manifests = "${manifests}";
    vendor = "${vendor}";
  };
  ofPackage =
    key:
    let
      asks = scriptAsksOf key;
      isAsked = asks.metadata || asks.lockfile;
      seesWorkspace = isAsked && inWorkspace facts.${key};
    in
    {
      manifests = if seesWorkspace then "${manifests}" else "";
      targetFiles = if seesWorkspace then targetFiles else [ ];
      vendor = if asks.metadata then "${vendor}" else "";
      lock =
        if seesWorkspace && asks.metadata && lockfile != "Cargo.lock" then
          { lockfile = "${root + "/${lockfile}"}"; }
        else
          { };
    };
}
