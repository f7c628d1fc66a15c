# Sourced: where a package lies for those who work in it. As in its workspace, from whose directory cargo calls rustc, so
# that code, messages and tests see the paths that they know.
#
# src, dir: the source; isInWorkspace: it lies below the workspace's directory, at workspacePath
# archive: instead of src, a .crate file to be unpacked first, by the function in the file unpackArchive
# isWritten: it will be written to, so it must be a copy
# isPlaced: the source is that already (placed-source.nix)
# ownRun, ownRunDir: the build script's run, which may have written into the package
# Leaves the package's directory in `package`, and in `callFolder` the one from which cargo calls rustc.
# shellcheck shell=bash disable=SC2034,SC2154
if [[ -n ${archive:-} ]]; then
  # Code may have its package's path compiled in (openssl-src), so it is one that can last.
  src=$out/src
  # shellcheck source=../sources/unpack-archive.sh
  source "$unpackArchive"
  unpackArchive "$archive" "$src"
fi
changed=
if [[ -n $ownRun && -z ${isPlaced:-} && -e $ownRun/src ]]; then
  changed=$ownRun/src${ownRunDir:+/$ownRunDir}
  # Not all that tests read was there for the script.
  if [[ ${dir:-$workspacePath} == "$ownRunDir" && -e $changed/${rootFile:-.} && -z $isWritten ]]; then
    src=$ownRun/src dir=$ownRunDir changed=
  fi
fi
if [[ -n $isWritten || -n $changed ]]; then
  # A test may have its package's path compiled in, so what it reads lasts as long as it.
  place=$out/src
  if [[ -n $isWritten ]]; then place=$NIX_BUILD_TOP/workspace; fi
  if [[ -z $dir && -n $workspacePath ]]; then place+=/$workspacePath; fi
  mkdir -p "${place%/*}"
  cp --recursive --no-target-directory --preserve=mode,timestamps "$src" "$place"
  chmod --recursive u+w "$place"
  package=$place${dir:+/$dir}
  if [[ -n $changed ]]; then cp --recursive --no-target-directory "$changed" "$package"; fi
  callFolder=${package%"/$workspacePath"}
else
  package=$src${dir:+/$dir}
  callFolder=$package
  if [[ -n $isInWorkspace && -n $workspacePath ]]; then
    if [[ -n $dir ]]; then
      callFolder=${package%"/$workspacePath"}
    else
      callFolder=$NIX_BUILD_TOP/workspace
      place=$callFolder/$workspacePath
      mkdir -p "${place%/*}"
      ln -s "$package" "$place"
    fi
  fi
fi
if [[ -z $isInWorkspace || -z $workspacePath ]]; then callFolder=$package; fi
# Tests look for the workspace's directory above their own. Its manifest would run them again after each change of any
# package's dependencies, so another one stands in for it: it is found, and cargo can be asked there. A package whose own
# manifest is among its files is a member, unless that needs what only the workspace has.
if [[ -n $isWritten && -n $isInWorkspace && ! -e $callFolder/Cargo.toml ]]; then
  standIn=("# Stands in for the workspace's manifest." '[workspace]')
  if [[ -n $workspacePath && -e $package/Cargo.toml ]]; then
    key=members
    if [[ $(<"$package/Cargo.toml") =~ (path|workspace)[\"\']?[[:space:]]*= ]]; then key=exclude; fi
    quoted=${workspacePath//\\/\\\\}
    standIn+=("$key = [\"${quoted//\"/\\\"}\"]")
  fi
  printf '%s\n' "${standIn[@]}" >"$callFolder/Cargo.toml"
fi
