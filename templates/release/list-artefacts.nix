# Sizes and hashes of artefacts: `artefacts.json`, a list as in release.json, and `SHA256SUMS`.
#
# artefacts: list of { file; facts; }, with `digest`, a file, for images; facts: what is known before it is built
{
  buildShell,
  name,
  artefacts,
}:
buildShell {
  inherit name;
  script = ./list-artefacts.sh;
  preferLocalBuild = true;
  files = map (artefact: artefact.file) artefacts;
  paths = map (artefact: artefact.facts.path) artefacts;
  facts = map (artefact: builtins.toJSON artefact.facts) artefacts;
  digests = map (artefact: artefact.digest or "") artefacts;
}
