# Writes the index of warm.nix: units/<package>/<crate>/<number> says what rustc was told for a unit, scripts/<name> names the
# records of the runs of a build script, `rustcs` the compilers.
# shellcheck shell=bash disable=SC2154

mkdir -p "$out/bin" "$out/units" "$out/scripts"
number=0
for unit in "${units[@]}"; do
  { IFS= read -r package && IFS= read -r crate; } <<<"$unit"
  folder=$out/units/${package#package=}/${crate#crate=}
  if [[ ! -e $folder ]]; then mkdir -p "$folder"; fi
  echo "$unit" >"$folder/$number"
  number=$((number + 1))
done
for run in "${runs[@]}"; do
  read -r script record <<<"$run"
  echo "$record" >>"$out/scripts/${script##*/}"
done
for rustc in "${rustcs[@]}"; do
  file=$(realpath "$rustc")
  echo "$(stat --format='%s %Y' "$file") $file"
done >"$out/rustcs"
ln -s "$program/bin/warm-rustc" "$program/bin/warm-replay" "$out/bin/"
