# Unpacks a .crate file. The folder within it is named by the registry, so it is stripped.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath

out=${outputs[out]}
mkdir "$out"
tar --extract --gzip --file "$archive" --directory "$out" --strip-components=1 --no-same-owner

# Cargo packs neither, so somebody made them by hand.
refuse() {
  echo "cargo2nix-ts: $archive: ${1#"$out"/} $2" >&2
  exit 1
}
shopt -s globstar dotglob nullglob
for path in "$out"/**; do
  if [[ -L $path ]]; then
    target=$(realpath --canonicalize-missing "$path")
    if [[ $target != "$out"/* ]]; then refuse "$path" "is a link that leaves the crate"; fi
  elif [[ ! -f $path && ! -d $path ]]; then refuse "$path" "is neither a file nor a folder"; fi
done
