# Joins what clippy finds in the units of a package.
# shellcheck shell=bash disable=SC2154

mkdir "$out"
# Names of an associative array come in no order.
names=()
while IFS= read -r name; do names+=("$name"); done < <(printf '%s\n' "${!findings[@]}" | sort)
for name in "${names[@]}"; do
  jq --compact-output --raw-input --argjson target "${targets[$name]}" --from-file "$toLines" "${findings[$name]}"
done >"$out/clippy.json"
jq --slurp --arg member "$member" --from-file "$toSarif" "$out/clippy.json" >"$out/clippy.sarif"
