# Where a package lies in its workspace, and how paths in it are called (place-package.sh, unit-inputs.sh).
facts:
let
  inherit (import ../lib/text.nix) hasPrefix;
  isInWorkspace = facts ? path && !(hasPrefix ".." facts.path);
  # Paths in messages and `file!()` are as cargo has them: from the workspace's folder.
  packageLabel =
    if !(facts ? path) then
      "${facts.pname}-${facts.version}"
    else if facts.path == "." then
      ""
    else
      facts.path;
in
{
  inherit isInWorkspace packageLabel;
  workspacePath = if isInWorkspace then packageLabel else "";
  placePackage = ./place-package.sh;
}
