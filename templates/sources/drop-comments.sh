# A package's source without comments: what rustc reads when nobody looks, so that a comment rebuilds nothing.
# shellcheck shell=bash disable=SC2154

export LC_ALL=C

cp --recursive --no-target-directory --preserve=mode,timestamps "$src" "$out"
# Code that reads code as text, or asks for the text of a span, is to see all of it.
reads='include_(str|bytes)!.*[.]rs"|include_(str|bytes)!\(file!|source_text'
if grep --recursive --quiet --extended-regexp --include='*.rs' "$reads" "$out"; then exit; fi

chmod --recursive u+w "$out"
while IFS= read -r -d '' file; do
  if awk -f "$program" "$file" >"$NIX_BUILD_TOP/code"; then cat "$NIX_BUILD_TOP/code" >"$file"; fi
done < <(find "$out" -type f -name '*.rs' -print0)
