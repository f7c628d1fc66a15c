# The source of a registry's package as a derivation of its own.
# shellcheck shell=bash disable=SC2154

# shellcheck source=unpack-archive.sh
source "$unpackArchive"
unpackArchive "$archive" "$out"
