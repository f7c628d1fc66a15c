# Calls rustc for one unit, or clippy.
# shellcheck shell=bash disable=SC2154

# shellcheck source=unit-inputs.sh
source "$unitInputs"

# The compiler's libraries are not where clippy lies.
if ((${#program[@]} > 1)); then variables+=("SYSROOT=$("${program[1]}" --print sysroot)"); fi

# rustc generates code with as many threads as Nix grants, by the protocol that it knows from cargo and make. Without it
# would take up to 32. What it makes does not depend on them.
cores=${NIX_BUILD_CORES:-1}
if ((cores == 0)); then cores=$(nproc); fi
# An interface generates no code.
if [[ -n $isInterface ]]; then cores=1; fi
# On Linux a pipe can be opened both ways; elsewhere it must have a name.
if [[ $OSTYPE == linux* ]]; then exec {jobs}<> <(:); else
  mkfifo "$NIX_BUILD_TOP/jobs"
  exec {jobs}<>"$NIX_BUILD_TOP/jobs"
fi
printf '%*s' "$((cores - 1))" '' >&"$jobs"
variables+=("CARGO_MAKEFLAGS=-j --jobserver-fds=$jobs,$jobs --jobserver-auth=$jobs,$jobs")

outDir=$out
if [[ -n $isProgram || -n $isInterface ]]; then outDir=$NIX_BUILD_TOP/out; fi
# An unpacked archive is there already.
if [[ ! -d $out || ! -d $outDir ]]; then mkdir -p "$out" "$outDir"; fi
cd "$callFolder"
said=$NIX_BUILD_TOP/said
call=(env "${variables[@]}" "${program[@]}"
  --crate-name "$crateName" --edition "$edition" "$root"
  "${arguments[@]}" "${linker[@]}" --out-dir "$outDir" "${dependencies[@]}"
  "${searchInside[@]}" "${searchOutside[@]}" "${libraries[@]}" "${linkArgs[@]}" "${cfgs[@]}" "${remap[@]}")
asPrinted=cat
if [[ -n $deniesWarnings ]]; then
  call+=(--error-format=json)
  asPrinted=printMessages
fi
# The metadata is whole as soon as it is there, since rustc renames it into place: the rest is for the library's own
# derivation, which also prints the warnings.
makeInterface() {
  local metadata=$outDir/lib$fileName.rmeta messages=$NIX_BUILD_TOP/messages rustc status=0
  # In a process group of its own: whatever wraps rustc leaves nothing behind.
  set -m
  "$@" >"$messages" 2>&1 &
  rustc=$!
  set +m
  while [[ ! -e $metadata ]] && kill -0 "$rustc" 2>/dev/null; do read -r -t 0.01 -u "$jobs" || true; done
  if [[ -e $metadata ]]; then
    kill -KILL -- "-$rustc" 2>/dev/null || true
    wait "$rustc" 2>/dev/null || true
    # Lints come before code.
    if [[ -n $deniesWarnings ]]; then printMessages <"$messages" >&2 || status=$?; fi
    mv "$metadata" "$out/"
  else
    wait "$rustc" || status=$?
    "$asPrinted" <"$messages" >&2 || status=$?
    if ((status == 0)); then
      echo "error: rustc made no metadata of $packageId" >&2
      status=1
    fi
  fi
  return "$status"
}
if [[ -n $isInterface ]]; then call=(makeInterface "${call[@]}"); fi
hintAtInterfaces() {
  if [[ $(<"$1") == *'error[E0460]'* ]]; then
    echo 'note: the interface of a library differs from the library itself. Each was compiled on its own, and rustc did not make the same of both: a proc macro or a build script may read the time, a random number or its own path. Leave the crate that the error names out of `interfaces`:

    [workspace.metadata.cargo2nix]
    interfaces = ["another-crate"]   # or "none"' >&2
  fi
}
if [[ -n $keepsFindings ]]; then
  status=0
  "${call[@]}" --error-format=json 2>"$out/findings.json" || status=$?
  # A denied lint is a finding as any other; what clippy cannot tell of is none.
  if ((status)) && [[ $(<"$out/findings.json") != *'"level":"error"'* ]]; then
    cat "$out/findings.json" >&2
    exit "$status"
  fi
  # Of a build script it has made a program, too, if nothing was denied.
  rm --force "$out/"*"$fileName"*
  exit
# What links must not depend on whether there are interfaces, so each of these looks for that error.
elif [[ -z ${missingFile[hint]} && -n $dropsMetadata$isInterface && -z $deniesWarnings ]]; then
  "${call[@]}"
else
  status=0
  "${call[@]}" 2>&1 | "$asPrinted" | tee "$said" >&2 || status=$?
  if ((status)); then
    hintAtMissingFile "$said"
    hintAtInterfaces "$said"
    exit "$status"
  fi
fi

leftovers=()
# What rustc read of its package and of the environment, for who wants to know whether it would read the same again:
# hashes of files, and variables. Neither names a place in the store.
if [[ -n $isRecorded ]]; then
  record=${outputs[record]:-$out}
  mkdir -p "$record"
  files=()
  while IFS= read -r line; do
    case $line in
      '# env-dep:CARGO='* | '# env-dep:OUT_DIR='* | '# env-dep:CARGO_MANIFEST_DIR='* | '# env-dep:CARGO_MANIFEST_PATH='*) ;;
      '# env-dep:'*)
        line=${line#'# env-dep:'}
        line=${line//"$ownOutDir"/@OUT_DIR@}
        echo "${line//"$package"/@PACKAGE@}"
        ;;
      *:)
        line=${line//\\ / }
        line=${line%:}
        if [[ -z $ownOutDir || $line != "$ownOutDir"/* ]]; then files+=("${line#"$package"/}"); fi
        ;;
    esac
  done <"$outDir/$fileName.d" >"$record/read-variables"
  (cd "$package" && cksum --algorithm=blake2b --length=256 --untagged --zero -- "${files[@]}" >"$record/read-files")
  leftovers+=("$outDir/$fileName.d")
fi

# It is in the library, too.
if [[ -n $dropsMetadata ]]; then leftovers+=("$out/lib$fileName.rmeta"); fi

# What nobody can find by the library's own text is not needed any more.
if [[ -n $archive ]] && ! grep --quiet --fixed-strings "$out/src" "$out"/lib*; then leftovers+=("$out/src"); fi
if ((${#leftovers[@]})); then rm -rf "${leftovers[@]}"; fi

# A program's file is named by its target, without the hash.
if [[ -n $isProgram ]]; then
  mkdir "$out/bin"
  for file in "$outDir/$fileName"*; do
    mv "$file" "$out/bin/$targetName${file#"$outDir/$fileName"}"
  done
fi
