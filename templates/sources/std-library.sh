# Links the sources of the standard library, if they are the expected ones.
# shellcheck shell=bash disable=SC2154
read -r found _ < <(sha256sum "$library/Cargo.lock")
if [[ $found != "$lockHash" ]]; then
  echo "cargo2nix-ts: nix/Cargo.nix was generated with the standard library of another toolchain: its Cargo.lock differs.
Run \`cargo2nix-ts generate\` where rustup has the pinned toolchain with its component \`rust-src\`." >&2
  exit 1
fi
ln -s "$library" "$out"
