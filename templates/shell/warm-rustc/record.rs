//! The index that Nix writes (warm.sh), and what units and runs of build scripts have recorded in the store.
use std::fs;
use std::path::{Path, PathBuf};

/// The reason why something is not taken from the store.
pub type Miss<T> = Result<T, String>;

pub struct Index(pub PathBuf);

impl Index {
    /// The units of a crate that Nix compiles.
    pub fn units_of(&self, package: &str, krate: &str) -> Miss<Vec<Miss<Unit>>> {
        let folder = self.0.join("units").join(package).join(krate);
        let entries = fs::read_dir(folder).map_err(|_| "not in the index".to_string())?;
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        Ok(files.iter().map(|file| Unit::read(file)).collect())
    }

    /// The records of all runs of a build script.
    pub fn runs_of(&self, script: &Path) -> Vec<PathBuf> {
        let list = self.0.join("scripts").join(script.file_name().unwrap_or_default());
        fs::read_to_string(list).unwrap_or_default().lines().map(PathBuf::from).collect()
    }

    /// Size, time and path of the compilers.
    pub fn compilers(&self) -> Vec<String> {
        fs::read_to_string(self.0.join("rustcs")).unwrap_or_default().lines().map(str::to_string).collect()
    }
}

/// What rustc was told for a unit: lines of NAME=VALUE.
pub struct Unit(Vec<(String, String)>);

impl Unit {
    fn read(path: &Path) -> Miss<Unit> {
        let fields = read_text(path)?.lines().filter_map(|line| line.split_once('=')).map(pair).collect();
        let unit = Unit(fields);
        // A shell may have been opened before all was built.
        if unit.folder().exists() {
            Ok(unit)
        } else {
            Err("not in the store".into())
        }
    }
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |field| field.0 == name).map(|field| field.1.as_str())
    }
    pub fn one<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }
    pub fn folder(&self) -> &Path {
        Path::new(self.one("folder"))
    }
    /// The record of the run of its own build script.
    pub fn run(&self) -> Miss<Option<Run>> {
        match self.one("said") {
            "" => Ok(None),
            record => Run::read(Path::new(record)).map(Some),
        }
    }
}

/// A run of a build script.
pub struct Run {
    pub record: PathBuf,
    pub out_dir: String,
    /// Where the package was while it ran, where it is in the store, and its workspace.
    pub package: String,
    pub source: String,
    pub workspace: String,
    /// What Nix has recorded of the script itself.
    pub script: PathBuf,
}

impl Run {
    pub fn read(record: &Path) -> Miss<Run> {
        let text = read_text(&record.join("places"))?;
        let lines: Vec<&str> = text.lines().collect();
        let [out_dir, package, source, workspace, script] = lines[..] else { return Err("a record without places".into()) };
        Ok(Run {
            record: record.to_path_buf(),
            out_dir: out_dir.into(),
            package: package.into(),
            // run-build-script.sh hides it from Nix.
            source: source.replacen('@', "", 1),
            workspace: workspace.into(),
            script: script.into(),
        })
    }
    /// The variables that it was given.
    pub fn given(&self) -> Miss<Vec<(String, String)>> {
        let text = read_text(&self.record.join("given"))?;
        Ok(text.split_terminator('\0').filter_map(|field| field.split_once('=')).map(pair).collect())
    }
    /// The variables by which it may change, and what they were.
    pub fn asked(&self) -> Miss<Vec<(String, Option<String>)>> {
        let text = read_text(&self.record.join("asked"))?;
        let field = |field: &str| match field.split_once('=') {
            Some((name, value)) => (name.to_string(), Some(value.to_string())),
            None => (field.to_string(), None),
        };
        Ok(text.split_terminator('\0').map(field).collect())
    }
    /// What it printed.
    pub fn said(&self) -> Miss<Vec<u8>> {
        fs::read(self.record.join("said")).map_err(|error| error.to_string())
    }
}

fn pair((name, value): (&str, &str)) -> (String, String) {
    (name.into(), value.into())
}

pub fn read_text(path: &Path) -> Miss<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
