//! Stands in rustc's place (RUSTC_WRAPPER): what Nix has compiled from the same source, with the same arguments, compiler and
//! dependencies is put where cargo wants it; everything else is rustc's. As `warm-replay` it is called by what stands for a
//! build script (script.rs, replay.rs).
//!
//! It never guesses: what it does not know, or does not find equal, is a miss, and a miss is an ordinary call of rustc. What
//! must be equal, and why, is in docs/warm-dependencies.md; same.rs has the stages in their order.
//!
//! WARM_RUSTC_OTHERWISE names a wrapper to be called on a miss, WARM_RUSTC_LOG a file that gets a line for each call,
//! WARM_RUSTC_ENVIRONMENT one with the variables that the shell itself sets.
mod blake2;
mod call;
mod inputs;
mod metadata;
mod place;
mod record;
mod replay;
mod same;
mod script;
mod stamp;

use std::cmp::Reverse;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{exit, Command};
use std::time::Instant;

use call::Call;
use record::{Index, Miss};

fn main() {
    let started = Instant::now();
    let mut args = env::args_os();
    let me = PathBuf::from(args.next().unwrap_or_default());
    let args: Vec<OsString> = args.collect();
    let index = Index(me.parent().and_then(Path::parent).unwrap_or(Path::new("")).to_path_buf());
    if me.file_name().is_some_and(|name| name == "warm-replay") {
        replay::main(&index, &args, started);
    }
    if let Some(call) = compilation(&args) {
        let what = format!("{} {}", call.package, call.arguments.krate);
        let (kind, why) = match same::may_be_answered(&call) {
            Err(why) => ("plain", why),
            Ok(()) => match answer(&index, &call) {
                Ok(()) => {
                    log("hit", &what, started);
                    exit(0);
                }
                Err(why) => ("miss", why),
            },
        };
        place::forget(&call);
        log(kind, &format!("{what}: {why}"), started);
    }
    otherwise(&args)
}

/// The call, if it compiles a crate: cargo also asks for versions and cfgs, and calls wrappers of its own.
fn compilation(args: &[OsString]) -> Option<Call> {
    let words: Vec<&str> = args.iter().map(|word| word.to_str()).collect::<Option<_>>()?;
    match words[..] {
        [_, "--crate-name", "___", ..] => None,
        [rustc, "--crate-name", ..] => Some(Call::read(rustc, &words[1..])),
        _ => None,
    }
}

/// Takes the first of the recorded units that is the one asked for.
fn answer(index: &Index, call: &Call) -> Miss<()> {
    let records = index.units_of(&call.package, &call.arguments.krate)?;
    same::compiler(index, &call.rustc)?;
    let mut failures = Vec::new();
    for record in records {
        let unit = match record {
            Ok(unit) => unit,
            Err(why) => {
                failures.push((0, why));
                continue;
            }
        };
        match same::unit(index, call, &unit) {
            Ok(()) => return place::unit(index, call, &unit),
            Err(failure) => failures.push(failure),
        }
    }
    // The one that was most alike says most.
    failures.sort_by_key(|(stage, why)| (Reverse(*stage), why.len()));
    Err(failures.into_iter().next().map(|(_, why)| why).unwrap_or_default())
}

fn otherwise(args: &[OsString]) -> ! {
    let wrapper = env::var_os("WARM_RUSTC_OTHERWISE").filter(|wrapper| !wrapper.is_empty());
    let words: Vec<OsString> = wrapper.into_iter().chain(args.iter().cloned()).collect();
    let Some(program) = words.first() else {
        eprintln!("warm-rustc: to be called by cargo, as RUSTC_WRAPPER");
        exit(1);
    };
    let error = Command::new(program).args(&words[1..]).exec();
    eprintln!("warm-rustc: {}: {error}", program.to_string_lossy());
    exit(1);
}

/// One line for a call: whether it was answered, of what, and how long that took.
pub fn log(kind: &str, what: &str, started: Instant) {
    let Some(path) = env::var_os("WARM_RUSTC_LOG") else { return };
    if let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(path) {
        let line = format!("{kind} {} [{} us]\n", what.replace('\n', " "), started.elapsed().as_micros());
        let _ = file.write_all(line.as_bytes());
    }
}
