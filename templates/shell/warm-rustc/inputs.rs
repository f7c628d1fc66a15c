//! What a unit is compiled from beside its arguments: files of its package, and variables.
use std::env;
use std::fs;
use std::path::Path;

use crate::blake2;
use crate::call::Call;
use crate::record::{read_text, Miss, Unit};

/// Each file that rustc read in Nix is the same here, wherever cargo keeps it.
pub fn same_files(call: &Call, unit: &Unit) -> Miss<()> {
    let root = call.manifest.join(unit.one("root"));
    let real = |path: &Path| fs::canonicalize(path).map_err(|error| format!("{}: {error}", path.display()));
    if real(Path::new(&call.arguments.root))? != real(&root)? {
        return Err("another root".into());
    }
    same_as_listed(&unit.folder().join("read-files"), &call.manifest)
}

/// Compares the files below a directory with a list of `b2sum --zero`.
pub fn same_as_listed(list: &Path, directory: &Path) -> Miss<()> {
    let text = read_text(list)?;
    let mut count = 0;
    for line in text.split_terminator('\0') {
        let (hash, name) = line.split_once("  ").or_else(|| line.split_once(" *")).ok_or("a list without hashes")?;
        let bytes = fs::read(directory.join(name)).map_err(|error| format!("{name}: {error}"))?;
        if blake2::hash(&bytes) != hash {
            return Err(format!("{name} was changed"));
        }
        count += 1;
    }
    if count > 0 {
        Ok(())
    } else {
        Err("a list without files".into())
    }
}

/// The files that rustc read, for cargo to watch.
pub fn files(unit: &Unit) -> Miss<Vec<String>> {
    let text = read_text(&unit.folder().join("read-files"))?;
    Ok(text.split_terminator('\0').filter_map(|line| line.split_once("  ")).map(|(_, name)| name.to_string()).collect())
}

/// The variables that rustc read, but for those that say where things are: what these lead to is compared.
pub fn variables(unit: &Unit) -> Miss<Vec<(String, Option<String>)>> {
    let text = read_text(&unit.folder().join("read-variables"))?;
    let variable = |line: &str| match line.split_once('=') {
        Some((name, value)) => (name.to_string(), Some(unescaped(value))),
        None => (line.to_string(), None),
    };
    Ok(text.lines().map(variable).collect())
}

pub fn same_variables(call: &Call, unit: &Unit) -> Miss<()> {
    for (name, was) in variables(unit)? {
        let was = was.map(|value| {
            value
                .replace("@OUT_DIR@", call.out_dir.as_deref().unwrap_or_default())
                .replace("@PACKAGE@", &call.manifest.to_string_lossy())
        });
        let is = env::var(&name).ok();
        if is != was {
            return Err(format!("{name} is {is:?}, was {was:?}"));
        }
    }
    Ok(())
}

/// As rustc writes values in its lists of dependencies.
fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            letter => letter,
        });
    }
    text
}
