# Writes an executable text.
# shellcheck shell=bash disable=SC2154
mkdir -p "$out/bin"
printf %s "$text" >"$out/bin/$file"
chmod +x "$out/bin/$file"
