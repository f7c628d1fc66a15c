# Makes a directory of links.
# shellcheck shell=bash disable=SC2154

mkdir "$out"
for name in "${!entries[@]}"; do ln -s "${entries[$name]}" "$out/$name"; done
