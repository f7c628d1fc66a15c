# Starts every build of build-shell.nix and native-shell.nix: reads the derivation's attributes, then the script.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only exists outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
# On stdenv the path is set already.
if [[ -n ${toolPath:-} ]]; then export PATH=$toolPath; fi
# shellcheck disable=SC2034
out=${outputs[out]}
# shellcheck source=/dev/null
source "$1"
