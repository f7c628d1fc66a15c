# Sourced: copies the files of release-files.nix below a directory.
# shellcheck shell=bash disable=SC2154
placeFiles() { # DIRECTORY
  local index place
  for index in "${!destinations[@]}"; do
    place=$1/${destinations[index]#/}
    mkdir -p "${place%/*}"
    cp -RL "${sources[index]}" "$place"
  done
}
