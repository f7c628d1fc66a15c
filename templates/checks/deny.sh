# Runs cargo-deny where cargo finds the workspace's manifests, and all packages on disk.
# shellcheck shell=bash disable=SC2154

export HOME=$NIX_BUILD_TOP CARGO_HOME=$NIX_BUILD_TOP/cargo-home
mkdir "$CARGO_HOME"
cp "$vendor/config.toml" "$CARGO_HOME/config.toml"
# Deep enough for members beside it.
mkdir -p 1/2/3/4/5/6/7
cd 1/2/3/4/5/6/7
place() {
  cp --recursive --no-target-directory "$1" workspace
  chmod --recursive u+w workspace
}
place "$manifests"
place "$texts"
cp --no-preserve=mode "$lockfile" workspace/Cargo.lock
cd workspace
for path in "${!others[@]}"; do
  mkdir -p "$path"
  cp --no-preserve=mode "${others[$path]}" "$path/Cargo.toml"
done
# Cargo checks that these exist.
for file in "${targetFiles[@]}"; do
  mkdir -p "$(dirname "$file")"
  if [[ ! -e $file ]]; then touch "$file"; fi
done
"$program" --offline --locked --workspace check "${arguments[@]}" "${checks[@]}"
touch "$out"
