//! The run of a build script that was run in Nix: copies the files that the script made and prints what it printed, if all
//! that the script is given is what it was given in Nix; else fails, and the script is compiled and run (script.rs).
//!
//! Texts name places: in the store where Nix ran the script, in the target directory where cargo does. A stamp beside
//! OUT_DIR says for which run it stands, and so which place is which.
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::time::Instant;

use crate::call::Call;
use crate::inputs;
use crate::log;
use crate::place::write_new;
use crate::record::{Index, Miss, Run};
use crate::same;

/// Beside OUT_DIR: the record of the run, OUT_DIR and CARGO_MANIFEST_DIR.
const STAMP: &str = "run.warm";

pub fn main(index: &Index, args: &[OsString], started: Instant) -> ! {
    let script = args.first().map(PathBuf::from).unwrap_or_default();
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let package = format!("{}-{}", variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION"));
    let out_dir = variable("OUT_DIR");
    let _ = fs::remove_file(stamp_of(&out_dir));
    let mut why = (0, String::from("never run in Nix"));
    for record in index.runs_of(&script) {
        match Run::read(&record).map_err(|reason| (0, reason)).and_then(|run| repeat(index, &run, &out_dir)) {
            Ok(()) => {
                log("hit", &format!("{package} run"), started);
                exit(0);
            }
            // The run that was most alike says most.
            Err(reason) => why = std::cmp::max_by_key(why, reason, |reason| reason.0),
        }
    }
    let why = why.1;
    log("miss", &format!("{package} run: {why}"), started);
    exit(1)
}

/// All stages in their order, or the number of the one that fails, and why.
fn repeat(index: &Index, run: &Run, out_dir: &str) -> Result<(), (usize, String)> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let now: Variables = env::vars().collect();
    let said: Vec<&str> = now.iter().filter(|(name, _)| name.starts_with("DEP_")).map(|(_, value)| value.as_str()).collect();
    let places = Places::beside(out_dir, &said);
    let given = || run.given().map(|given| given.into_iter().collect::<Variables>());
    let stages: [&dyn Fn() -> Miss<()>; 5] = [
        &|| same::compiler(index, &env::var("RUSTC").unwrap_or_default()),
        &|| same_given(index, run, &given()?, &now, &places),
        &|| same_asked(run, &given()?, &now),
        &|| inputs::same_as_listed(&run.record.join("files"), &manifest),
        &|| print(index, run, out_dir, &manifest, &places),
    ];
    for (number, stage) in stages.iter().enumerate() {
        stage().map_err(|why| (number, why))?;
    }
    Ok(())
}

fn print(index: &Index, run: &Run, out_dir: &str, manifest: &Path, places: &Places) -> Miss<()> {
    let here = own_places(run, out_dir, manifest);
    let said = places.translated(index, run.said()?, &here)?;
    let write = || -> io::Result<()> {
        empty(Path::new(out_dir))?;
        copy_tree(Path::new(&run.out_dir), Path::new(out_dir), &here)
    };
    if let Err(error) = write() {
        // The script is to find its directory as cargo has made it.
        let _ = empty(Path::new(out_dir));
        return Err(format!("{out_dir}: {error}"));
    }
    let stamp = format!("{}\n{out_dir}\n{}\n", run.record.display(), manifest.display());
    write_new(&stamp_of(out_dir), stamp.as_bytes(), 0o644)?;
    io::stdout().write_all(&said).and_then(|()| io::stdout().flush()).map_err(|error| error.to_string())
}

/// Where things are: what these lead to is compared.
fn is_place(name: &str) -> bool {
    matches!(
        name,
        "OUT_DIR" | "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH" | "CARGO" | "RUSTC" | "RUSTDOC" | "RUSTC_LINKER" | "RUSTC_WRAPPER"
            | "RUSTC_WORKSPACE_WRAPPER" | "NUM_JOBS" | "LD_LIBRARY_PATH" | "DYLD_FALLBACK_LIBRARY_PATH"
    )
}

/// Set by cargo for every script, so one that only cargo or only Nix sets is a difference.
fn is_cargos(name: &str) -> bool {
    matches!(name, "TARGET" | "HOST" | "OPT_LEVEL" | "DEBUG" | "PROFILE" | "CARGO_ENCODED_RUSTFLAGS" | "CARGO_MANIFEST_LINKS")
        || ["CARGO_FEATURE_", "CARGO_CFG_", "CARGO_PKG_", "DEP_"].iter().any(|prefix| name.starts_with(prefix))
}

type Variables = BTreeMap<String, String>;

fn same_given(index: &Index, run: &Run, given: &Variables, now: &Variables, places: &Places) -> Miss<()> {
    let names: BTreeSet<&String> = given.keys().chain(now.keys().filter(|name| is_cargos(name))).collect();
    for name in names {
        let (was, is) = (given.get(name), now.get(name));
        let equal = if is_place(name) || was == is {
            true
        } else if name.starts_with("CARGO_CFG_") {
            let set = |value: Option<&String>| value.map(|value| value.split(',').map(str::to_string).collect::<BTreeSet<_>>());
            set(was) == set(is)
        } else if name.starts_with("DEP_") {
            let (Some(was), Some(is)) = (was, is) else { return Err(format!("{name} is {is:?}, was {was:?}")) };
            places.translated(index, was.clone().into_bytes(), &[])? == is.as_bytes()
        } else {
            is_shells(name, is) || was.is_some_and(|was| was.starts_with(&run.workspace))
        };
        if !equal {
            return Err(format!("{name} is {is:?}, was {was:?}"));
        }
    }
    Ok(())
}

/// What the script asks to be run again for is as it was, or as the shell itself has it.
fn same_asked(run: &Run, given: &Variables, now: &Variables) -> Miss<()> {
    for (name, was) in run.asked()? {
        if is_place(&name) || is_cargos(&name) {
            continue;
        }
        let was = given.get(&name).or(was.as_ref());
        let is = now.get(&name);
        // Nix sets a time for all builds, cargo none.
        let is_default = name == "SOURCE_DATE_EPOCH" && is.is_none();
        if is != was && !is_default && !is_shells(&name, is) {
            return Err(format!("{name} is {is:?}, was {was:?}"));
        }
    }
    Ok(())
}

/// As the shell has set it, not the user.
fn is_shells(name: &str, is: Option<&String>) -> bool {
    let Some(path) = env::var_os("WARM_RUSTC_ENVIRONMENT") else { return false };
    let Ok(text) = fs::read_to_string(path) else { return false };
    let set = text.split_terminator('\0').filter_map(|field| field.split_once('=')).find(|field| field.0 == name);
    set.map(|field| field.1) == is.map(String::as_str)
}

/// Pairs of texts: a place in the store, and what is there in the target directory or among cargo's sources.
type Pairs = Vec<(String, String)>;

pub fn own_places(run: &Run, out_dir: &str, manifest: &Path) -> Pairs {
    let manifest = manifest.to_string_lossy().into_owned();
    vec![(run.out_dir.clone(), out_dir.into()), (run.package.clone(), manifest.clone()), (run.source.clone(), manifest)]
}

pub fn replaced(mut text: Vec<u8>, pairs: &[(String, String)]) -> Vec<u8> {
    for (from, to) in pairs {
        if find(&text, from.as_bytes()).is_some() {
            text = replace(&text, from.as_bytes(), to.as_bytes());
        }
    }
    text
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, from) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    result.extend_from_slice(rest);
    result
}

fn stamp_of(out_dir: &str) -> PathBuf {
    Path::new(out_dir).with_file_name(STAMP)
}

/// The runs for which the directories of build scripts in the target directory stand.
pub struct Places(Vec<PathBuf>);

impl Places {
    /// Those that a call of rustc names.
    pub fn around(call: &Call) -> Places {
        let searched: Vec<&str> = call.arguments.searched.iter().filter_map(|value| value.split_once('=')).map(|(_, path)| path).collect();
        match call.out_dir.as_deref().or_else(|| searched.iter().copied().find(|path| path.contains("/build/"))) {
            Some(path) => Places::beside(path, &searched),
            None => Places(Vec::new()),
        }
    }

    /// Those whose OUT_DIR is in one of the texts come first: several may stand for one run.
    fn beside(path: &str, named: &[&str]) -> Places {
        let Some(build) = Path::new(path).ancestors().skip(1).find(|folder| folder.ends_with("build")) else { return Places(Vec::new()) };
        let below = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
        let mut stamps = Vec::new();
        for folder in below(build) {
            let candidates = if folder.join("out").exists() { vec![folder] } else { below(&folder) };
            stamps.extend(candidates.iter().map(|each| each.join(STAMP)).filter(|stamp| stamp.exists()));
        }
        let is_named = |stamp: &PathBuf| {
            let out_dir = stamp.with_file_name("out").to_string_lossy().into_owned();
            named.iter().any(|text| text.contains(&out_dir))
        };
        stamps.sort_by_cached_key(|stamp| !is_named(stamp));
        Places(stamps)
    }

    /// A text of Nix as it is here. Places that stand for no run of Nix stay as they are, and then differ.
    pub fn translated(&self, index: &Index, text: Vec<u8>, own: &[(String, String)]) -> Miss<Vec<u8>> {
        let store = index.0.parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned();
        let mut text = replaced(text, own);
        for stamp in &self.0 {
            if find(&text, store.as_bytes()).is_none() {
                break;
            }
            let Ok(content) = fs::read_to_string(stamp) else { continue };
            let lines: Vec<&str> = content.lines().collect();
            let [record, out_dir, manifest] = lines[..] else { continue };
            let run = Run::read(Path::new(record))?;
            for other in index.runs_of(&run.script).iter().filter_map(|record| Run::read(record).ok()) {
                let pairs = own_places(&other, out_dir, Path::new(manifest));
                if !pairs.iter().any(|(from, _)| find(&text, from.as_bytes()).is_some()) {
                    continue;
                }
                let here = own_places(&run, out_dir, Path::new(manifest));
                let holds = is_same_tree(Path::new(&run.out_dir), Path::new(out_dir), &here).unwrap_or(false);
                if holds && same::are_same_runs(&run, &other)? {
                    text = replaced(text, &pairs);
                }
            }
        }
        Ok(text)
    }
}

/// A file of Nix as it is here: texts name places, binaries are taken as they are.
fn content(path: &Path, pairs: &[(String, String)]) -> io::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    Ok(if bytes.contains(&0) { bytes } else { replaced(bytes, pairs) })
}

/// Whether the files of a run in Nix are those in a directory here.
pub fn is_same_tree(theirs: &Path, ours: &Path, pairs: &[(String, String)]) -> io::Result<bool> {
    let (meta, other) = (fs::symlink_metadata(theirs)?, fs::symlink_metadata(ours)?);
    if meta.file_type() != other.file_type() {
        return Ok(false);
    }
    if meta.is_symlink() {
        let target = fs::read_link(theirs)?.to_string_lossy().into_owned().into_bytes();
        return Ok(replaced(target, pairs) == fs::read_link(ours)?.to_string_lossy().as_bytes());
    }
    if !meta.is_dir() {
        return Ok(content(theirs, pairs)? == fs::read(ours)?);
    }
    let names = |folder| -> io::Result<BTreeSet<OsString>> { fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect() };
    let list = names(theirs)?;
    if list != names(ours)? {
        return Ok(false);
    }
    for name in list {
        if !is_same_tree(&theirs.join(&name), &ours.join(&name), pairs)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn copy_tree(from: &Path, to: &Path, pairs: &[(String, String)]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            let link = fs::read_link(&source)?.to_string_lossy().into_owned();
            symlink(PathBuf::from(String::from_utf8_lossy(&replaced(link.into_bytes(), pairs)).into_owned()), &target)?;
        } else if kind.is_dir() {
            copy_tree(&source, &target, pairs)?;
        } else {
            fs::write(&target, content(&source, pairs)?)?;
            let mode = entry.metadata()?.permissions().mode();
            fs::set_permissions(&target, fs::Permissions::from_mode(mode | 0o200))?;
        }
    }
    Ok(())
}

fn empty(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}
