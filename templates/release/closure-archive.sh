# Packs a closure. The store of the build is read with a database of its own, which knows of nothing else.
# shellcheck shell=bash disable=SC2154
export HOME=$PWD NIX_STATE_DIR=$PWD/state NIX_LOG_DIR=$PWD/log NIX_CONF_DIR=$PWD NIX_REMOTE=local
export NIX_CONFIG='experimental-features = nix-command
build-users-group =
substituters ='
mkdir -p "$out/cache"
nix-store --load-db <"$registration/registration"
mapfile -t paths <"$registration/store-paths"
nix-store --export "${paths[@]}" >"$out/$file.export"
# The public cache's is 40, and a higher number is asked later.
printf 'StoreDir: %s\nWantMassQuery: 1\nPriority: 50\n' "$NIX_STORE" >"$out/cache/nix-cache-info"
nix copy --no-check-sigs --to "file://$out/cache?compression=xz" "${paths[@]}"
echo "$root" >"$out/root"
