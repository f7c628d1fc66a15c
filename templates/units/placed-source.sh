# Puts a package at its place in the workspace, and over it what its build script has written there.
# shellcheck shell=bash disable=SC2154
place=$out
if [[ -z $dir && -n $workspacePath ]]; then place+=/$workspacePath; fi
mkdir -p "${place%/*}"
cp --recursive --no-target-directory --preserve=mode,timestamps "$src" "$place"
chmod --recursive u+w "$place"
if [[ -n $ownRun && -e $ownRun/src ]]; then
  cp --recursive --no-target-directory "$ownRun/src${ownRunDir:+/$ownRunDir}" "$place${dir:+/$dir}"
fi
