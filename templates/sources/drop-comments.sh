# A package's source without comments: what rustc reads when nobody looks, so that a comment rebuilds nothing.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath LC_ALL=C
out=${outputs[out]}

cp --recursive --no-target-directory --preserve=mode,timestamps "$src" "$out"
# Code that reads code as text, or asks for the text of a span, is to see all of it.
reads='include_(str|bytes)!.*[.]rs"|include_(str|bytes)!\(file!|source_text'
if grep --recursive --quiet --extended-regexp --include='*.rs' "$reads" "$out"; then exit; fi

chmod --recursive u+w "$out"
while IFS= read -r -d '' file; do
  if awk -f "$program" "$file" >"$NIX_BUILD_TOP/code"; then cat "$NIX_BUILD_TOP/code" >"$file"; fi
done < <(find "$out" -type f -name '*.rs' -print0)
