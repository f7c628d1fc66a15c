# Puts the store paths into the programs of offline-sources.nix.
# shellcheck shell=bash disable=SC2154

mkdir -p "$out/bin"
{
  echo "vendor=$vendor"
  cat "$hook"
} >"$out/hook.sh"
{
  echo "#!$shell"
  echo "cargo=$cargo"
  cat "$note"
} >"$out/bin/cargo"
chmod +x "$out/bin/cargo"
