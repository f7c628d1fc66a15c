//! Stands in a build script's place in cargo's target directory: a shell script that asks `warm-replay` for the run of Nix. Where
//! that is not the run that cargo wants, or was collected with the shell, it compiles the script as cargo would have, and runs it.
use std::fs;
use std::path::Path;

use crate::call::Call;
use crate::record::{Index, Unit};

/// Variables that cargo sets when it runs a script, and not when it compiles one.
const OF_RUNS: &str = "OUT_DIR RUSTC RUSTDOC RUSTC_LINKER NUM_JOBS TARGET HOST OPT_LEVEL DEBUG PROFILE CARGO_ENCODED_RUSTFLAGS CARGO_MANIFEST_LINKS";
const ALSO_OF_RUNS: [&str; 3] = ["CARGO_FEATURE_", "CARGO_CFG_", "DEP_"];

pub fn stand_in(index: &Index, call: &Call, unit: &Unit) -> String {
    let file = call.file("", "");
    // A target directory may be moved. From target/debug/build/<package>/build-script-build:
    let base = file.ancestors().nth(3).map(|base| base.to_string_lossy().into_owned()).unwrap_or_default();
    let mut rustc = quoted(&call.rustc, &base);
    let mut words = call.words.iter().peekable();
    while let Some(word) = words.next() {
        if word == "--out-dir" || (word == "-C" && words.peek().is_some_and(|next| next.starts_with("extra-filename="))) {
            words.next();
        // People read this: what rustc prints is what the script prints.
        } else if !["--emit=", "--error-format=", "--json="].iter().any(|flag| word.starts_with(flag)) {
            rustc += &format!(" {}", quoted(word, &base));
        }
    }
    let also: Vec<String> = ALSO_OF_RUNS.iter().map(|prefix| format!("-e 's/^\\({prefix}[A-Za-z0-9_]*\\)=.*/\\1/p'")).collect();
    // Cargo may run a script twice at once. rustc names what it makes on the way by the output without what follows a dot.
    // Bash hands on variables of any name, such as CARGO_FEATURE_A.B.
    format!(
        r#"#!/usr/bin/env bash
# In place of a build script that Nix has run: the same run, or the script itself. See docs/warm-dependencies.md of cargo2nix-ts.
replay={replay}
if [ -x "$replay" ] && "$replay" {record}; then exit 0; fi
base=${{0%/*/*/*}} program=${{0%/*}}/build-script-compiled
if [ ! -e "$program" ]; then
  (
    unset {OF_RUNS} $(env | sed -n {also})
    export CARGO_CRATE_NAME={krate}
    exec ${{WARM_RUSTC_OTHERWISE:+"$WARM_RUSTC_OTHERWISE"}} {rustc} --emit=link -o "$program-$$"
  ) || exit
  mv -f "$program-$$" "$program" || exit
fi
exec "$program" "$@"
"#,
        replay = quoted(&index.0.join("bin/warm-replay").to_string_lossy(), ""),
        record = quoted(&unit.folder().to_string_lossy(), ""),
        krate = call.arguments.krate,
        also = also.join(" "),
    )
}

/// A word for a shell, with `$base` where it names that directory.
fn quoted(word: &str, base: &str) -> String {
    const MARK: &str = "\u{1}";
    let word = if base.len() > 1 { word.replace(base, MARK) } else { word.to_string() };
    format!("'{}'", word.replace('\'', "'\\''").replace(MARK, "'\"$base\"'"))
}

/// Before cargo has a script anew: no binary of an older one.
pub fn forget(stand_in: &Path) {
    let _ = fs::remove_file(stand_in.with_file_name("build-script-compiled"));
}
