# Links packages into one folder.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath

mkdir "${outputs[out]}"
for name in "${!members[@]}"; do ln -s "${members[$name]}" "${outputs[out]}/$name"; done
