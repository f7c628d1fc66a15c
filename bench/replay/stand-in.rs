//! Stands in for rustc: takes as long as record.rs saw the real one work, and makes empty files.
//!
//! It is DIRECTORY/bin/rustc. DIRECTORY/table.tsv has what was recorded; DIRECTORY/config has, one per line, the real rustc, a
//! factor for all times, and how many cores generate a library's code. Units that the table lacks are noted in
//! DIRECTORY/missing. What only asks (`-vV`, `--print`) is for the real rustc.
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::{fs::PermissionsExt, process::CommandExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Times {
    front: f64,
    total: f64,
    run: f64,
}

fn value_of(args: &[String], flag: &str) -> Option<String> {
    let after = args.iter().position(|arg| arg == flag).and_then(|index| args.get(index + 1)).cloned();
    after.or_else(|| args.iter().find_map(|arg| arg.strip_prefix(&format!("{flag}=")).map(str::to_string)))
}

/// The line for the same features and optimization, else for the same optimization, else for any.
fn look_up(table: &str, package: &str, version: &str, name: &str, crate_type: &str, settings: &str) -> Option<Times> {
    let level = settings.rsplit('@').next().unwrap();
    let mut times = Times::default();
    let mut best = 0;
    for line in table.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[1] != package || fields[2] != version {
            continue;
        }
        let seconds = |index: usize| fields[index].parse().unwrap();
        if fields[0] == "run" {
            times.run = seconds(7);
        } else if fields[3] == name && fields[4] == crate_type {
            let likeness = match fields[5] {
                same if same == settings => 3,
                other if other.ends_with(&format!("@{level}")) => 2,
                _ => 1,
            };
            if likeness > best {
                best = likeness;
                (times.front, times.total) = (seconds(6), seconds(7));
            }
        }
    }
    (best > 0).then_some(times)
}

fn write(path: &Path, text: &str) {
    let part = path.with_extension("part");
    fs::write(&part, text).unwrap();
    fs::set_permissions(&part, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&part, path).unwrap();
}

fn main() {
    let start = Instant::now();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let directory: PathBuf = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().into();
    let config = fs::read_to_string(directory.join("config")).unwrap();
    let config: Vec<&str> = config.lines().collect();
    let (factor, cores): (f64, f64) = (config[1].parse().unwrap(), config[2].parse().unwrap());
    let name = value_of(&args, "--crate-name").unwrap_or_default();
    if name.is_empty() || name == "___" || args.iter().any(|arg| arg.starts_with("--print")) {
        panic!("{}", Command::new(config[0]).args(&args).exec());
    }
    let mut features: Vec<&str> =
        args.iter().filter_map(|arg| arg.strip_prefix("feature=\"")).map(|arg| arg.trim_end_matches('"')).collect();
    features.sort();
    let mut types: Vec<&str> =
        args.iter().zip(args.iter().skip(1)).filter(|(flag, _)| *flag == "--crate-type").map(|(_, value)| value.as_str()).collect();
    if types.is_empty() {
        types.push(if args.iter().any(|arg| arg == "--test") { "test" } else { "bin" });
    }
    let level = args.iter().find_map(|arg| arg.strip_prefix("opt-level=")).unwrap_or("0");
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let (package, version) = (variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    let settings = format!("{}@{level}", features.join(","));
    let table = fs::read_to_string(directory.join("table.tsv")).unwrap();
    let times = look_up(&table, &package, &version, &name, types[0], &settings).unwrap_or_else(|| {
        let mut file = OpenOptions::new().append(true).create(true).open(directory.join("missing")).unwrap();
        file.write_all(format!("{package} {version} {name} {types:?} {settings}\n").as_bytes()).unwrap();
        Times::default()
    });
    let until = |seconds: f64| {
        sleep(Duration::from_secs_f64(seconds.max(0.0) * factor).saturating_sub(start.elapsed()));
    };

    let out = PathBuf::from(value_of(&args, "--out-dir").unwrap());
    let extra = args.iter().find_map(|arg| arg.strip_prefix("extra-filename=")).unwrap_or("");
    let emit = value_of(&args, "--emit").unwrap_or_default();
    let says = args.iter().any(|arg| arg.starts_with("--json") && arg.contains("artifacts"));
    let say = |path: &Path, emit: &str| {
        if says {
            eprintln!("{{\"$message_type\":\"artifact\",\"artifact\":\"{}\",\"emit\":\"{emit}\"}}", path.display());
        }
    };
    if emit.contains("dep-info") {
        let path = out.join(format!("{name}{extra}.d"));
        write(&path, "");
        say(&path, "dep-info");
    }
    if emit.contains("metadata") {
        until(times.front);
        let path = out.join(format!("lib{name}{extra}.rmeta"));
        write(&path, "");
        say(&path, "metadata");
    }
    if !emit.contains("link") {
        return;
    }
    let code = times.total - times.front;
    until(times.front + if times.front > 0.0 { code / cores } else { code });
    for kind in types {
        let path = out.join(match kind {
            "lib" | "rlib" => format!("lib{name}{extra}.rlib"),
            "staticlib" => format!("lib{name}{extra}.a"),
            "bin" | "test" => format!("{name}{extra}"),
            _ => format!("lib{name}{extra}.so"),
        });
        let is_script = name.starts_with("build_script_");
        write(&path, &if is_script { format!("#!/bin/sh\nexec sleep {}\n", times.run * factor) } else { String::new() });
        say(&path, "link");
    }
}
