# Sourced on entering a warm shell: keeps the user's own wrapper of rustc, for what is not in the store (WARM_RUSTC_OTHERWISE). It
# is RUSTC_WRAPPER, or `build.rustc-wrapper` of cargo's configuration, which cargo does not read while the former is set.
# shellcheck shell=bash

# The value in one file, if it is a plain string: a name, or a path, which is relative to the directory of `.cargo`.
wrapper_in_file() {
  local line table='' value
  local header='^[[:space:]]*\[[[:space:]]*([A-Za-z._-]+)[[:space:]]*\]'
  local entry='^[[:space:]]*([A-Za-z._-]+)[[:space:]]*=[[:space:]]*("[^"\]*"|'\''[^'\'']*'\'')'
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line =~ $header ]]; then
      table=${BASH_REMATCH[1]}.
    elif [[ $line =~ $entry && $table${BASH_REMATCH[1]} == build.rustc-wrapper ]]; then
      value=${BASH_REMATCH[2]:1:-1}
      if [[ $value == */* && $value != /* ]]; then value=${1%/*/*}/$value; fi
      echo "$value"
      return
    fi
  done <"$1"
  return 1
}

wrapper_of_cargo() {
  local directory=$PWD home=${CARGO2NIX_USER_CARGO_HOME:-${CARGO_HOME:-${HOME:-}/.cargo}} file files=()
  if [[ -n ${CARGO_BUILD_RUSTC_WRAPPER+set} ]]; then echo "$CARGO_BUILD_RUSTC_WRAPPER" && return; fi
  while [[ -n $directory ]]; do
    files+=("$directory"/.cargo/config{,.toml})
    directory=${directory%/*}
  done
  for file in "${files[@]}" "$home"/config{,.toml}; do
    if [[ -f $file ]] && wrapper_in_file "$file"; then return; fi
  done
}

keep_own_wrapper() {
  local wrapper
  case ${RUSTC_WRAPPER-unset} in
    # That of another such shell would call itself; it has kept the user's.
    */bin/warm-rustc) return ;;
    unset) wrapper=$(wrapper_of_cargo) ;;
    *) wrapper=$RUSTC_WRAPPER ;;
  esac
  if [[ -n $wrapper ]]; then export WARM_RUSTC_OTHERWISE=$wrapper; fi
}
keep_own_wrapper
