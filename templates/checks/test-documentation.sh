# Runs a library's documentation tests, with the call of rustdoc that cargo makes.
# shellcheck shell=bash disable=SC2154

# shellcheck source=unit-inputs.sh
source "$unitInputs"

mkdir -p "$NIX_BUILD_TOP/home"
variables+=("HOME=$NIX_BUILD_TOP/home")
# shellcheck source=find-runner.sh
source "$findRunner"
if ((${#runner[@]})); then arguments+=(--test-runtool "${runner[0]}"); fi
for word in "${runner[@]:1}"; do arguments+=(--test-runtool-arg "$word"); done

cd "$callFolder"
# Through a pipe, so that what is said is not meant for a terminal.
if ! env "${variables[@]}" "${program[@]}" \
  --crate-name "$crateName" --edition "$edition" "$root" --test-run-directory "$package" \
  "${arguments[@]}" "${linker[@]}" "${dependencies[@]}" \
  "${searchInside[@]}" "${searchOutside[@]}" "${linkArgs[@]}" "${cfgs[@]}" 2>&1 | tee "$NIX_BUILD_TOP/said" >&2; then
  echo "error: documentation tests of $packageId failed" >&2
  hintAtMissingFile "$NIX_BUILD_TOP/said"
  exit 1
fi
mkdir "$out"
