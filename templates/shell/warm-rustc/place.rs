//! Puts a unit of the store where cargo wants it, under cargo's name for it.
//!
//! Rlibs are links. Metadata and what is loaded are real files: cargo compares times, and the store's are all alike. Other
//! crates' metadata know a library by Nix's name of its file, so it is there by that name, too.
use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::inputs;
use crate::metadata;
use crate::record::{Index, Miss, Unit};
use crate::script;
use crate::stamp;

/// What cargo is told of: a file, and what it is of `--emit`.
type Made = Vec<(PathBuf, &'static str)>;

pub fn unit(index: &Index, call: &Call, unit: &Unit) -> Miss<()> {
    fs::create_dir_all(&call.arguments.out_dir).map_err(|error| error.to_string())?;
    let mut made = if call.arguments.crate_types == ["bin"] { build_script(index, call, unit)? } else { library(call, unit)? };
    if call.arguments.emit.contains("dep-info") {
        made.insert(0, (dependencies(call, unit, &made)?, "dep-info"));
    }
    for (file, kind) in made {
        eprintln!("{{\"$message_type\":\"artifact\",\"artifact\":{},\"emit\":\"{kind}\"}}", quoted(&file.to_string_lossy()));
    }
    Ok(())
}

fn build_script(index: &Index, call: &Call, unit: &Unit) -> Miss<Made> {
    let file = call.file("", "");
    script::forget(&file);
    write_new(&file, script::stand_in(index, call, unit).as_bytes(), 0o755)?;
    Ok(vec![(file, "link")])
}

fn library(call: &Call, unit: &Unit) -> Miss<Made> {
    let wants = |kind: &str| call.arguments.emit.contains(kind);
    let stem = format!("lib{}", unit.one("file"));
    let mut made = Vec::new();
    if wants("metadata") {
        let file = call.file("lib", ".rmeta");
        let read = |ending: &str| fs::read(unit.folder().join(format!("{stem}{ending}")));
        let bytes = read(".rlib").or_else(|_| read(".so")).or_else(|_| read(".dylib")).map_err(|error| error.to_string())?;
        let bytes = metadata::of_archive(&bytes).or_else(|| metadata::of_dylib(&bytes));
        write_new(&file, bytes.ok_or("no metadata found in the library")?, 0o644)?;
        if !wants("link") {
            also_by_nixs_name(&file, &format!("{stem}.rmeta"))?;
        }
        made.push((file, "metadata"));
    }
    if wants("link") {
        let files = libraries(unit)?;
        if files.is_empty() {
            return Err("no library in the store".into());
        }
        for (name, prefix, ending) in files {
            let (from, file) = (unit.folder().join(&name), call.file(prefix, &ending));
            if ending == ".rlib" {
                link(&from, &file)?;
            } else {
                let bytes = fs::read(&from).map_err(|error| error.to_string())?;
                write_new(&file, &bytes, fs::metadata(&from).map_err(|error| error.to_string())?.permissions().mode() | 0o200)?;
            }
            also_by_nixs_name(&file, &name)?;
            made.push((file, "link"));
        }
    }
    stamp::write(call, unit.folder(), &made.iter().map(|(file, _)| file.as_path()).collect::<Vec<_>>())?;
    Ok(made)
}

/// The files that rustc has written for a library, with what stands before and after the crate's name: one or two for each
/// crate type, named as their platform does.
fn libraries(unit: &Unit) -> Miss<Vec<(String, &'static str, String)>> {
    let entries = fs::read_dir(unit.folder()).map_err(|error| error.to_string())?;
    let mut names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let file = unit.one("file");
    let parts = |name: String| {
        let (prefix, rest) = name.strip_prefix("lib").filter(|rest| rest.starts_with(file)).map_or(("", &name[..]), |rest| ("lib", rest));
        let ending = rest.strip_prefix(file)?.to_string();
        (ending.starts_with('.') && ending != ".rmeta").then_some((name, prefix, ending))
    };
    Ok(names.into_iter().filter_map(parts).collect())
}

fn also_by_nixs_name(file: &Path, name: &str) -> Miss<()> {
    let other = file.with_file_name(name);
    if other == file {
        return Ok(());
    }
    remove(&other).and_then(|()| fs::hard_link(file, &other)).map_err(|error| format!("{}: {error}", other.display()))
}

fn link(from: &Path, to: &Path) -> Miss<()> {
    remove(to).and_then(|()| symlink(from, to)).map_err(|error| format!("{}: {error}", to.display()))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A new file even where a link into the store was, whole or not at all.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Miss<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || -> io::Result<()> {
        fs::write(&beside, bytes)?;
        fs::set_permissions(&beside, fs::Permissions::from_mode(mode))?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&beside);
        format!("{}: {error}", path.display())
    })
}

/// rustc's list of what it read, by which cargo knows when to ask again.
fn dependencies(call: &Call, unit: &Unit, made: &Made) -> Miss<PathBuf> {
    let file = call.file("", ".d");
    let folder = Path::new(&call.arguments.root).ancestors().nth(Path::new(unit.one("root")).components().count());
    let folder = folder.unwrap_or(Path::new(""));
    let read: Vec<String> = inputs::files(unit)?.iter().map(|name| escaped(&folder.join(name))).collect();
    let mut text = String::new();
    for each in made.iter().map(|(each, _)| each).chain([&file]) {
        text += &format!("{}: {}\n\n", escaped(each), read.join(" "));
    }
    for name in &read {
        text += &format!("{name}:\n");
    }
    for (name, _) in inputs::variables(unit)? {
        text += &match env::var(&name) {
            Ok(value) => format!("\n# env-dep:{name}={}", value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")),
            Err(_) => format!("\n# env-dep:{name}"),
        };
    }
    write_new(&file, (text + "\n").as_bytes(), 0o644)?;
    Ok(file)
}

fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace(' ', "\\ ")
}

/// As JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if (letter as u32) < 0x20 => quoted += &format!("\\u{:04x}", letter as u32),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

/// Before rustc writes: no stamp that is no longer true, and no link that it would write through.
pub fn forget(call: &Call) {
    let _ = fs::remove_file(stamp::path(call));
    // Only these are links.
    let file = call.file("lib", ".rlib");
    if fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_symlink()) {
        let _ = fs::remove_file(file);
    }
}
