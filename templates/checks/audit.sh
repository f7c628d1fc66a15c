# Runs cargo-audit with a database that is there.
# shellcheck shell=bash disable=SC2154

export HOME=$NIX_BUILD_TOP CARGO_HOME=$NIX_BUILD_TOP/cargo-home
mkdir -p workspace/.cargo
cd workspace
cp "$lockfile" Cargo.lock
# cargo-audit reads it from the directory in which it is called.
if [[ -n $settings ]]; then cp "$settings" .cargo/audit.toml; fi
"$program" audit --no-fetch --db "$advisories" --file Cargo.lock "${arguments[@]}"
touch "$out"
