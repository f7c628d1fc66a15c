# The whole release as one directory: `<version>/`, with the artefacts of all targets, SHA256SUMS and release.json.
#
# sums: of list-artefacts.nix; artefacts: what these describe; facts: of the release
# checks: derivations without whose success there is no release
{
  buildShell,
  name,
  version,
  facts,
  artefacts,
  sums,
  checks,
}:
buildShell {
  inherit name version;
  script = ./release-directory.sh;
  preferLocalBuild = true;
  files = map (artefact: artefact.file) artefacts;
  paths = map (artefact: artefact.facts.path) artefacts;
  facts = builtins.toJSON facts;
  sums = map (each: "${each}") sums;
  checks = map (check: "${check}") checks;
}
