# Puts the artefacts in their places.
# shellcheck shell=bash disable=SC2154
directory=$out/$version
mkdir -p "$directory"
for index in "${!files[@]}"; do
  place=$directory/${paths[index]}
  mkdir -p "${place%/*}"
  cp --reflink=auto "${files[index]}" "$place"
done
text=
for sum in "${sums[@]}"; do
  cat "$sum/SHA256SUMS" >>"$directory/SHA256SUMS"
  described=$(<"$sum/artefacts.json")
  if [[ -n $described ]]; then text+="${text:+,$'\n'}$described"; fi
done
printf '%s,"artefacts":[\n%s\n]}\n' "${facts%\}}" "$text" >"$directory/release.json"
