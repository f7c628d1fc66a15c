//! Stands in a build script's place in cargo's target directory: a file whose interpreter is this program (`warm-replay`). It
//! names what Nix has recorded of the script, and holds the call of rustc that compiles it. Its binary is needed only if a run
//! is not the one of Nix, so it is compiled then.
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{exit, Command};

use crate::call::{Arguments, Call};
use crate::record::{Index, Unit};
use crate::replay;

/// In the call, the directory that has those of all build scripts: a target directory may be moved.
const BASE: &str = "@base@";

pub fn stand_in(index: &Index, call: &Call, unit: &Unit) -> String {
    let words = std::iter::once(&call.rustc).chain(&call.words).map(String::as_str).collect::<Vec<_>>().join("\0");
    let words = match base_of(&call.file("", "")) {
        Some(base) => words.replace(&base, BASE),
        None => words,
    };
    format!("#!{}\n{}\n{words}", index.0.join("bin/warm-replay").display(), unit.folder().display())
}

/// The record of the script, and the call.
pub fn read(path: &Path) -> Option<(PathBuf, Vec<String>)> {
    let text = fs::read_to_string(path).ok()?;
    let [_, record, words] = text.splitn(3, '\n').collect::<Vec<_>>()[..] else { return None };
    let base = base_of(path).unwrap_or_default();
    Some((record.into(), words.split('\0').map(|word| word.replace(BASE, &base)).collect()))
}

fn base_of(stand_in: &Path) -> Option<String> {
    // target/debug, from target/debug/build/<package>/build-script-build
    stand_in.ancestors().nth(3).map(|base| base.to_string_lossy().into_owned()).filter(|base| base.len() > 1)
}

/// Runs the script itself.
pub fn run(stand_in: &Path, words: &[String], args: &[OsString]) -> ! {
    let program = compiled(stand_in);
    if !program.exists() {
        compile(&program, words);
    }
    let error = Command::new(&program).args(args).exec();
    eprintln!("warm-replay: {}: {error}", program.display());
    exit(1);
}

/// Before cargo has a script anew: no binary of an older one.
pub fn forget(stand_in: &Path) {
    let _ = fs::remove_file(compiled(stand_in));
}

fn compiled(stand_in: &Path) -> PathBuf {
    stand_in.with_file_name("build-script-compiled")
}

fn compile(program: &Path, words: &[String]) {
    let file = program.with_file_name(format!("build-script-compiled.{}", std::process::id()));
    let wrapper = env::var("WARM_RUSTC_OTHERWISE").ok().filter(|wrapper| !wrapper.is_empty());
    let mut call: Vec<&str> = wrapper.as_deref().into_iter().collect();
    let mut rest = words.iter().map(String::as_str).peekable();
    while let Some(word) = rest.next() {
        let next = rest.peek().copied().unwrap_or_default();
        if word == "--out-dir" || (word == "-C" && next.starts_with("extra-filename=")) {
            rest.next();
        // People read this: what rustc prints is what the script prints.
        } else if !["--emit=", "--error-format=", "--json="].iter().any(|flag| word.starts_with(flag)) {
            call.push(word);
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut command = Command::new(call[0]);
    command.args(&call[1..]).arg("--emit=link").arg("-o").arg(&file);
    command.env("CARGO_CRATE_NAME", Arguments::read(&words[1..]).krate);
    for (name, _) in env::vars().filter(|(name, _)| replay::is_for_scripts_only(name)) {
        command.env_remove(name);
    }
    let status = command.status().map_err(|error| format!("{}: {error}", call[0]));
    let finished = status.and_then(|status| match status.code() {
        Some(0) => fs::rename(&file, program).map_err(|error| format!("{}: {error}", program.display())),
        code => exit(code.unwrap_or(1)),
    });
    if let Err(why) = finished {
        eprintln!("warm-replay: {why}");
        exit(1);
    }
}
