# A directory that links to each of some derivations, under the name given in `entries`.
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
