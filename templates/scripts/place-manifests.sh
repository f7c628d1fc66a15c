# Puts a package's source into a workspace of manifests. Manifests that are stood in for are replaced, and no target's code
# that is there.
# shellcheck shell=bash disable=SC2154
top=$out/workspace
source=$top
if [[ -z $isPlaced && -n $workspacePath ]]; then source+=/$workspacePath; fi
mkdir -p "${source%/*}"
cp --recursive --no-target-directory --preserve=mode,timestamps "$src" "$source"
chmod --recursive u+w "$top"
workspace=$top${place:+/$place}
if [[ -n $workspacePath ]]; then workspace=${workspace%"/$workspacePath"}; fi
cp --recursive --no-target-directory "$manifests" "$workspace"
chmod --recursive u+w "$workspace"
if [[ -n $lockfile ]]; then cp --no-preserve=mode "$lockfile" "$workspace/Cargo.lock"; fi
for file in "${targetFiles[@]}"; do
  if [[ $file == *../* ]]; then
    file=$(realpath --canonicalize-missing "$workspace/$file")
    if [[ $file != "$out"/* ]]; then continue; fi
  else
    file=$workspace/$file
  fi
  mkdir -p "${file%/*}"
  if [[ ! -e $file ]]; then : >"$file"; fi
done
