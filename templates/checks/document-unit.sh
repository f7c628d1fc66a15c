# Makes rustdoc's pages of a unit, beside those of other units of its package.
# shellcheck shell=bash disable=SC2154

# shellcheck source=unit-inputs.sh
source "$unitInputs"

mkdir -p "$out"
if [[ -n $previous ]]; then
  cp --recursive --no-target-directory "$previous" "$out"
  chmod --recursive u+w "$out"
fi
cd "$callFolder"
said=$NIX_BUILD_TOP/said
asPrinted=cat
if [[ -n $deniesWarnings ]]; then
  arguments+=(--error-format=json)
  asPrinted=printMessages
fi
if ! env "${variables[@]}" "${program[@]}" \
  --crate-name "$crateName" --edition "$edition" "$root" -o "$out" \
  "${arguments[@]}" "${dependencies[@]}" "${cfgs[@]}" 2>&1 | "$asPrinted" | tee "$said" >&2; then
  hintAtMissingFile "$said"
  exit 1
fi
