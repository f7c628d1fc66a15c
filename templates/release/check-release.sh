# Fails with all that is wrong with the programs of a target, their archives and their image.
# shellcheck shell=bash disable=SC2154
mkdir home
export HOME=$PWD/home
mistakes=0
wrong() { # TEXT [HINT]
  echo "error: $triple: $1" >&2
  if [[ -n ${2:-} ]]; then echo "  $2" >&2; fi
  mistakes=$((mistakes + 1))
}

# A little-endian number, or a big-endian one if that is how the file is written.
number() { # FILE OFFSET BYTES
  local byte value=0 order
  order=$(od --address-radix=n --format=u1 --skip-bytes="$2" --read-bytes="$3" "$1")
  if [[ -z ${isBigEndian:-} ]]; then order=$(printf '%s\n' $order | tac); fi
  for byte in $order; do value=$((value * 256 + byte)); done
  echo "$value"
}
bytes() { # FILE OFFSET BYTES, in hexadecimal
  od --address-radix=n --format=x1 --skip-bytes="$2" --read-bytes="$3" "$1" | tr --delete ' \n'
}

checkHeader() { # FILE NAME
  local actual start class
  isBigEndian=
  case $format in
    elf)
      if [[ $(bytes "$1" 0 4) != 7f454c46 ]]; then wrong "$2 is not an ELF file"; return; fi
      if [[ $(bytes "$1" 5 1) == 02 ]]; then isBigEndian=1; fi
      class=$(($(number "$1" 4 1) * 32))
      if [[ -n $bits && $class != "$bits" ]]; then wrong "$2 is a $class-bit program" "it must be one of $bits bits"; fi
      actual=$(number "$1" 18 2)
      checkLinkage "$1" "$2"
      ;;
    pe)
      if [[ $(bytes "$1" 0 2) != 4d5a ]]; then wrong "$2 is not a program for Windows"; return; fi
      start=$(number "$1" 60 4)
      if [[ $(bytes "$1" "$start" 4) != 50450000 ]]; then wrong "$2 has no PE header"; return; fi
      actual=$(number "$1" $((start + 4)) 2)
      ;;
    macho)
      if [[ $(bytes "$1" 0 4) != cffaedfe ]]; then wrong "$2 is not a Mach-O file of 64 bits"; return; fi
      actual=$(number "$1" 4 4)
      ;;
    *)
      if [[ $(bytes "$1" 0 4) != 0061736d ]]; then wrong "$2 is not a WebAssembly module"; fi
      return
      ;;
  esac
  if [[ -n $machine && $actual != "$machine" ]]; then
    wrong "$2 is for another processor than $architecture" "its header says $actual, instead of $machine"
  elif [[ $architecture/$variant == arm/v[56] ]]; then
    checkArm "$1" "$2"
  fi
}

readElf() {
  local program
  program=$(type -P "${toolPrefix}readelf" || type -P readelf)
  LC_ALL=C "$program" "$@"
}

checkLinkage() { # FILE NAME
  local interpreter needed
  interpreter=$(readElf --program-headers --wide "$1" | sed -n 's/.*\[Requesting program interpreter: \(.*\)\].*/\1/p' || :)
  needed=$(readElf --dynamic --wide "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' || :)
  if [[ -n $interpreter ]]; then
    wrong "$2 is linked dynamically: it needs the interpreter $interpreter" \
      "\`static = true\` in [workspace.metadata.cargo2nix.target.$triple] links it statically, or release for a musl target"
  fi
  if [[ -n $needed ]]; then wrong "$2 is linked dynamically: it needs ${needed//$'\n'/, }"; fi
}

# The attributes of all code in the program, which the linker has joined. Those of floating point do not count: unwinders save
# the registers of newer processors where there are some.
checkArm() { # FILE NAME
  local attributes cpu allowed='Pre-v4 v4 v4T v5T v5TE v5TEJ'
  if [[ $variant == v6 ]]; then allowed+=' v6 v6KZ v6K'; fi
  attributes=$(readElf --arch-specific "$1" || :)
  cpu=$(sed -n 's/^ *Tag_CPU_arch: //p' <<<"$attributes" | tail -n1)
  if [[ -z $allowsNewer && " $allowed " != *" $cpu "* ]]; then
    wrong "$2 has code for ARM${cpu:- of an unknown version}, which an ARM$variant does not run" \
      'some library in it, or its C compiler, is for newer processors; `check.newer-code` allows it where it is chosen at run time'
  fi
}

# References that were replaced by a row of e lead nowhere.
checkPaths() { # FILE NAME
  local found
  found=$(LC_ALL=C grep --text --only-matching --extended-regexp "$NIX_STORE/[0-9a-z]{32}-[[:alnum:]+._?=-]+" "$1" \
    | LC_ALL=C grep --invert-match --max-count=1 "/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-" || :)
  if [[ -n $found ]]; then
    wrong "$2 has a store path in it: $found" 'it is not there on other machines; `strings` shows where it is'
  fi
}

# Of qemu: a processor that has no more than what is promised.
case $architecture/$variant in
  arm/v6) export QEMU_CPU=arm1176 ;;
  arm/v5) export QEMU_CPU=arm926 ;;
esac
# The command that runs programs of the platform, in `runner`.
if [[ " ${isStarted[*]} " == *' 1 '* ]]; then
  isToldOfLibraries=
  # shellcheck source=/dev/null
  source "$findRunner"
fi
start() { # NAME COMMAND...
  local name=$1 status=0
  shift
  "$@" </dev/null >output 2>&1 || status=$?
  if ((status)); then
    wrong "$name ends with exit code $status, started as: ${*/#"$PWD/"/}" \
      '`check.arguments` in [workspace.metadata.cargo2nix.release] says with which arguments it succeeds; its output was:'
    tail -n20 output | sed 's/^/  | /' >&2
  fi
}

for index in "${!files[@]}"; do
  file=${files[index]}
  program=$programs/$file
  checkHeader "$program" "$file"
  checkPaths "$program" "$file"
done
# What is for another processor would only fail again.
if ((mistakes)); then exit 1; fi

for index in "${!files[@]}"; do
  if [[ -z ${isStarted[index]} ]]; then continue; fi
  eval "arguments=(${starts[index]})"
  start "${files[index]}" "${runner[@]}" "$programs/${files[index]}" "${arguments[@]}"
done

checkSame() { # FILE NAME, of a copy
  if ! cmp --quiet "$1" "$programs/${1##*/}"; then wrong "$2 has another ${1##*/}"; fi
}
for archive in ${archives:+"$archives"/*}; do
  mkdir unpacked
  case $archive in
    *.zip) (cd unpacked && unzip -q "$archive") ;;
    *.tar.zst) zstd --decompress --stdout --quiet "$archive" | tar --extract --directory=unpacked ;;
    *) tar --extract --gzip --file="$archive" --directory=unpacked ;;
  esac
  for file in "${files[@]}"; do
    checkSame unpacked/*/bin/"$file" "${archive##*/}"
  done
  rm -rf unpacked
done
if [[ -n $image ]]; then
  # shellcheck source=check-image.sh
  source "$checkImage"
fi
if ((mistakes)); then exit 1; fi
for test in "${tests[@]}"; do echo "tests passed: $test"; done >"$out"
