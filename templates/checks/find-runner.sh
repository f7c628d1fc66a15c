# Sourced: the command that runs programs of the platform, in `runner`; empty: they run by themselves.
#
# runner: as cargo's configuration names it; emulator: nixpkgs' own, where there is no other
# triple, packageId: for messages
# Leaves isToldOfLibraries empty where programs must not be told of shared libraries.
# shellcheck shell=bash disable=SC2034,SC2154
read -ra otherRunner <<<"$emulator"
named=${runner[0]:-}
if ((${#runner[@]} == 0)); then runner=("${otherRunner[@]}"); fi
if ((${#runner[@]})); then
  if ! found=$(PATH=$PATH${otherRunner[0]:+:${otherRunner[0]%/*}} type -P "${runner[0]}"); then found=; fi
  if [[ -n $found ]]; then
    runner[0]=$found
  elif [[ -n $emulator ]]; then
    echo "note: the runner $named of .cargo/config.toml is not there, ${otherRunner[0]} runs the tests" >&2
    runner=("${otherRunner[@]}")
    # An emulator has libraries of its own.
    isToldOfLibraries=
  else
    cat >&2 <<END
error: the tests of $packageId are run by \`$named\`, as \`target.$triple.runner\` of .cargo/config.toml says, and there is no such program here.
  Name a package that has it in crateOverrides, as \`nativeCheckInputs\` of ${packageId%% *};
  or choose another command, or none, as \`targets."$triple".runner\` of what the argument \`toolchain\` of Cargo.nix gives.
END
    exit 1
  fi
  # A script's interpreter does not lie there where Nix builds.
  magic=
  read -rN 2 magic <"${runner[0]}" || :
  if [[ $magic == '#!' ]]; then
    read -r line <"${runner[0]}" || :
    read -ra interpreter <<<"${line#??}"
    if [[ ${interpreter[0]} == */env ]]; then interpreter=("${interpreter[@]:1}"); fi
    if [[ ${interpreter[0]} == -S ]]; then interpreter=("${interpreter[@]:1}"); fi
    if [[ ! -x ${interpreter[0]} ]]; then interpreter[0]=${interpreter[0]##*/}; fi
    found=$(type -P "${interpreter[0]}" || :)
    if [[ -n $found ]]; then runner=("$found" "${interpreter[@]:1}" "${runner[@]}"); fi
  fi
fi
