# Checks licences, bans and sources of all packages, without a network: `cargo deny check`.
#
# cargo-deny, cargo, rustc: packages
# root: the workspace's directory; lockfile: relative to it; members: their facts
# view: what cargo needs of the workspace (cargo-view.nix)
# Returns a function of
#   checks: what to check; advisories need a git repository, so `audit` looks for these
#   arguments: more arguments of `cargo deny check`
{
  buildShell,
  cargo-deny,
  cargo,
  rustc,
  root,
  lockfile,
  members,
  view,
}:
{
  checks ? [
    "bans"
    "licenses"
    "sources"
  ],
  arguments ? [ ],
}:
let
  inherit (import ../lib/text.nix) isBelow relativeTo set;
  inherit (builtins) any attrNames match;
  # Directories with texts of licences, if manifests name no licence.
  places = set (map (facts: if facts.path == "." then "" else facts.path) members);
  isWanted = name: match "[.]?deny[.]toml|(LICEN[CS]E|COPYING|NOTICE|UNLICENSE).*" name != null;
  top = toString root;
  texts = builtins.path {
    name = "licences";
    path = root;
    filter =
      path: type:
      let
        relative = relativeTo top path;
        folder = if dirOf path == top then "" else relativeTo top (dirOf path);
      in
      if type == "directory" then
        relative == ".cargo" || any (isBelowOrAt relative) (attrNames places)
      else
        (places ? ${folder} || folder == "" || folder == ".cargo") && isWanted (baseNameOf path);
  };
  # Members beside the workspace's directory.
  others = builtins.filter (facts: !(import ../units/package-place.nix facts).isInWorkspace) members;
  isBelowOrAt = relative: place: place == relative || isBelow relative place;
in
buildShell {
  name = "cargo-deny";
  script = ./deny.sh;
  tools = [
    cargo
    rustc
  ];
  program = "${cargo-deny}/bin/cargo-deny";
  inherit (view) manifests vendor;
  targetFiles = view.targetFiles ++ builtins.concatMap view.targetFilesOf others;
  lockfile = "${root + "/${lockfile}"}";
  others = builtins.listToAttrs (
    map (facts: {
      name = facts.path;
      value = "${root + "/${facts.path}/Cargo.toml"}";
    }) others
  );
  inherit
    texts
    checks
    arguments
    ;
  preferLocalBuild = true;
}
