# A compiler with more beside it than it came with: links to the compiler's files and to those of the parts.
# shellcheck shell=bash disable=SC2154

mkdir -p "$out/bin"
# Links what lies in a directory into another one. A directory that is there already is replaced by one with links.
merge() {
  local file place old
  for file in "$1"/*; do
    place=$2/${file##*/}
    if [[ ! -e $place ]]; then
      ln -s "$file" "$place"
    elif [[ -d $file && -d $place ]]; then
      if [[ -L $place ]]; then
        old=$(readlink "$place")
        rm "$place"
        mkdir "$place"
        merge "$old" "$place"
      fi
      merge "$file" "$place"
    fi
  done
}
for part in "$compiler" "${parts[@]}"; do merge "$part" "$out"; done

# A compiler takes the directory in which its own library really lies for the place of the standard libraries.
wrap() {
  local file=$out/bin/$1 real
  if [[ ! -e $file ]]; then return; fi
  real=$(readlink "$file")
  rm "$file"
  printf '#!%s\n%s\n' "$shell" "${2//REAL/"$real"}" >"$file"
  chmod +x "$file"
}
for program in rustc rustdoc; do
  # shellcheck disable=SC2016
  wrap "$program" 'for argument; do case $argument in --sysroot*) exec REAL "$@" ;; esac; done
exec REAL --sysroot '"$out"' "$@"'
done
# shellcheck disable=SC2016
wrap clippy-driver 'export SYSROOT=${SYSROOT:-'"$out"'}
exec REAL "$@"'
