# Where a package is in its workspace, and how paths in it are named (place-package.sh, unit-inputs.sh).
facts:
let
  inherit (import ../lib/text.nix) hasPrefix;
  isInWorkspace = facts ? path && !(hasPrefix ".." facts.path);
  # Like cargo, make paths in messages and `file!()` relative to the workspace's directory.
  packageLabel =
    if facts ? library then
      "library/${facts.library}"
    else if !(facts ? path) then
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
