# Calls rustc for one unit. What only a build script's run can tell (-L, -l, cfgs, variables) is read from it here.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# Older Nix names a file that only lies outside of the sandbox.
if [[ ! -e ${NIX_ATTRS_SH_FILE:-} ]]; then NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh; fi
# shellcheck source=/dev/null
source "$NIX_ATTRS_SH_FILE"
export PATH=$toolPath
out=${outputs[out]}

# A build script that wrote into its package left the changed package behind.
if [[ -n $ownRun && -e $ownRun/src ]]; then src=$ownRun/src; fi
package=$src${dir:+/$dir}

variables=()
for name in "${!environment[@]}"; do variables+=("$name=${environment[$name]}"); done
variables+=("CARGO_MANIFEST_DIR=$package" "CARGO_MANIFEST_PATH=$package/Cargo.toml")

# Cargo's order: search paths in a script's own folder come before those of the system.
searchInside=()
searchOutside=()
readSearchPaths() {
  local run=$1 line
  while IFS= read -r line; do
    case ${line#*=} in
      "$run"/*) searchInside+=(-L "$line") ;;
      *) searchOutside+=(-L "$line") ;;
    esac
  done <"$run/link-search"
}

# Lines of `link-args`: the kind of target that an argument is for, a space, the argument.
linkArgs=()
readLinkArgs() {
  local run=$1 own=$2 wanted arg
  while read -r wanted arg; do
    case $wanted in
      all) ((own)) || continue ;;
      cdylib) [[ -n $isCdylib ]] || continue ;;
      bins | tests | benches | examples)
        case $own:$kind in
          1:bin) [[ $wanted == bins ]] || continue ;;
          1:test) [[ $wanted == tests ]] || continue ;;
          1:bench) [[ $wanted == benches ]] || continue ;;
          1:example) [[ $wanted == examples ]] || continue ;;
          *) continue ;;
        esac
        ;;
      bin=*) [[ $own:$kind:$targetName == "1:bin:${wanted#bin=}" ]] || continue ;;
    esac
    linkArgs+=(-C "link-arg=$arg")
  done <"$run/link-args"
}

libraries=() own=()
if [[ -n $ownRun ]]; then
  variables+=("OUT_DIR=$ownOutDir")
  readSearchPaths "$ownRun"
  if [[ -n $passLibraries ]]; then
    while IFS= read -r line; do libraries+=(-l "$line"); done <"$ownRun/link-lib"
  fi
  readLinkArgs "$ownRun" 1
  while IFS= read -r line; do own+=(--cfg "$line"); done <"$ownRun/cfg"
  while IFS= read -r line; do own+=(--check-cfg "$line"); done <"$ownRun/check-cfg"
  while IFS= read -r line; do variables+=("$line"); done <"$ownRun/env"
  own+=(--remap-path-prefix "$ownOutDir=$outLabel")
fi
for run in "${otherRuns[@]}"; do
  readSearchPaths "$run"
  readLinkArgs "$run" 0
done

for folder in "${libraryFolders[@]}"; do searchOutside+=(-L "native=$folder"); done

dependencies=()
for folder in "${dependencyDirs[@]}"; do dependencies+=(-L "dependency=$folder"); done
for name in "${!externs[@]}"; do
  stem=${externs[$name]}
  files=("$stem.rlib")
  # A cdylib beside it is for other languages.
  if [[ -n ${sharedExterns[$name]} ]]; then
    files+=("$stem".so "$stem".dylib "$stem".dll "${stem%/lib*}/${stem##*/lib}.dll")
  fi
  for file in "${files[@]}"; do
    if [[ -e $file ]]; then dependencies+=(--extern "$name=$file"); fi
  done
done
if [[ -n $isMacroCrate ]]; then dependencies+=(--extern proc_macro); fi

linker=()
if [[ -n ${namedLinker[name]:-} ]]; then
  found=${namedLinker[name]}
  # What rustc brings itself is on no path.
  if [[ $found != rust-lld ]] && ! type -P "$found" >/dev/null; then
    found=${namedLinker[otherwise]}
    echo "note: the linker ${namedLinker[name]} of .cargo/config.toml is not there, $found links" >&2
  fi
  linker=(-C "linker=$found")
fi

outDir=$out
if [[ -n $isProgram ]]; then outDir=$NIX_BUILD_TOP/out; fi
mkdir -p "$out" "$outDir"
cd "$package"
said=$NIX_BUILD_TOP/said
call=(env "${variables[@]}" "$rustc"
  --crate-name "$crateName" --edition "$edition" "$package/$rootFile"
  "${arguments[@]}" "${linker[@]}" --out-dir "$outDir" "${dependencies[@]}"
  "${searchInside[@]}" "${searchOutside[@]}" "${libraries[@]}" "${linkArgs[@]}" "${own[@]}"
  --remap-path-prefix "$package=$packageLabel" --remap-path-prefix "$NIX_BUILD_TOP=/build")
if [[ -z ${missingFile[hint]} ]]; then
  "${call[@]}"
else
  status=0
  "${call[@]}" 2>&1 | tee "$said" >&2 || status=$?
  if ((status)); then
    if [[ $(<"$said") =~ ${missingFile[pattern]} ]]; then echo "${missingFile[hint]}" >&2; fi
    exit "$status"
  fi
fi

# A program's file is named by its target, without the hash.
if [[ -n $isProgram ]]; then
  mkdir "$out/bin"
  for file in "$outDir/$fileName"*; do
    mv "$file" "$out/bin/$targetName${file#"$outDir/$fileName"}"
  done
fi
