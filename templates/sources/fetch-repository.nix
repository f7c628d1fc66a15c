# Fetches the repository of a git dependency at its commit, with submodules if cargo fetched any: one store path for all
# of its crates.
#
# fetchgit: nixpkgs' or the caller's own (mirrors, credentials)
# git: the fact of that name; without `hash`, Nix itself fetches it during evaluation, with the user's own keys
{ fetchgit, git }:
if git ? hash then
  fetchgit {
    inherit (git) url rev hash;
    fetchSubmodules = git.submodules or false;
  }
else
  builtins.fetchGit {
    inherit (git) url rev;
    allRefs = true;
    submodules = true;
  }
