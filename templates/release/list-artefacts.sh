# Describes artefacts, one per line.
# shellcheck shell=bash disable=SC2154
mkdir "$out"
touch "$out/SHA256SUMS"
text=
for index in "${!files[@]}"; do
  hash=$(sha256sum <"${files[index]}" | cut -d' ' -f1)
  size=$(stat --dereference --format=%s "${files[index]}")
  digest=null
  if [[ -n ${digests[index]} ]]; then digest="\"$(<"${digests[index]}")\""; fi
  text+="${text:+,$'\n'}${facts[index]%\}},\"size\":$size,\"sha256\":\"$hash\",\"digest\":$digest}"
  printf '%s  %s\n' "$hash" "${paths[index]}" >>"$out/SHA256SUMS"
done
printf '%s' "$text" >"$out/artefacts.json"
