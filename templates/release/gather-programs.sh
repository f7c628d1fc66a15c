# Copies binaries out of the packages.
# shellcheck shell=bash disable=SC2154
mkdir -p "$out"
for index in "${!files[@]}"; do
  cp --reflink=auto "${packages[index]}/bin/${files[index]}" "$out/"
done
