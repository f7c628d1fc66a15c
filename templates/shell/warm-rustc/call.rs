//! What cargo asks of rustc, sorted by what it means.
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::PathBuf;

pub struct Call {
    pub rustc: String,
    /// What rustc is given.
    pub words: Vec<String>,
    /// Name and version.
    pub package: String,
    /// CARGO_MANIFEST_DIR.
    pub manifest: PathBuf,
    /// OUT_DIR, where the package's build script has run.
    pub out_dir: Option<String>,
    pub arguments: Arguments,
}

impl Call {
    pub fn read(rustc: &str, words: &[&str]) -> Call {
        let variable = |name: &str| env::var(name).unwrap_or_default();
        Call {
            rustc: rustc.into(),
            words: words.iter().map(|word| word.to_string()).collect(),
            package: format!("{}-{}", variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION")),
            manifest: PathBuf::from(variable("CARGO_MANIFEST_DIR")),
            out_dir: env::var("OUT_DIR").ok(),
            arguments: Arguments::read(words),
        }
    }

    /// A file that rustc would write.
    pub fn file(&self, prefix: &str, ending: &str) -> PathBuf {
        let Arguments { out_dir, krate, extra, .. } = &self.arguments;
        PathBuf::from(out_dir).join(format!("{prefix}{krate}{extra}{ending}"))
    }
}

/// `kept` are those that have to be equal as they are.
#[derive(Default)]
pub struct Arguments {
    pub krate: String,
    pub root: String,
    pub emit: BTreeSet<String>,
    pub crate_types: Vec<String>,
    pub is_test: bool,
    /// Warnings are not shown: the package is no member, and nobody asked for them.
    pub is_capped: bool,
    /// What rustc refuses, or writes beside what Nix has: cargo itself passes none of it, but RUSTFLAGS and `cargo rustc` may.
    pub odd: Vec<String>,
    /// `-C extra-filename`
    pub extra: String,
    /// Which of `-C metadata` and `-C extra-filename` are there.
    pub named: BTreeSet<String>,
    pub out_dir: String,
    pub externs: BTreeMap<String, Option<String>>,
    pub searched: BTreeSet<String>,
    pub linked: Vec<String>,
    pub kept: Vec<String>,
}

impl Arguments {
    pub fn read(words: &[&str]) -> Arguments {
        let mut read = Arguments::default();
        let mut caps = Vec::new();
        let mut seen = BTreeSet::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, inside) = split(word);
            let mut value = || inside.or_else(|| words.next().copied()).unwrap_or_default().to_string();
            if ONCE.contains(&name) && !seen.insert(name.to_string()) {
                read.odd.push(format!("{name} again"));
            }
            match name {
                "--crate-name" => read.krate = value(),
                "--crate-type" => read.crate_types.push(value()),
                "--emit" => read.add_emit(&value()),
                "--out-dir" => read.out_dir = value(),
                "--cap-lints" => caps.push(value()),
                "--extern" => read.add_extern(&value()),
                // What is said, and how: nothing of it is compiled. Lints are capped.
                "--diagnostic-width" | "--check-cfg" => read.add_hint(name, &value()),
                "--allow" | "--warn" | "--deny" | "--forbid" | "-A" | "-W" | "-D" | "-F" => {
                    value();
                }
                "--error-format" | "--json" => read.add_messages(name, &value()),
                "-L" => read.add_search(value()),
                "-l" => read.linked.push(value()),
                "-C" | "--codegen" => read.add_codegen(&value()),
                "--test" => read.is_test = true,
                "--edition" | "--cfg" | "--target" => read.kept.push(format!("{name} {}", value())),
                _ if !word.starts_with('-') && word.ends_with(".rs") && read.root.is_empty() => read.root = word.to_string(),
                _ => read.kept.push(word.to_string()),
            }
        }
        read.is_capped = !caps.is_empty() && caps.iter().all(|cap| cap == "allow");
        read.order();
        read
    }

    /// Nix has what cargo asks for, and nothing else, and it goes where cargo's other files go.
    fn add_emit(&mut self, value: &str) {
        for kind in value.split(',') {
            if !["dep-info", "metadata", "link"].contains(&kind) {
                self.odd.push(format!("--emit={kind}"));
            }
            self.emit.insert(kind.to_string());
        }
    }

    /// How cargo has rustc speak to it.
    fn add_messages(&mut self, name: &str, value: &str) {
        let known = |kind: &str| kind.starts_with("diagnostic-") || ["artifacts", "future-incompat"].contains(&kind);
        if !(if name == "--json" { value.split(',').all(known) } else { value == "json" }) {
            self.odd.push(format!("{name}={value}"));
        }
    }

    /// What has no effect on the code, unless rustc refuses it.
    fn add_hint(&mut self, name: &str, value: &str) {
        let is_width = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        if !(if name == "--check-cfg" { value.starts_with("cfg(") && value.ends_with(')') } else { is_width }) {
            self.odd.push(format!("{name} {value}"));
        }
    }

    fn add_extern(&mut self, value: &str) {
        // `priv:` and `noprelude:` stay in the name.
        let (name, path) = match value.split_once('=') {
            Some((name, path)) => (name, Some(path.to_string())),
            None => (value, None),
        };
        // Without a path, cargo names only what comes with the compiler.
        if self.externs.contains_key(name) || (path.is_none() && name != "proc_macro") {
            self.odd.push(format!("--extern {value}"));
        }
        self.externs.insert(name.into(), path);
    }

    /// Where libraries of Rust are is cargo's affair: which they are, `externs` says.
    fn add_search(&mut self, value: String) {
        if !value.starts_with("dependency=") {
            self.searched.insert(value);
        }
    }

    /// Names of crates and files are cargo's own, and so is how it links.
    fn add_codegen(&mut self, value: &str) {
        let (name, inside) = value.split_once('=').unwrap_or((value, ""));
        match name {
            "metadata" | "extra-filename" if !self.named.insert(name.to_string()) => self.odd.push(format!("-C {value}")),
            "extra-filename" => self.extra = inside.to_string(),
            "metadata" | "linker" | "linker-features" => {}
            _ => self.kept.push(format!("-C {value}")),
        }
    }

    /// Different options may come in any order, the same one may not.
    pub fn order(&mut self) {
        self.kept.sort_by(|a, b| option_of(a).cmp(option_of(b)));
    }
}

/// An option and its value, if it is one word with it.
fn split(word: &str) -> (&str, Option<&str>) {
    match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value)),
        _ if ["-C", "-L", "-l"].iter().any(|name| word.len() > 2 && word.starts_with(name)) => (&word[..2], Some(&word[2..])),
        _ => (word, None),
    }
}

/// Cargo passes each of these once. A second one, from RUSTFLAGS, is an error, or overrides cargo's.
const ONCE: [&str; 7] = ["--crate-name", "--emit", "--out-dir", "--error-format", "--json", "--diagnostic-width", "--edition"];

/// Values of a cfg add up; those of any other option replace each other.
fn option_of(kept: &str) -> &str {
    if kept.starts_with("--cfg ") {
        kept
    } else {
        kept.split('=').next().unwrap_or(kept)
    }
}
