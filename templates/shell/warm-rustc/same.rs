//! Whether a unit of the store is what cargo asks for: one stage after the other, the cheap ones first.
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::call::{Arguments, Call};
use crate::inputs;
use crate::record::{read_text, Index, Miss, Run, Unit};
use crate::replay::{self, Places};
use crate::stamp;

/// Tests and what is shown with its warnings are the user's own, and unstable features are for no recorded unit.
pub fn may_be_answered(call: &Call) -> Miss<()> {
    if env::var_os("RUSTC_BOOTSTRAP").is_some() {
        return Err("RUSTC_BOOTSTRAP is set".into());
    }
    if call.arguments.is_test {
        return Err("a test".into());
    }
    if !call.arguments.is_capped {
        return Err("a package whose warnings are shown".into());
    }
    if !call.arguments.odd.is_empty() {
        return Err(format!("more is requested than cargo does: {}", call.arguments.odd.join(" ")));
    }
    Ok(())
}

/// The compiler is the file that Nix calls, after all links, unchanged.
pub fn compiler(index: &Index, rustc: &str) -> Miss<()> {
    let path = if rustc.contains('/') {
        PathBuf::from(rustc)
    } else {
        env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join(rustc))
            .find(|path| path.is_file())
            .ok_or("no rustc on the path")?
    };
    let text = |error: std::io::Error| error.to_string();
    let path = fs::canonicalize(path).map_err(text)?;
    let meta = fs::metadata(&path).map_err(text)?;
    let line = format!("{} {} {}", meta.size(), meta.mtime(), path.display());
    if index.compilers().contains(&line) {
        Ok(())
    } else {
        Err(format!("another compiler, {}", path.display()))
    }
}

/// All stages in their order, or the number of the first that fails, and why.
pub fn unit(index: &Index, call: &Call, unit: &Unit) -> Result<(), (usize, String)> {
    let places = Places::around(call);
    let stages: [&dyn Fn() -> Miss<()>; 6] = [
        &|| same_arguments(&call.arguments, &recorded_arguments(unit)?),
        &|| same_externs(call, unit),
        &|| inputs::same_files(call, unit),
        &|| inputs::same_variables(call, unit),
        &|| same_run(index, call, unit, &places),
        &|| same_search(index, call, unit, &places),
    ];
    for (number, stage) in stages.iter().enumerate() {
        stage().map_err(|why| (number, why))?;
    }
    Ok(())
}

/// With what the package's own build script says.
fn recorded_arguments(unit: &Unit) -> Miss<Arguments> {
    let words: Vec<&str> = unit.all("argument").collect();
    let mut arguments = Arguments::read(&words);
    if !unit.one("run").is_empty() {
        let run = Path::new(unit.one("run"));
        arguments.kept.extend(read_text(&run.join("cfg"))?.lines().map(|cfg| format!("--cfg {cfg}")));
        arguments.linked.extend(read_text(&run.join("link-lib"))?.lines().map(str::to_string));
        arguments.order();
    }
    Ok(arguments)
}

fn same_arguments(call: &Arguments, recorded: &Arguments) -> Miss<()> {
    if call.crate_types != recorded.crate_types {
        return Err(format!("crate types {:?}, Nix has {:?}", call.crate_types, recorded.crate_types));
    }
    if call.kept != recorded.kept {
        let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = (call.kept.iter().collect(), recorded.kept.iter().collect());
        let only = |a: &BTreeSet<&String>, b: &BTreeSet<&String>| format!("{:?}", a.difference(b).collect::<Vec<_>>());
        return Err(format!("arguments: only cargo has {}, only Nix {}", only(&ours, &theirs), only(&theirs, &ours)));
    }
    if call.linked != recorded.linked {
        return Err(format!("libraries {:?}, Nix has {:?}", call.linked, recorded.linked));
    }
    Ok(())
}

/// Dependencies are what the recorded unit was compiled with: the same unit, or one with the same bytes.
fn same_externs(call: &Call, unit: &Unit) -> Miss<()> {
    let recorded: BTreeMap<&str, &str> = unit.all("extern").filter_map(|field| field.split_once('=')).collect();
    let mut ours = BTreeSet::new();
    for (name, path) in &call.arguments.externs {
        // `proc_macro` comes with the compiler.
        let Some(path) = path else { continue };
        let name = name.rsplit(':').next().unwrap_or(name);
        let Some(theirs) = recorded.get(name) else { return Err(format!("a dependency {name}, which Nix has not")) };
        let found = stamp::unit_of(Path::new(path)).ok_or_else(|| format!("dependency {name} is not from the store"))?;
        if !stamp::is_same_unit(&found, Path::new(theirs)) {
            return Err(format!("dependency {name} is another one"));
        }
        ours.insert(name);
    }
    match recorded.keys().find(|name| !ours.contains(*name)) {
        Some(name) => Err(format!("no dependency {name}, which Nix has")),
        None => Ok(()),
    }
}

/// The package's build script said the same as in Nix, and made the same files.
fn same_run(index: &Index, call: &Call, unit: &Unit, places: &Places) -> Miss<()> {
    let (run, out_dir) = match (unit.run()?, &call.out_dir) {
        (None, None) => return Ok(()),
        (Some(_), None) => return Err("its build script has not run".into()),
        (None, Some(_)) => return Err("a build script has run, which Nix has not".into()),
        (Some(run), Some(out_dir)) => (run, out_dir),
    };
    // The second one is where cargo's coming layout has it.
    let folder = Path::new(out_dir).parent().unwrap_or(Path::new(""));
    let printed = fs::read(folder.join("output")).or_else(|_| fs::read(folder.join("run").join("stdout")));
    let printed = printed.map_err(|error| format!("what its build script printed: {error}"))?;
    let here = replay::own_places(&run, out_dir, &call.manifest);
    if places.translated(index, run.said()?, &here)? != printed {
        return Err("its build script printed something else".into());
    }
    if !replay::is_same_tree(Path::new(&run.out_dir), Path::new(out_dir), &here).unwrap_or(false) {
        return Err("its build script made other files".into());
    }
    Ok(())
}

/// Cargo looks nowhere where Nix does not: in its own build scripts' directories, and in those of others.
fn same_search(index: &Index, call: &Call, unit: &Unit, places: &Places) -> Miss<()> {
    if call.arguments.searched.is_empty() {
        return Ok(());
    }
    let mut theirs = BTreeSet::new();
    for run in unit.all("linked").chain([unit.one("run")].into_iter().filter(|run| !run.is_empty())) {
        let own: Vec<(String, String)> = match (&call.out_dir, unit.run()?) {
            (Some(out_dir), Some(own)) if run == unit.one("run") => replay::own_places(&own, out_dir, &call.manifest),
            _ => Vec::new(),
        };
        let text = fs::read(Path::new(run).join("link-search")).map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&places.translated(index, text, &own)?).into_owned();
        theirs.extend(text.lines().map(str::to_string));
    }
    match call.arguments.searched.iter().find(|folder| !theirs.contains(*folder)) {
        Some(folder) => Err(format!("cargo looks into {folder}, Nix into {theirs:?}")),
        None => Ok(()),
    }
}

/// Whether two runs of one script said the same and made the same files.
pub fn are_same_runs(a: &Run, b: &Run) -> Miss<bool> {
    if a.record == b.record {
        return Ok(true);
    }
    let there = vec![(a.out_dir.clone(), b.out_dir.clone()), (a.package.clone(), b.package.clone()), (a.source.clone(), b.source.clone())];
    let said = replay::replaced(a.said()?, &there);
    Ok(said == b.said()? && replay::is_same_tree(Path::new(&a.out_dir), Path::new(&b.out_dir), &there).unwrap_or(false))
}
