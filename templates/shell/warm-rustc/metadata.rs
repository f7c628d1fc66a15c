//! The metadata in an rlib: a file `lib.rmeta` in the archive, for most targets the section `.rmeta` of an object file, so that
//! linkers take it (rustc's `create_wrapper_file`).

/// What rustc would have written as a file of its own.
pub fn of_archive(archive: &[u8]) -> Option<&[u8]> {
    if !archive.starts_with(b"!<arch>\n") {
        return None;
    }
    let mut at = 8;
    loop {
        let head = archive.get(at..at + 60)?;
        let text = |from: usize, to: usize| std::str::from_utf8(&head[from..to]).ok().map(str::trim_end);
        let size: usize = text(48, 58)?.parse().ok()?;
        let body = archive.get(at + 60..at + 60 + size)?;
        // In archives of BSD and Apple a name may be at the beginning of the body.
        let (name, body) = match text(0, 16)?.strip_prefix("#1/") {
            Some(length) => {
                let (name, rest) = body.split_at_checked(length.parse().ok()?)?;
                (std::str::from_utf8(name).ok()?.trim_end_matches('\0'), rest)
            }
            None => (text(0, 16)?.trim_end_matches('/'), body),
        };
        if name == "lib.rmeta" {
            return of_object(body);
        }
        at += 60 + size + size % 2;
    }
}

fn of_object(file: &[u8]) -> Option<&[u8]> {
    match file {
        [b'r', b'u', b's', b't', ..] => Some(file),
        [0x7f, b'E', b'L', b'F', ..] => of_elf(file, b".rmeta\0"),
        [0xcf, 0xfa, 0xed, 0xfe, ..] => of_mach_o(file, b".rmeta\0"),
        [0, b'a', b's', b'm', ..] => of_wasm(file),
        _ => of_coff(file),
    }
}

/// The same of a shared library: its section `.rustc` has a header, the length, and the metadata.
pub fn of_dylib(file: &[u8]) -> Option<&[u8]> {
    const HEADER: usize = 8;
    let section = match file {
        [0x7f, b'E', b'L', b'F', ..] => of_elf(file, b".rustc\0")?,
        [0xcf, 0xfa, 0xed, 0xfe, ..] => of_mach_o(file, b".rustc\0")?,
        _ => return None,
    };
    let metadata = part(section, HEADER + 8, number(section, HEADER, 8, false)?)?;
    (section.starts_with(b"rust") && metadata.starts_with(b"rust")).then_some(metadata)
}

/// A number of some bytes at a place.
fn number(file: &[u8], at: usize, size: usize, is_big: bool) -> Option<usize> {
    let bytes = file.get(at..at.checked_add(size)?)?;
    let add = |value: usize, byte: &u8| value << 8 | *byte as usize;
    Some(if is_big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
}

fn part(file: &[u8], at: usize, size: usize) -> Option<&[u8]> {
    file.get(at..at.checked_add(size)?)
}

fn of_elf<'a>(elf: &'a [u8], section: &[u8]) -> Option<&'a [u8]> {
    let (is_64, is_big) = (*elf.get(4)? == 2, *elf.get(5)? == 2);
    let read = |at: usize, size: usize| number(elf, at, size, is_big);
    let (word, table, counts) = if is_64 { (8, 40, 58) } else { (4, 32, 46) };
    let (table, entry, count, names) = (read(table, word)?, read(counts, 2)?, read(counts + 2, 2)?, read(counts + 4, 2)?);
    let place = |index: usize| {
        let at = table + index * entry;
        let (offset, size) = if is_64 { (24, 32) } else { (16, 20) };
        Some((read(at, 4)?, read(at + offset, word)?, read(at + size, word)?))
    };
    let (_, names, _) = place(names)?;
    (0..count).filter_map(place).find_map(|(name, at, size)| {
        elf.get(names + name..)?.starts_with(section).then(|| part(elf, at, size))?
    })
}

fn of_mach_o<'a>(file: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    const SEGMENT_64: usize = 0x19;
    let read = |at: usize, size: usize| number(file, at, size, false);
    let mut at = 32;
    for _ in 0..read(16, 4)? {
        if read(at, 4)? == SEGMENT_64 {
            for index in 0..read(at + 64, 4)? {
                let section = at + 72 + index * 80;
                if part(file, section, 16)?.starts_with(name) {
                    return part(file, read(section + 48, 4)?, read(section + 40, 8)?);
                }
            }
        }
        at += read(at + 4, 4)?;
    }
    None
}

fn of_coff(file: &[u8]) -> Option<&[u8]> {
    let read = |at: usize, size: usize| number(file, at, size, false);
    let sections = 20 + read(16, 2)?;
    (0..read(2, 2)?).map(|index| sections + index * 40).find_map(|section| {
        part(file, section, 8)?.starts_with(b".rmeta\0").then(|| part(file, read(section + 20, 4)?, read(section + 16, 4)?))?
    })
}

fn of_wasm(file: &[u8]) -> Option<&[u8]> {
    let mut at = 8;
    loop {
        let kind = *file.get(at)?;
        let (size, start) = leb128(file, at + 1)?;
        let body = part(file, start, size)?;
        if kind == 0 {
            let (length, from) = leb128(body, 0)?;
            if part(body, from, length)? == b".rmeta" {
                return body.get(from + length..);
            }
        }
        at = start + size;
    }
}

/// A number, and where it ends.
fn leb128(file: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let (mut value, mut shift) = (0usize, 0);
    loop {
        let byte = *file.get(at)?;
        at += 1;
        value |= ((byte & 0x7f) as usize).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some((value, at));
        }
    }
}
