# Which files the units of path packages read, by name: the files that member-sources.nix would copy to their sources.
#
# root: the workspace's directory, as a path; lockfile: relative to it; generated: the directory that contains Cargo.nix, as text
# crates, conditions: as in Cargo.nix
# Returns key of a path package -> { library; libraryTest; script; run; targets.<kind>:<name>; }, for those that
# exist: { files; outside; targetFiles; }: paths relative to the package's directory, absolute paths, and workspace paths that
# matter without their contents; the last only where there are any
{
  root,
  lockfile ? "Cargo.lock",
  generated,
  crates,
  conditions,
}:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    mapAttrs
    ;
  inherit (import ../lib/text.nix) genAttrs;
  facts = import ../units/crate-facts.nix {
    inherit crates;
    holds = mapAttrs (_: _: false) conditions;
  };
  readsManifest = import ./manifest-readers.nix {
    inherit crates;
    codeOf = key: sources.${key}.libraryCode;
  };
  sources = genAttrs (filter (key: crates.${key} ? path) (attrNames crates)) (
    key:
    import ./member-sources.nix {
      inherit root generated;
      facts = facts.${key};
      targets = targetRootsOf key;
      readsManifest = readsManifest.${key};
      # Nothing is copied or built.
      buildShell = null;
      workspaceTable = null;
      dropsComments = false;
      around =
        source:
        if isInWorkspace key then
          source
          // {
            outside = source.outside ++ manifests;
            inherit targetFiles;
          }
        else
          source;
      inPlace = source: source;
      memberSource =
        {
          files,
          included,
          outside,
          ...
        }:
        {
          files = map (file: file.relative) files ++ included.inside;
          inherit outside;
        };
    }
  );
  # The view of those that ask cargo about their package, or look for its workspace (cargo-view.nix).
  placeOf = import ../units/package-place.nix;
  isInWorkspace = key: (placeOf facts.${key}).isInWorkspace;
  inWorkspace = filter isInWorkspace (attrNames sources);
  targetRootsOf = key: import ./target-roots.nix crates.${key};
  targetFiles = concatMap (
    key:
    import ../scripts/target-files.nix {
      facts = facts.${key};
      targetRoots = targetRootsOf key;
    }
  ) inWorkspace;
  manifests = map (name: "${toString root}/${name}") (
    [
      lockfile
      "Cargo.toml"
    ]
    ++ map (key: "${facts.${key}.path}/Cargo.toml") (filter (key: facts.${key}.path != ".") inWorkspace)
  );
in
mapAttrs (
  key: source:
  (if facts.${key}.lib == false then { } else { inherit (source) library libraryTest; })
  // (if facts.${key}.build == null then { } else { inherit (source) script run; })
  // {
    inherit (source) targets;
  }
) sources
