/** A small workspace with most kinds of targets, for random edits. */
import type { Files } from '../folder.ts'

const manifest = (name: string, rest: string): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${rest}`

export const SMALL: Files = {
  'Cargo.toml': '[workspace]\nmembers = ["members/*"]\nresolver = "2"\n',
  '.gitignore': '/target\n*.log\n',
  'README.md': '# Small\n',
  'notes/note.txt': 'a note\n',
  'members/base/Cargo.toml': manifest('base', 'readme = "../../README.md"\n[features]\nloud = []\n'),
  'members/base/src/lib.rs': 'mod words;\npub const NOTE: &str = include_str!("../../../notes/note.txt");\n',
  'members/base/src/words.rs': '',
  'members/base/tests/speaks.rs': 'mod common;\n',
  'members/base/tests/common/mod.rs': '',
  'members/middle/Cargo.toml': manifest(
    'middle',
    '[dependencies]\nbase = { path = "../base" }\n[dev-dependencies]\nnamed = { path = "../named" }\n',
  ),
  'members/middle/src/lib.rs': '',
  'members/middle/build.rs': 'fn main() { println!("cargo::rerun-if-changed=table.txt"); }\n',
  'members/middle/table.txt': 'one\n',
  'members/middle/examples/shows.rs': 'fn main() {}\n',
  'members/named/Cargo.toml': manifest('named', '[lib]\nproc-macro = true\n'),
  'members/named/src/lib.rs': '',
  'members/tool/Cargo.toml': manifest(
    'tool',
    '[dependencies]\nmiddle = { path = "../middle" }\nnamed = { path = "../named", optional = true }\n',
  ),
  'members/tool/src/main.rs': 'mod options;\nfn main() {}\n',
  'members/tool/src/options.rs': '',
  'members/tool/src/bin/second/main.rs': 'fn main() {}\n',
}
