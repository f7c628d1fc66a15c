# Sourced: a function that unpacks a .crate file. The directory within it is named by the registry, so it is stripped.
# shellcheck shell=bash
unpackArchive() {
  local archive=$1 place=$2 path target
  mkdir -p "$place"
  tar --extract --gzip --file "$archive" --directory "$place" --strip-components=1 --no-same-owner

  # Cargo packs neither, so somebody made them by hand.
  refuse() {
    echo "cargo2nix-ts: $archive: ${path#"$place"/} $1" >&2
    exit 1
  }
  shopt -s globstar dotglob nullglob
  for path in "$place"/**; do
    if [[ -L $path ]]; then
      target=$(realpath --canonicalize-missing "$path")
      if [[ $target != "$place"/* ]]; then refuse "is a link that leaves the crate"; fi
    elif [[ ! -f $path && ! -d $path ]]; then refuse "is neither a file nor a folder"; fi
  done
  shopt -u globstar dotglob nullglob
}
