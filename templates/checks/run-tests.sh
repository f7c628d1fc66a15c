# Runs test programs one after the other, all of them even if one fails.
# shellcheck shell=bash disable=SC2154

# Tests write beside their sources, into their home and into cargo's directory for that.
# shellcheck source=place-package.sh
source "$placePackage"
mkdir -p "$NIX_BUILD_TOP/home" "${temporaryFolders[@]}"
# Where a test was told to look for programs (unit-inputs.sh).
programFolders=()
for test in "${integrationTests[@]}"; do
  if ((${#programs[@]})); then programFolders+=("/tmp/${test##*/}"); fi
done
trap 'rm -rf "${temporaryFolders[@]}" "${programFolders[@]}"' EXIT
for folder in "${programFolders[@]}"; do
  rm -rf "$folder"
  mkdir "$folder"
  ln -s "${programs[@]}" "$folder"
done

# Who runs cargo has it and rustc on the path.
mkdir "$NIX_BUILD_TOP/rust"
ln -s "$rustc" "$NIX_BUILD_TOP/rust/rustc"
ln -s "${environment[CARGO]}" "$NIX_BUILD_TOP/rust/cargo"
export PATH=$PATH:$NIX_BUILD_TOP/rust
if [[ -n $vendor ]]; then
  mkdir "$NIX_BUILD_TOP/home/.cargo"
  cp "$vendor/config.toml" "$NIX_BUILD_TOP/home/.cargo/config.toml"
fi

# Where cargo has them, for tests that look for programs beside themselves.
targetFolder=$callFolder/$profileFolder
if ((${#programs[@]})); then
  mkdir -p "$targetFolder/deps"
  ln --symbolic --force "${programs[@]}" "$targetFolder"
fi

variables=("HOME=$NIX_BUILD_TOP/home" CARGO_NET_OFFLINE=true)
# Insta would ask cargo for the workspace in which the test was compiled, which was another directory.
if [[ -n $usesInsta ]]; then variables+=("INSTA_WORKSPACE_ROOT=$callFolder"); fi
for name in "${!environment[@]}"; do variables+=("$name=${environment[$name]}"); done
variables+=("CARGO_MANIFEST_DIR=$package" "CARGO_MANIFEST_PATH=$package/Cargo.toml")
for name in "${!envPlaces[@]}"; do variables+=("$name=$callFolder${envPlaces[$name]}"); done
if [[ -n $ownRun ]]; then
  variables+=("OUT_DIR=$ownOutDir")
  while IFS= read -r line; do variables+=("$line"); done <"$ownRun/env"
fi
# shellcheck source=find-runner.sh
source "$findRunner"
# Where cargo lets programs find shared libraries: those that build scripts made, those of Rust, and the compiler's own.
if [[ -n $isToldOfLibraries ]]; then
  libraries=("${loadedFolders[@]}")
  for run in "${linkedRuns[@]}"; do
    while IFS= read -r line; do
      case ${line#*=} in "$run"/*) libraries+=("${line#*=}") ;; esac
    done <"$run/link-search"
  done
  libraries+=("$("$rustc" --print target-libdir "${libraryArgs[@]}")")
  if ((${#libraryArgs[@]} == 0)); then libraries+=("$("$rustc" --print sysroot)/lib"); fi
  joined=$(IFS=: && echo "${libraries[*]}")
  variables+=("LD_LIBRARY_PATH=$joined" "DYLD_FALLBACK_LIBRARY_PATH=$joined")
fi

failed=()
said=$NIX_BUILD_TOP/said
cd "$package"
runTest() {
  local program
  for program in "$1/bin/"*; do
    echo "running $program" >&2
    if ((${#programs[@]})); then
      cp --reflink=auto "$program" "$targetFolder/deps"
      program=$targetFolder/deps/${program##*/}
    fi
    # through a pipe, so that what is said is not meant for a terminal
    { env "${variables[@]}" "${runner[@]}" "$program" 2>&1 | tee --append "$said" >&2; } ||
      failed+=("${program##*/}")
  done
}
for test in "${tests[@]}"; do runTest "$test"; done
for test in "${integrationTests[@]}"; do
  for name in "${!programFiles[@]}"; do
    variables+=("CARGO_BIN_EXE_$name=/tmp/${test##*/}/${programFiles[$name]}")
  done
  runTest "$test"
done
if ((${#failed[@]})); then
  echo "error: tests of $packageId failed: ${failed[*]}" >&2
  if [[ -n ${missingFile[hint]} && $(<"$said") =~ ${missingFile[pattern]} ]]; then
    echo "${missingFile[hint]}" >&2
  fi
  exit 1
fi
mkdir "$out"
