# Runs a build script as cargo does and reads what it prints (cargo's `BuildOutput::parse`).
#
# The output's files: OUT_DIR in target/, src/ (the package, if the script wrote into it or names it), and by lines
# link-search, link-lib, link-args, cfg, check-cfg, env, metadata. What cargo in a shell needs to say the same again is in
# another output (templates/shell/warm-rustc).
# shellcheck shell=bash disable=SC2154

# The time of a build is another one each time; stdenv has the same for all.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}

# A script may call cargo, which keeps files in the home directory, and is to ask no network.
export HOME=$NIX_BUILD_TOP/home
mkdir -p "$HOME/.cargo"
printf '[net]\noffline = true\n' >"$HOME/.cargo/config.toml"
if [[ -n $vendor ]]; then cat "$vendor/config.toml" >>"$HOME/.cargo/config.toml"; fi

# A script may write beside its Cargo.toml, and may name files of its package in what it prints or generates:
# so it runs in a copy, at a path that lasts, where the package has its place in the workspace.
place=$out/src
if [[ -z $dir && -n $workspacePath ]]; then place+=/$workspacePath; fi
mkdir -p "$out/$outDir" "$NIX_BUILD_TOP/rust" "${place%/*}"
cp --recursive --no-target-directory --preserve=mode,timestamps "$src" "$place"
chmod --recursive u+w "$place"
package=$place${dir:+/$dir}
workspace=$package
if [[ -n $workspacePath ]]; then workspace=${package%"/$workspacePath"}; fi

# Nix's word for all cores is 0.
cores=${NIX_BUILD_CORES:-1}
if ((cores == 0)); then cores=$(nproc); fi

# Who runs cargo has it and rustc on the path, and some scripts ask them for their versions (shadow-rs).
ln -s "${environment[RUSTC]}" "$NIX_BUILD_TOP/rust/rustc"
ln -s "${environment[CARGO]}" "$NIX_BUILD_TOP/rust/cargo"
export PATH=$PATH:$NIX_BUILD_TOP/rust

variables=()
for name in "${!environment[@]}"; do variables+=("$name=${environment[$name]}"); done
variables+=(
  "OUT_DIR=$out/$outDir"
  "CARGO_MANIFEST_DIR=$package"
  "CARGO_MANIFEST_PATH=$package/Cargo.toml"
  "NUM_JOBS=$cores"
)

for name in "${!envPlaces[@]}"; do variables+=("$name=$workspace${envPlaces[$name]}"); done

# The platform's cfgs; those with several values are joined. The profile decides on debug_assertions.
# A name may stand alone before its values: nightly's `target_has_atomic`.
declare -A cfgs=([feature]=$features) hasValues=([feature]=$features)
if [[ -n $debugAssertions ]]; then cfgs[debug_assertions]=; fi
while IFS= read -r line; do
  key=${line%%=*}
  if [[ $key == debug_assertions ]]; then continue; fi
  value='' isValue=''
  if [[ $line == *=* ]]; then
    value=${line#*=\"} isValue=1
    value=${value%\"}
    if [[ -n ${hasValues[$key]:-} ]]; then value=${cfgs[$key]},$value; fi
  fi
  cfgs[$key]=$value hasValues[$key]=$isValue
done <"$cfg"
envify() { local name=${1^^} && echo "${name//-/_}"; }
for key in "${!cfgs[@]}"; do variables+=("CARGO_CFG_$(envify "$key")=${cfgs[$key]}"); done

for links in "${!dependencyRuns[@]}"; do
  while IFS= read -r line; do
    variables+=("DEP_$(envify "$links")_$(envify "${line%%=*}")=${line#*=}")
  done <"${dependencyRuns[$links]}/metadata"
done

# Where the script, and what it calls, finds shared libraries: those of Rust, and those that other scripts have made
# (cargo's `fill_env`, `add_plugin_deps`).
loaderVariable=LD_LIBRARY_PATH
if [[ $OSTYPE == darwin* ]]; then
  loaderVariable=DYLD_FALLBACK_LIBRARY_PATH
  export DYLD_FALLBACK_LIBRARY_PATH=${DYLD_FALLBACK_LIBRARY_PATH:-$HOME/lib:/usr/local/lib:/usr/lib}
fi
libraries=("${loadedFolders[@]}")
# Those of Rust would be of another standard library.
if [[ -z ${compilesStd:-} ]]; then libraries+=("$("$hostRustc" --print target-libdir)"); fi
inherited=${environment[$loaderVariable]:-${!loaderVariable:-}}
if [[ -n $inherited ]]; then libraries+=("$inherited"); fi
for run in "${loadedRuns[@]}"; do
  while IFS= read -r line; do
    case ${line#*=} in "$run"/*) libraries+=("${line#*=}") ;; esac
  done <"$run/link-search"
done
variables+=("$loaderVariable=$(IFS=: && echo "${libraries[*]}")")

# In the store all times are alike, so what is newer was written by the script.
parent=${place%/*}
while [[ $parent != "$out" && $parent == "$out"/* ]]; do
  touch --date=@1 "$parent"
  parent=${parent%/*}
done

said=$NIX_BUILD_TOP/said
cd "$package"
eval "${hooks[before]}"
status=0
complaints=$NIX_BUILD_TOP/complaints
(cd "$package" && exec env "${variables[@]}" "$buildScript") 2>&1 >"$said" | tee "$complaints" >&2 || status=$?
if ((status)); then
  cat "$said" >&2
  echo "error: the build script of $packageId failed with exit status $status; what it printed stands above" >&2
  if [[ -n ${missingFile[hint]} && $(cat "$said" "$complaints") =~ ${missingFile[pattern]} ]]; then
    echo "${missingFile[hint]}" >&2
  fi
  exit 1
fi

eval "${hooks[after]}"

# Where it ran, the files of its package, what it was given, what of its environment it asks to be run again for, and what it
# printed. NUL ends what may have any letter. The @ in the source's path hides it from Nix, which would keep the source.
write_record() {
  local record=$1 line name hidden=${src#"$NIX_STORE/"}
  hidden=$NIX_STORE/${hidden:0:8}@${hidden:8}
  mkdir "$record"
  printf '%s\n' "$out/$outDir" "$package" "$hidden${dir:+/$dir}" "$workspace" "$scriptRecord" >"$record/places"
  (cd "$src/$dir" && find . -type f -printf '%P\0' | sort --zero-terminated \
    | xargs --null --no-run-if-empty cksum --algorithm=blake2b --length=256 --untagged --zero --) >"$record/files"
  printf '%s\0' "${variables[@]}" >"$record/given"
  cp "$said" "$record/said"
  local -A present=()
  while IFS= read -r -d '' line; do present[${line%%=*}]=${line#*=}; done < <(env --null "${variables[@]}")
  while IFS= read -r line; do
    case $line in
      cargo:rerun-if-env-changed=* | cargo::rerun-if-env-changed=*)
        name=${line#*rerun-if-env-changed=}
        if [[ -n ${present[$name]+set} ]]; then name+="=${present[$name]}"; fi
        printf '%s\0' "$name"
        ;;
    esac
  done <"$said" >"$record/asked"
}
if [[ -n ${outputs[record]:-} ]]; then write_record "${outputs[record]}"; fi

invalid() {
  echo "error: invalid output of the build script of $packageId: $1" >&2
  exit 1
}
cd "$out"
touch link-search link-lib link-args cfg check-cfg env metadata

readFlags() {
  local flags flag value index=0
  read -ra flags <<<"$1"
  while ((index < ${#flags[@]})); do
    flag=${flags[index]:0:2} value=${flags[index]:2}
    if [[ -z $value ]]; then
      index=$((index + 1))
      if ((index == ${#flags[@]})); then invalid "a flag of rustc-flags has no value: $1"; fi
      value=${flags[index]}
    fi
    case $flag in
      -l) echo "$value" >>link-lib ;;
      -L) echo "$value" >>link-search ;;
      *) invalid "only -l and -L are allowed in rustc-flags: $1" ;;
    esac
    index=$((index + 1))
  done
}

# Whether a text is UTF-8: cargo skips lines that are not.
isText() {
  local LC_ALL=C
  local more=$'[\x80-\xbf]'
  local sequence=$'[\x01-\x7f]|[\xc2-\xdf]'$more$'|\xe0[\xa0-\xbf]'$more$'|[\xe1-\xec\xee\xef]'$more$more
  sequence+=$'|\xed[\x80-\x9f]'$more$'|\xf0[\x90-\xbf]'$more$more$'|[\xf1-\xf3]'$more$more$more$'|\xf4[\x80-\x8f]'$more$more
  [[ $1 != *[$'\x80'-$'\xff']* || $1 =~ ^($sequence)*$ ]]
}

reserved=' rustc-flags rustc-link-lib rustc-link-search rustc-link-arg-cdylib rustc-cdylib-link-arg
  rustc-link-arg-bins rustc-link-arg-bin rustc-link-arg-tests rustc-link-arg-benches rustc-link-arg-examples
  rustc-link-arg rustc-cfg rustc-check-cfg rustc-env warning rerun-if-changed rerun-if-env-changed '
failed=
while IFS= read -r line || [[ -n $line ]]; do
  if ! isText "$line"; then continue; fi
  line=${line#"${line%%[![:space:]]*}"}
  line=${line%"${line##*[![:space:]]}"}
  case $line in
    cargo::*=*) directive=${line#cargo::} ;;
    cargo:*=*)
      directive=${line#cargo:}
      if [[ $reserved != *[[:space:]]"${directive%%=*}"[[:space:]]* ]]; then directive=metadata=$directive; fi
      ;;
    cargo:*) invalid "$line (expected KEY=VALUE)" ;;
    *) continue ;;
  esac
  key=${directive%%=*}
  value=${directive#*=}
  case $key in
    rustc-flags) readFlags "$value" ;;
    rustc-link-lib) echo "$value" >>link-lib ;;
    rustc-link-search) echo "$value" >>link-search ;;
    rustc-link-arg) echo "all $value" >>link-args ;;
    rustc-link-arg-cdylib | rustc-cdylib-link-arg) echo "cdylib $value" >>link-args ;;
    rustc-link-arg-bin)
      if [[ $value != *=* ]]; then invalid "$line (expected rustc-link-arg-bin=BIN=ARG)"; fi
      echo "bin=${value%%=*} ${value#*=}" >>link-args
      ;;
    rustc-link-arg-bins | rustc-link-arg-tests | rustc-link-arg-benches | rustc-link-arg-examples)
      echo "${key#rustc-link-arg-} $value" >>link-args
      ;;
    rustc-cfg) echo "$value" >>cfg ;;
    rustc-check-cfg) echo "$value" >>check-cfg ;;
    rustc-env)
      if [[ $value != *=* ]]; then invalid "$line (expected rustc-env=NAME=VALUE)"; fi
      if [[ $value == RUSTC_BOOTSTRAP=* ]]; then invalid "$line (a build script must not set RUSTC_BOOTSTRAP)"; fi
      echo "$value" >>"env"
      ;;
    metadata)
      if [[ $value != *=* ]]; then invalid "$line (expected KEY=VALUE)"; fi
      echo "$value" >>metadata
      ;;
    warning) echo "warning: $packageId: $value" >&2 ;;
    error)
      echo "error: $packageId: $value" >&2
      failed=1
      ;;
    rerun-if-changed | rerun-if-env-changed) ;;
    *) invalid "$line (unknown key)" ;;
  esac
done <"$said"
if [[ -n $failed ]]; then exit 1; fi

# What probes leave behind: autocfg's have random names, those that rustc reads from its input hold a hash of the path.
rm -rf "$outDir"/autocfg_* "$outDir"/librust_out.rmeta
# What the store cannot hold: sockets, named pipes, devices.
find "$out" ! -type f ! -type d ! -type l -delete

# Whether the package is part of what was made: it was written to, or is named by a file or a link.
isSourceUsed() {
  local link
  if [[ -n $(find src -newermt @86400 -print -quit) ]]; then return; fi
  if grep --recursive --quiet --fixed-strings "$out/src" target; then return; fi
  while IFS= read -r -d '' link; do
    case $(readlink --canonicalize-missing "$link") in "$out/src" | "$out/src"/*) return ;; esac
  done < <(find target -type l -print0)
  return 1
}
if ! isSourceUsed; then
  lists=(link-search link-lib link-args cfg check-cfg env metadata)
  sed --in-place "s|$place|$src|g" "${lists[@]}"
  # What lies beside the package in this tree is in no other.
  if ! grep --quiet --fixed-strings "$out/src" "${lists[@]}"; then rm -rf src; fi
fi
