# Sourced: what rustc, clippy and rustdoc are told of a unit that only the build can know: where files are, and what
# build scripts have said (-L, -l, cfgs, variables).
#
# Leaves callFolder (to be called from), root (the crate's file), variables, and as arguments dependencies, searchInside,
# searchOutside, libraries, linkArgs, linker, cfgs and remap.
# shellcheck shell=bash disable=SC2034,SC2154
# shellcheck source=place-package.sh
source "$placePackage"
root=$package/$rootFile
if [[ -n $isInWorkspace ]]; then root=${workspacePath:+$workspacePath/}$rootFile; fi

# A macro may call cargo, which keeps files in the home directory, and is to ask no network.
export HOME=$NIX_BUILD_TOP CARGO_NET_OFFLINE=true
if [[ -n ${vendor:-} ]]; then
  mkdir -p "$HOME/.cargo" "$HOME/rust"
  ln -s "$rustcOfCargo" "$HOME/rust/rustc"
  export PATH=$PATH:$HOME/rust
  cp "$vendor/config.toml" "$HOME/.cargo/config.toml"
fi

# Says what to do where the failure that a file tells of is that another file is not there. A linker is none of the
# package's files.
hintAtMissingFile() {
  if [[ $(<"$1") == *'error: linker `'*'` not found'* ]]; then return; fi
  if [[ -n ${missingFile[hint]} && $(<"$1") =~ ${missingFile[pattern]} ]]; then echo "${missingFile[hint]}" >&2; fi
}

# Where warnings are denied, rustc and rustdoc print JSON. Prints its text, and fails as cargo does if a lint is among the
# warnings, whatever has set the lint's level. Macros and wrappers may print other lines.
printMessages() {
  local line text level lints=0
  while IFS= read -r line; do
    if [[ $line != '{"$message_type":"diagnostic",'* ]]; then
      printf '%s\n' "$line"
      continue
    fi
    text=${line##*',"rendered":"'}
    printf '%b' "${text%'"}'}"
    level=${line#*',"level":"'}
    if [[ ${line#*',"code":'} == '{'* && $level == 'warning"'* ]]; then lints=$((lints + 1)); fi
  done
  if ((lints)); then
    echo "error: lint warnings in $packageId: $lints, and \`build.warnings\` in cargo's configuration denies them"
    return 1
  fi
}

variables=()
for name in "${!environment[@]}"; do variables+=("$name=${environment[$name]}"); done
# A test is the same whatever its programs do: so it looks for them where only its run has them.
for name in "${!programs[@]}"; do
  variables+=("CARGO_BIN_EXE_$name=/tmp/${out##*/}/${programs[$name]}")
done
variables+=("CARGO_MANIFEST_DIR=$package" "CARGO_MANIFEST_PATH=$package/Cargo.toml")

# Packages from elsewhere see nothing of the workspace, but one path all the same.
workspace=/build/workspace
if [[ -n $isInWorkspace ]]; then workspace=$callFolder; fi
for name in "${!envPlaces[@]}"; do
  variables+=("$name=$workspace${envPlaces[$name]}")
done

# Cargo's order: search paths in a script's own directory come before those of the system.
searchInside=()
searchOutside=()
runFolders=()
readSearchPaths() {
  local run=$1 line
  while IFS= read -r line; do
    case ${line#*=} in
      "$run"/*)
        searchInside+=(-L "$line")
        runFolders+=("${line#*=}")
        ;;
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

libraries=() cfgs=()
# Of several that fit, the last one counts.
remap=(--remap-path-prefix "$NIX_BUILD_TOP=/build")
if [[ -n $isInWorkspace ]]; then remap+=(--remap-path-prefix "$callFolder=/build/workspace"); fi
remap+=(--remap-path-prefix "$package=$packageLabel")
# Crates of the standard library read files of each other.
if [[ -n ${isStd:-} ]]; then remap+=(--remap-path-prefix "$src=library"); fi
if [[ -n $ownRun ]]; then
  variables+=("OUT_DIR=$ownOutDir")
  readSearchPaths "$ownRun"
  if [[ -n $passLibraries ]]; then
    while IFS= read -r line; do libraries+=(-l "$line"); done <"$ownRun/link-lib"
  fi
  readLinkArgs "$ownRun" 1
  while IFS= read -r line; do cfgs+=(--cfg "$line"); done <"$ownRun/cfg"
  while IFS= read -r line; do cfgs+=(--check-cfg "$line"); done <"$ownRun/check-cfg"
  while IFS= read -r line; do variables+=("$line"); done <"$ownRun/env"
  remap+=(--remap-path-prefix "$ownOutDir=$outLabel")
fi
for run in "${otherRuns[@]}"; do
  readSearchPaths "$run"
  readLinkArgs "$run" 0
done

for folder in "${libraryFolders[@]}"; do searchOutside+=(-L "native=$folder"); done

dependencies=()
for folder in "${dependencyDirs[@]}"; do dependencies+=(-L "dependency=$folder"); done
private=" ${privateExterns[*]} "
for name in "${!externs[@]}"; do
  stem=${externs[$name]}
  option=
  if [[ $private == *" $name "* ]]; then option=priv:; fi
  files=("$stem.rlib" "$stem.rmeta")
  # A cdylib beside it is for other languages.
  if [[ -n ${sharedExterns[$name]} ]]; then
    files+=("$stem".so "$stem".dylib "$stem".dll "${stem%/lib*}/${stem##*/lib}.dll")
  fi
  for file in "${files[@]}"; do
    if [[ -e $file ]]; then dependencies+=(--extern "$option$name=$file"); fi
  done
done
# Code gets at these only by name, as at those that come compiled.
for name in "${!stdExterns[@]}"; do
  for file in "${stdExterns[$name]}.rlib" "${stdExterns[$name]}.rmeta"; do
    if [[ -e $file ]]; then dependencies+=(--extern "noprelude,nounused:$name=$file"); fi
  done
done
if ((${#stdExterns[@]} + ${#privateExterns[@]})); then dependencies+=(-Z unstable-options); fi
if [[ -n $isMacroCrate ]]; then dependencies+=(--extern proc_macro); fi

# Shared libraries that proc macros are linked with, as rustc loads them (cargo's `add_plugin_deps`); those that a
# documentation test needs rustdoc hands on.
libraryPath=("${loadedFolders[@]}")
readLibraryPath() {
  local line
  while IFS= read -r line; do
    case ${line#*=} in "$1"/*) libraryPath+=("${line#*=}") ;; esac
  done <"$1/link-search"
}
for run in "${loadedRuns[@]}"; do readLibraryPath "$run"; done
if [[ -n $isRun ]]; then libraryPath+=("${runFolders[@]}"); fi
if ((${#libraryPath[@]})); then
  joined=$(IFS=: && echo "${libraryPath[*]}")
  variables+=("LD_LIBRARY_PATH=$joined" "DYLD_FALLBACK_LIBRARY_PATH=$joined")
fi

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
