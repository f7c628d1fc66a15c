# Gathers a member's programs and libraries into one directory.
# shellcheck shell=bash disable=SC2154

shopt -s nullglob
mkdir -p "$out"
for program in "${programs[@]}"; do
  mkdir -p "$out/bin"
  cp --reflink=auto "$program/bin/"* "$out/bin/"
done
for index in "${!libraries[@]}"; do
  mkdir -p "$out/lib"
  for file in "${libraries[index]}"/*; do
    name=${file##*/}
    case $name in
      *.rlib | *.rmeta) ;;
      *) cp --reflink=auto "$file" "$out/lib/${name/"${libraryNames[index]}"/"${plainNames[index]}"}" ;;
    esac
  done
done

chmod --recursive u+w "$out"
# shellcheck source=share-libraries.sh
source "$shareLibraries"

# What was only needed to compile leaves no reference behind: its hash is overwritten where a text names it
# (`env!("CARGO_MANIFEST_DIR")`, `__FILE__` in C).
declare -A isNotWanted=()
for path in "${notWanted[@]}"; do
  name=${path#"$NIX_STORE/"}
  isNotWanted[${name:0:32}]=1
done
for file in "$out"/*/*; do
  found=()
  while IFS= read -r hash; do
    if [[ -n ${isNotWanted[$hash]:-} ]]; then found+=(--expression "s|$hash|eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee|g"); fi
  done < <(LC_ALL=C grep --text --only-matching --extended-regexp "$NIX_STORE/[0-9a-z]{32}-" "$file" | LC_ALL=C sed "s|^$NIX_STORE/||; s|-\$||" | sort --unique)
  if ((${#found[@]})); then
    LC_ALL=C sed --in-place "${found[@]}" "$file"
    if type -P codesign >/dev/null; then codesign --force --sign - "$file"; fi
  fi
done
