# Puts a package's folder and what it reads outside of it into one tree.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath
out=${outputs[out]}

place() {
  mkdir -p "$(dirname "$out/$2")"
  # in the place of a link that led there
  if [[ -L $out/$2 ]]; then rm "$out/$2"; fi
  cp --recursive --no-target-directory "$1" "$out/$2"
  chmod --recursive u+w "$out/$2"
}
place "$package" "$location"
for piece in "${!pieces[@]}"; do place "${pieces[$piece]}" "$piece"; done
