# Sourced by check-release.sh: checks an image's blobs against their digests, its platform, and runs it.
# shellcheck shell=bash disable=SC2154
mkdir layout root
tar --extract --file="$(echo "$image"/*.tar)" --directory=layout
blob() { # DIGEST
  local file=layout/blobs/sha256/${1#sha256:}
  if [[ $(sha256sum <"$file" | cut -d' ' -f1) != "${1#sha256:}" ]]; then wrong "the image has a damaged blob: $1"; fi
  echo "$file"
}
manifest=$(blob "$(jq --raw-output '.manifests[0].digest' layout/index.json)")
config=$(blob "$(jq --raw-output .config.digest "$manifest")")
platform=$(jq --raw-output '[.os, .architecture, .variant // empty] | join("/")' "$config")
if [[ $platform != "$os/$architecture${variant:+/$variant}" ]]; then
  wrong "the image is for $platform" "it must be for $os/$architecture${variant:+/$variant}"
fi
while IFS= read -r layer; do
  tar --extract --gzip --file="$(blob "$layer")" --directory=root --no-same-owner
done < <(jq --raw-output '.layers[].digest' "$manifest")
for file in "${files[@]}"; do checkSame "root/bin/$file" 'the image'; done

mapfile -t entrypoint < <(jq --raw-output '.config.Entrypoint[]' "$config")
user=$(jq --raw-output .config.User "$config")
program=${entrypoint[0]}
if [[ ! -x root$program ]]; then
  wrong "the image has no program $program, which is its entrypoint"
fi
for index in "${!files[@]}"; do
  if [[ -z ${isStarted[index]} ]]; then continue; fi
  eval "arguments=(${starts[index]})"
  program=/bin/${files[index]}
  if ((${#runner[@]})); then
    start "the image's $program" "${runner[@]}" "root$program" "${arguments[@]}"
  elif chroot --userspec="$user" / "$(type -P true)" 2>/dev/null; then
    start "the image's $program" chroot --userspec="$user" root "$program" "${arguments[@]}"
  elif unshare --map-root-user true 2>/dev/null; then
    start "the image's $program" unshare --map-root-user --root="$PWD/root" "$program" "${arguments[@]}"
  else
    echo 'note: neither root nor a user namespace here, so that the image is run without chroot' >&2
    start "the image's $program" "root$program" "${arguments[@]}"
  fi
done
