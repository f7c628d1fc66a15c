# What the flake offers as `lib`.
{
  importWorkspace = import ./import-workspace.nix;
}
