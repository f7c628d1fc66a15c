# Sourced: installs the shared libraries that installed programs and libraries are linked with and that were made in this
# build (a `dylib` crate, a build script's library) or are Rust's own: in lib/, where the programs then look for them; DLLs
# beside the programs, where Windows looks. Those of packages are found where they lie.
# shellcheck shell=bash disable=SC2154
sharedFolders=("${dylibFolders[@]}")
for run in "${nativeRuns[@]}"; do
  while IFS= read -r line; do
    case ${line#*=} in "$run"/*) sharedFolders+=("${line#*=}") ;; esac
  done <"$run/link-search"
done
if ((${#askForRustLibraries[@]})); then sharedFolders+=("$("${askForRustLibraries[@]}")"); fi

declare -A shared=()
for folder in "${sharedFolders[@]}"; do
  for file in "$folder"/*.so "$folder"/*.so.* "$folder"/*.dylib "$folder"/*.dll; do
    if [[ -z ${shared[${file##*/}]:-} ]]; then shared[${file##*/}]=$file; fi
  done
done

# What a file is linked with, as it says it.
neededBy() {
  if [[ -n $isDarwin ]]; then
    "${toolPrefix}otool" -L "$1" | sed --silent 's/^[[:space:]]\(.*\) (compat.*/\1/p'
  else
    "${OBJDUMP:-objdump}" --private-headers "$1" 2>/dev/null | sed --silent 's/^ *NEEDED *//p; s/^.*DLL Name: *//p' || true
  fi
}

# Runs once all that it is linked with is installed: tells a file where.
lookInLib() {
  local file=$1 needed
  shift
  if [[ -n $isDarwin ]]; then
    for needed in "$@"; do
      "${toolPrefix}install_name_tool" -change "$needed" "@loader_path/../lib/${needed##*/}" "$file"
    done
    codesign --force --sign - "$file"
  elif [[ $file != *.exe && $file != *.dll ]]; then
    # shellcheck disable=SC2016
    patchelf --set-rpath '$ORIGIN/../lib'":$(patchelf --print-rpath "$file")" "$file"
  fi
}

installed=()
if ((${#shared[@]})); then installed=("$out"/bin/* "$out"/lib/*); fi
# It grows while it is walked.
for ((index = 0; index < ${#installed[@]}; index++)); do
  file=${installed[index]}
  found=()
  while IFS= read -r needed; do
    name=${needed##*/}
    if [[ -z ${shared[$name]:-} || $name == "${file##*/}" ]]; then continue; fi
    found+=("$needed")
    folder=$out/lib
    if [[ $name == *.dll ]]; then folder=$out/bin; fi
    if [[ ! -e $folder/$name ]]; then
      mkdir -p "$folder"
      cp --dereference --reflink=auto "${shared[$name]}" "$folder/$name"
      chmod u+w "$folder/$name"
      installed+=("$folder/$name")
    fi
  done < <(neededBy "$file")
  if ((${#found[@]})); then lookInLib "$file" "${found[@]}"; fi
done
