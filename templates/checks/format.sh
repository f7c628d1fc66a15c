# Runs rustfmt over the crate roots of the workspace, once for each edition, like cargo-fmt.
# shellcheck shell=bash disable=SC2154

# Deep enough for members beside it.
workspace=$NIX_BUILD_TOP/1/2/3/4/5/6/7/workspace
place() {
  mkdir -p "${2%/*}"
  cp --recursive --no-target-directory "$1" "$2"
  chmod --recursive u+w "$2"
}
place "$src" "$workspace"
for path in "${!others[@]}"; do place "${others[$path]}" "$workspace/$path"; done
cd "$workspace"

status=0
for edition in $(printf '%s\n' "${roots[@]%% *}" | sort --unique); do
  files=()
  for root in "${roots[@]}"; do
    if [[ ${root%% *} == "$edition" ]]; then files+=("${root#* }"); fi
  done
  "$program" --check --color never --edition "$edition" "${files[@]}" || status=1
done
if ((status)); then
  echo "error: code is not formatted; run: cargo fmt --all" >&2
  exit 1
fi
touch "$out"
