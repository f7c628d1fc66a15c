# Unpacks components of Rust's distribution into one directory, and has their programs find loader and libraries.
# shellcheck shell=bash disable=SC2154

mkdir "$out"
for archive in "${archives[@]}"; do
  # Files lie in NAME/COMPONENT/; less deep are only the installer and licences.
  tar --extract --file="$archive" --directory="$out" --strip-components=2 --no-same-owner
  rm "$out/manifest.in"
done

# $ORIGIN/../lib of a program that needs the compiler's libraries.
if [[ -n ${compiler:-} && -d $out/bin ]]; then
  mkdir -p "$out/lib"
  for library in "$compiler"/lib/lib*; do
    if [[ ! -e $out/lib/${library##*/} ]]; then ln -s "$library" "$out/lib/"; fi
  done
fi

isElf() {
  local magic
  IFS= LC_ALL=C read -r -n 4 magic <"$1" || return 1
  [[ $magic == $'\x7fELF' ]]
}
patchFile() {
  local changes=()
  if patchelf --print-interpreter "$1" >/dev/null 2>&1; then changes+=(--set-interpreter "$loader"); fi
  if [[ -n $(patchelf --print-needed "$1" 2>/dev/null) ]]; then
    local IFS=:
    changes+=(--add-rpath "${libraries[*]}")
  fi
  if ((${#changes[@]} > 0)); then patchelf "${changes[@]}" "$1"; fi
}

if [[ -n ${bintools:-} && -e $bintools/nix-support/dynamic-linker ]]; then
  loader=$(<"$bintools/nix-support/dynamic-linker")
  # Standard libraries may be another platform's; nothing in them runs here.
  while IFS= read -r -d '' file; do
    if isElf "$file"; then patchFile "$file"; fi
  done < <(find "$out" -path "$out/lib/rustlib/*/lib" -prune -o -type f \( -perm -u+x -o -name '*.so*' \) -print0)
fi
exit 0
