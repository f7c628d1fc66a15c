# A folder with a link to each of some derivations, under the name that it has in `entries`.
{
  buildShell,
  name,
  entries,
}:
buildShell {
  inherit name;
  script = ./folder-of.sh;
  preferLocalBuild = true;
  entries = builtins.mapAttrs (_: entry: "${entry}") entries;
}
