# Runs test programs one after the other, all of them even if one fails.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath

# Tests write beside their sources, into their home and into cargo's folder for that.
cp --recursive --no-target-directory --preserve=mode,timestamps "$src" "$NIX_BUILD_TOP/package"
chmod --recursive u+w "$NIX_BUILD_TOP/package"
package=$NIX_BUILD_TOP/package${dir:+/$dir}
mkdir -p "$NIX_BUILD_TOP/home" "${temporaryFolders[@]}"
trap 'rm -rf "${temporaryFolders[@]}"' EXIT

variables=("HOME=$NIX_BUILD_TOP/home")
for name in "${!environment[@]}"; do variables+=("$name=${environment[$name]}"); done
variables+=("CARGO_MANIFEST_DIR=$package" "CARGO_MANIFEST_PATH=$package/Cargo.toml")
if [[ -n $ownRun ]]; then
  variables+=("OUT_DIR=$ownOutDir")
  while IFS= read -r line; do variables+=("$line"); done <"$ownRun/env"
fi
# Tests of proc macros are linked with the compiler's own libraries.
if [[ -z $emulator ]]; then
  sysroot=$("$rustc" --print sysroot)
  libraries=$sysroot/lib:$("$rustc" --print target-libdir)
  variables+=("LD_LIBRARY_PATH=$libraries" "DYLD_FALLBACK_LIBRARY_PATH=$libraries")
fi

runner=()
if [[ -n $emulator ]]; then read -ra runner <<<"$emulator"; fi
failed=()
said=$NIX_BUILD_TOP/said
cd "$package"
for test in "${tests[@]}"; do
  for program in "$test/bin/"*; do
    echo "running $program" >&2
    # through a pipe, so that what is said is not meant for a terminal
    { env "${variables[@]}" "${runner[@]}" "$program" 2>&1 | tee --append "$said" >&2; } ||
      failed+=("${program##*/}")
  done
done
if ((${#failed[@]})); then
  echo "error: tests of $packageId failed: ${failed[*]}" >&2
  if [[ -n ${missingFile[hint]} && $(<"$said") =~ ${missingFile[pattern]} ]]; then
    echo "${missingFile[hint]}" >&2
  fi
  exit 1
fi
mkdir "${outputs[out]}"
