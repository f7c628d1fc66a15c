# Sourced on entering a shell: gives cargo a home that takes packages from `vendor`, else with the user's configuration.
# shellcheck shell=bash disable=SC2154
set_cargo_home() {
  local user=${CARGO2NIX_USER_CARGO_HOME:-${CARGO_HOME:-$HOME/.cargo}} name own
  name=${vendor##*/}
  own=${XDG_CACHE_HOME:-$HOME/.cache}/cargo2nix-ts/cargo-home/${name%%-*}
  if ! mkdir -p "$own" 2>/dev/null || [[ ! -w $own ]]; then own=$(mktemp -d); fi
  {
    if [[ -e $user/config.toml ]]; then echo "include = ['$user/config.toml']"; fi
    printf '[net]\noffline = true\n'
    cat "$vendor/config.toml"
  } >"$own/config.toml.$$"
  mv -f "$own/config.toml.$$" "$own/config.toml"
  if [[ -e $user/credentials.toml && ! -e $own/credentials.toml ]]; then
    ln -s "$user/credentials.toml" "$own/credentials.toml"
  fi
  export CARGO2NIX_USER_CARGO_HOME=$user CARGO_HOME=$own
}
set_cargo_home
