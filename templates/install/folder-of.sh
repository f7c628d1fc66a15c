# Makes a folder of links.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath

mkdir "${outputs[out]}"
for name in "${!entries[@]}"; do ln -s "${entries[$name]}" "${outputs[out]}/$name"; done
