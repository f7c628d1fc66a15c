# Which version and class a build has as a release.
#
# classes: of the settings, in their order; ref: the tag, or null; commit: its hash, or null
# Returns { version; class; }.
{
  classes,
  ref,
  commit,
}:
let
  inherit (builtins) filter head match;
  matching = filter (
    class:
    if ref == null then !(class ? pattern) else class ? pattern && match class.pattern ref != null
  ) classes;
  name = if ref != null then ref else commit;
  isFileName = match "[A-Za-z0-9][A-Za-z0-9._+-]*" name != null;
in
{
  # The directory of the release.
  version =
    if name == null then
      "unreleased"
    else if isFileName then
      name
    else
      throw "cargo2nix-ts: '${name}' cannot name the directory of a release; tags of releases consist of letters, digits, and ._+-";
  class =
    if matching != [ ] then
      (head matching).name
    else
      throw "cargo2nix-ts: no class in `release.classes` of [workspace.metadata.cargo2nix] ${
        if ref == null then "is for commits without a tag" else "matches the tag '${ref}'"
      }.";
}
