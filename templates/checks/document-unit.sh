# Makes rustdoc's pages of a unit, beside those of other units of its package.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath
out=${outputs[out]}
# shellcheck source=unit-inputs.sh
source "$unitInputs"

mkdir -p "$out"
if [[ -n $previous ]]; then
  cp --recursive --no-target-directory "$previous" "$out"
  chmod --recursive u+w "$out"
fi
cd "$callFolder"
env "${variables[@]}" "${program[@]}" \
  --crate-name "$crateName" --edition "$edition" "$root" -o "$out" \
  "${arguments[@]}" "${dependencies[@]}" "${cfgs[@]}"
