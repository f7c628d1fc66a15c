//! Which unit of the store a file in cargo's target directory stands for.
//!
//! A stamp beside the file says so as long as it is still that file: by inode, size, and a hash of its ends. Its time may
//! change, since cargo sets it.
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::io::{self, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::place::write_new;
use crate::record::Miss;

pub fn path(call: &Call) -> PathBuf {
    call.file("lib", ".warm")
}

pub fn write(call: &Call, unit: &Path, files: &[&Path]) -> Miss<()> {
    let mut text = format!("{}\n", unit.display());
    for file in files {
        let mark = mark_of(file).map_err(|error| format!("{}: {error}", file.display()))?;
        text += &format!("{mark}\n");
    }
    write_new(&path(call), text.as_bytes(), 0o644)
}

/// The directory of the unit in the store.
pub fn unit_of(file: &Path) -> Option<PathBuf> {
    let stamp = fs::read_to_string(file.with_extension("warm")).ok()?;
    let mut lines = stamp.lines();
    let unit = lines.next()?;
    let mark = mark_of(file).ok()?;
    lines.any(|line| line == mark).then(|| PathBuf::from(unit))
}

fn mark_of(path: &Path) -> io::Result<String> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let meta = fs::symlink_metadata(path)?;
    if meta.is_symlink() {
        return Ok(format!("{ending} {}", fs::read_link(path)?.display()));
    }
    const END: u64 = 4096;
    let mut file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(END).read_to_end(&mut bytes)?;
    file.seek(io::SeekFrom::Start(meta.size().saturating_sub(END)))?;
    file.read_to_end(&mut bytes)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    Ok(format!("{ending} {} {} {:x}", meta.ino(), meta.size(), hasher.finish()))
}

/// Where two derivations made the same files, rustc cannot tell them apart, and need not.
pub fn is_same_unit(a: &Path, b: &Path) -> bool {
    let library = |name: &Path| name.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lib"));
    let equal = || -> io::Result<bool> {
        let mut some = false;
        for entry in fs::read_dir(a)? {
            let path = entry?.path();
            if !library(&path) {
                continue;
            }
            let other = b.join(path.file_name().unwrap_or_default());
            if fs::metadata(&path)?.len() != fs::metadata(&other)?.len() || fs::read(&path)? != fs::read(other)? {
                return Ok(false);
            }
            some = true;
        }
        Ok(some)
    };
    a == b || equal().unwrap_or(false)
}
