# Asks rustc for the cfgs of a platform.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath

"$rustc" "${arguments[@]}" --print cfg - </dev/null >"${outputs[out]}"
