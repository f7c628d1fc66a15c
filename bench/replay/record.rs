//! RUSTC_WRAPPER that notes what each unit costs, in CPU seconds, for the stand-in beside it (stand-in.rs).
//!
//! RECORD names a file that gets one line per unit, separated by tabs: `rustc` or `run`, package, version, crate, first crate
//! type, features@optimization, seconds until the metadata is written, and seconds in all. A build script that was compiled is
//! wrapped by this program, too, so that its run is noted.
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{exit, Command, Stdio};

#[repr(C)]
#[derive(Default)]
struct Usage {
    times: [i64; 4],
    rest: [i64; 14],
}
extern "C" {
    fn getrusage(who: i32, usage: *mut Usage) -> i32;
}

/// Of all children that have ended.
fn seconds_of_children() -> f64 {
    let mut usage = Usage::default();
    unsafe { getrusage(-1, &mut usage) };
    let [user, user_micros, system, system_micros] = usage.times;
    (user + system) as f64 + (user_micros + system_micros) as f64 / 1e6
}

/// Of all threads of a process that still runs.
fn seconds_of(process: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e9
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn note(kind: &str, crate_name: &str, crate_type: &str, settings: &str, front: f64, total: f64) {
    let Ok(path) = std::env::var("RECORD") else { return };
    let (package, version) = (variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    let line = format!("{kind}\t{package}\t{version}\t{crate_name}\t{crate_type}\t{settings}\t{front:.4}\t{total:.4}\n");
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

fn value_of(args: &[String], flag: &str) -> Option<String> {
    let after = args.iter().position(|arg| arg == flag).and_then(|index| args.get(index + 1)).cloned();
    after.or_else(|| args.iter().find_map(|arg| arg.strip_prefix(&format!("{flag}=")).map(str::to_string)))
}

fn wrapped(own: &Path) -> PathBuf {
    own.with_extension("wrapped")
}

fn run_script(script: &Path, args: &[String]) -> ! {
    let status = Command::new(script).args(args).status().unwrap();
    let seconds = seconds_of_children();
    note("run", "run", "run", "", seconds, seconds);
    exit(status.code().unwrap_or(1))
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    // `build-script-build` is a hard link that cargo makes to `build_script_build-HASH`.
    let own = fs::canonicalize(&args[0]).unwrap();
    let twin = fs::read_dir(own.parent().unwrap()).unwrap().flatten().map(|entry| entry.path());
    let script = twin.into_iter().find(|path| path.extension().is_some_and(|each| each == "wrapped"));
    if let Some(script) = script {
        run_script(&script, &args[1..]);
    }
    let rest = &args[2..];
    let name = value_of(rest, "--crate-name").unwrap_or_default();
    if name.is_empty() || name == "___" {
        panic!("{}", Command::new(&args[1]).args(rest).exec());
    }
    let mut child = Command::new(&args[1]).args(rest).stderr(Stdio::piped()).spawn().unwrap();
    let mut front = 0.0;
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        if front == 0.0 && line.contains("\"artifact\":") && line.contains("\"emit\":\"metadata\"") {
            front = seconds_of(child.id());
        }
        eprintln!("{line}");
    }
    let status = child.wait().unwrap();
    let mut features: Vec<&str> =
        rest.iter().filter_map(|arg| arg.strip_prefix("feature=\"")).map(|arg| arg.trim_end_matches('"')).collect();
    features.sort();
    let test = if rest.iter().any(|arg| arg == "--test") { "test" } else { "bin" };
    let crate_type = value_of(rest, "--crate-type").unwrap_or_else(|| test.into());
    let level = rest.iter().find_map(|arg| arg.strip_prefix("opt-level=")).unwrap_or("0");
    note("rustc", &name, &crate_type, &format!("{}@{level}", features.join(",")), front, seconds_of_children());
    if status.success() && name.starts_with("build_script_") && crate_type == "bin" {
        let extra = rest.iter().find_map(|arg| arg.strip_prefix("extra-filename=")).unwrap_or("");
        let file = Path::new(&value_of(rest, "--out-dir").unwrap()).join(format!("{name}{extra}"));
        fs::rename(&file, wrapped(&file)).unwrap();
        fs::copy(std::env::current_exe().unwrap(), &file).unwrap();
    }
    exit(status.code().unwrap_or(1));
}
