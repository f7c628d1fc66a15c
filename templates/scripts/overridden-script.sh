# Writes what a build script is said to say, one file a kind, as run-build-script.sh does.
# shellcheck shell=bash disable=SC2154
mkdir -p "$out/$outDir"
cd "$out"
write() {
  local file=$1
  shift
  : >"$file"
  if (($#)); then printf '%s\n' "$@" >"$file"; fi
}
write link-search "${linkSearch[@]}"
write link-lib "${linkLib[@]}"
write link-args "${linkArgs[@]}"
write cfg "${cfg[@]}"
write check-cfg "${checkCfg[@]}"
write env "${env[@]}"
write metadata "${metadata[@]}"
