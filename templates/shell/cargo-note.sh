# Cargo, in a shell whose packages come from the store.
# shellcheck shell=bash disable=SC2154
for argument; do
  case $argument in
    -* | +*) continue ;;
    add | install | search | update | upgrade | generate-lockfile)
      echo "note: this shell takes packages from the Nix store (offlineSources), so \`cargo $argument\` finds only those that" \
        "Cargo.lock names. Run it outside of the shell, or as CARGO_HOME=$CARGO2NIX_USER_CARGO_HOME cargo $argument, then \`cargo2nix-ts generate\`." >&2
      ;;
  esac
  break
done
exec "$cargo" "$@"
