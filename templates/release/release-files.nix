# Files of the workspace in the store, each by itself.
#
# root: the workspace; files: destination -> path in the workspace, or a Nix path
# Returns two lists, which a script reads in step.
{
  root,
  files,
}:
let
  destinations = builtins.attrNames files;
  inStore =
    destination:
    let
      file = files.${destination};
      path = if builtins.isPath file then file else root + "/${file}";
    in
    if builtins.pathExists path then
      import ../lib/file-in-store.nix {
        inherit path;
        name = "file";
      }
    else
      throw "cargo2nix-ts: the release has a file ${destination}, but the workspace has no ${toString path}.";
in
{
  inherit destinations;
  sources = map inStore destinations;
}
