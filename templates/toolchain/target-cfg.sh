# Asks rustc for the cfgs of a platform.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath

# Cargo names all crate types when it asks. With a proc macro among them `crt-static` is never there by default, and
# cargo takes `proc_macro` out.
"$rustc" "${arguments[@]}" --crate-type bin --crate-type proc-macro --print cfg - </dev/null |
  sed '/^proc_macro$/d' >"${outputs[out]}"
