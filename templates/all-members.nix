# All packages of the workspace in one folder, each under its own name.
{ buildShell, packages }:
buildShell {
  name = "workspace-members";
  script = ./all-members.sh;
  members = builtins.mapAttrs (_: package: "${package}") packages;
}
