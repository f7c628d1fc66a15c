# What the flake offers as `lib`.
{
  importWorkspace = import ./import-workspace.nix;
  # For Cargo.nix files with `runtime = "argument"`.
  runtime = import ../templates;
}
