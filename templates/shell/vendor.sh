# Makes directory sources of cargo: a directory for each source, and in it one for each package, with links to its files.
# Packages of a repository are links into a copy of it, since they may read what is beside them in it.
# shellcheck shell=bash disable=SC2154

shopt -s dotglob nullglob
mkdir "$out"
echo "${configuration//@out@/"$out"}" >"$out/config.toml"

# The directory of a package in its repository, by its name.
isNamed() { sed -n '/^ *\[ *package *\]/,/^ *\[ *[^p]/p' "$1" | grep -q "^ *name *= *[\"']$2[\"']"; }
find_package() {
  local manifest
  if [[ -e $1/Cargo.toml ]] && isNamed "$1/Cargo.toml" "$2"; then echo "$1" && return; fi
  while IFS= read -r -d '' manifest; do
    if isNamed "$manifest" "$2"; then echo "${manifest%/*}" && return; fi
  done < <(find "$1" -name Cargo.toml -print0)
  echo "cargo2nix-ts: there is no package $2 in $1" >&2
  return 1
}
# The nearest directory above a package in the copy whose manifest is that of a workspace.
workspace_of() {
  local directory=$1
  while [[ $directory == "$copy"/* ]]; do
    directory=${directory%/*}
    if [[ -e $directory/Cargo.toml ]] && grep -q '^ *\[ *workspace' "$directory/Cargo.toml"; then
      echo "$directory"
      return
    fi
  done
}

links() {
  local file
  mkdir -p "$2"
  for file in "$1"/*; do
    if [[ ${file##*/} != .cargo-checksum.json ]]; then ln -s "$file" "$2/"; fi
  done
}

for package in "${packages[@]}"; do
  # Of empty fields `read` would make none between tabs.
  IFS='|' read -r number name version checksum repository place <<<"${package//$'\t'/|}"
  directory=$out/$number/$name-$version
  if [[ -z $repository ]]; then
    links "$place" "$directory"
    printf '{"files":{},"package":"%s"}' "$checksum" >"$directory/.cargo-checksum.json"
    continue
  fi
  # Cargo skips names that begin with a dot.
  copy=$out/.repositories/$number
  if [[ ! -e $copy ]]; then
    mkdir -p "$copy" "$out/$number"
    cp --recursive --no-target-directory "$repository" "$copy"
    chmod --recursive u+w "$copy"
  fi
  place=$(find_package "$copy/$place" "$name")
  ln -s "$place" "$directory"
  rm -f "$place/.cargo-checksum.json"
  echo '{"files":{},"package":null}' >"$place/.cargo-checksum.json"
  # What a manifest inherits cargo would look for above its name here.
  manifest=$place/Cargo.toml
  if grep -q 'workspace *= *true' "$manifest" && ! grep -q '^ *\[ *workspace' "$manifest"; then
    root=$(workspace_of "$place")
    sed --in-place '/^ *workspace *= *["'"'"']/d; s|^ *\[ *package *\].*|&\nworkspace = "'"$root"'"|' "$manifest"
  fi
done
