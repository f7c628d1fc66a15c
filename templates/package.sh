# Gathers a member's programs and libraries into one folder.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath
out=${outputs[out]}

mkdir "$out"
for program in "${programs[@]}"; do
  mkdir -p "$out/bin"
  cp --reflink=auto "$program/bin/"* "$out/bin/"
done
