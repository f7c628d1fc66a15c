# Compiles the program of warm-rustc/.
# shellcheck shell=bash disable=SC2154

mkdir -p "$out/bin"
for name in "${!sources[@]}"; do cp "${sources[$name]}" "$name.rs"; done
"$rustc" --edition 2021 -C opt-level=3 -C panic=abort -C strip=symbols "${linkerArgs[@]}" --remap-path-prefix "$PWD=/build" \
  -o "$out/bin/warm-rustc" main.rs
ln -s warm-rustc "$out/bin/warm-replay"
