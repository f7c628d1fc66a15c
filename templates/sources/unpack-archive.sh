# Sourced: a function that unpacks a .crate file. The directory within it is named by the registry, so it is stripped.
# shellcheck shell=bash
unpackArchive() {
  local archive=$1 place=$2 line
  local -a listing
  mkdir -p "$place"
  mapfile -t listing < <(
    tar --extract --verbose --verbose --gzip --file "$archive" --directory "$place" --strip-components=1 --no-same-owner ||
      echo '?failed'
  )
  # Cargo packs nothing else, and since 1.96 unpacks nothing else.
  for line in "${listing[@]}"; do
    case $line in
    [-d]*) ;;
    '?failed') exit 1 ;;
    *)
      echo "cargo2nix-ts: $archive: an entry is neither a file nor a directory: $line" >&2
      exit 1
      ;;
    esac
  done
}
