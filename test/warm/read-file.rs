//! Prints what the wrapper's own functions make of a file: its hash, or the metadata of a library.
#[path = "../../templates/shell/warm-rustc/blake2.rs"]
mod blake2;
#[path = "../../templates/shell/warm-rustc/metadata.rs"]
mod metadata;

use std::io::Write;

fn main() {
    let mut args = std::env::args().skip(1);
    let (what, path) = (args.next().unwrap(), args.next().unwrap());
    let bytes = std::fs::read(path).unwrap();
    match what.as_str() {
        "hash" => print!("{}", blake2::hash(&bytes)),
        "rlib" => std::io::stdout().write_all(metadata::of_archive(&bytes).unwrap()).unwrap(),
        "dylib" => std::io::stdout().write_all(metadata::of_dylib(&bytes).unwrap()).unwrap(),
        _ => panic!("{what}"),
    }
}
