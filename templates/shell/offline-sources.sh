# Puts the store paths into the programs of offline-sources.nix.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath
out=${outputs[out]}
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
