/** Repositories with everything a git dependency may have, and a workspace that uses them. */
import { chmodSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { git, repository, writeFiles } from './registry.ts'
import type { Files } from './folder.ts'

/** Makes `leaf`, `tree`, `sub` and `deep` in a directory; submodules are addressed by `url`, under which they are served. */
export function makeRepositories(folder: string, url: string): void {
  makeLeaf(join(folder, 'leaf'))
  repository(join(folder, 'deep'), { 'deep.txt': 'deep\n' }, [])
  repository(join(folder, 'sub'), sub, [])
  addSubmodule(join(folder, 'sub'), 'deep', 'nested', url)
  const tree = join(folder, 'tree')
  repository(tree, treeFiles, [])
  chmodSync(join(tree, 'run.sh'), 0o755)
  symlinkSync('../../../shared/linked.rs', join(tree, 'crates/inner/src/linked.rs'))
  symlinkSync('../shared', join(tree, 'crates/shared-folder'))
  symlinkSync('/nonexistent/elsewhere', join(tree, 'dangling'))
  addSubmodule(tree, 'sub', 'third/sub', url)
}

/** Two commits: the first has a branch with a slash and a tag with a plus, the second is where `main` is. */
function makeLeaf(folder: string): void {
  repository(folder, leaf(1), ['refs/heads/feature/slash', 'refs/tags/v1.0+meta'])
  writeFiles(folder, leaf(2))
  git(folder, 'commit', '--quiet', '--all', '--message=two')
}

/** Cloned from this disk: a server in this process could not answer while git is waited for. */
function addSubmodule(folder: string, name: string, path: string, url: string): void {
  const local = join(folder, '..', name)
  git(folder, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', local, path)
  git(folder, 'config', '--file', '.gitmodules', `submodule.${path}.url`, `${url}/${name}`)
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--message=two')
}

const leaf = (number: number): Files => ({
  'Cargo.toml': `[package]
name = "leaf"
version = "1.0.0"
edition = "2021"
[features]
loud = []
`,
  'src/lib.rs': `pub struct Leaf;
pub fn number() -> u32 { ${number} }
pub fn is_loud() -> bool { cfg!(feature = "loud") }
`,
})

const sub: Files = {
  'Cargo.toml': '[package]\nname = "under"\nversion = "0.3.0"\nedition = "2021"\n',
  'src/lib.rs': 'pub const DEEP: &str = include_str!("../nested/deep.txt");\n',
}

/** A workspace whose crates inherit, depend on each other, and read files outside of their directories. */
const treeFiles: Files = {
  'Cargo.toml': `[workspace]
members = ["crates/*"]
resolver = "2"
[workspace.package]
version = "5.6.7"
edition = "2021"
authors = ["Jo <jo@example.org>"]
[workspace.dependencies]
helper = { path = "crates/helper", features = ["fast"] }
`,
  'README.md': 'The tree\n',
  '.gitattributes': `*.crlf text eol=crlf
*.id ident
*.ver export-subst
*.hidden export-ignore
*.auto text=auto
*.large filter=lfs diff=lfs merge=lfs -text
`,
  'text.auto': 'one\r\ntwo\n',
  'text.large': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 5\n`,
  'several.id': '$Id$ $Id$ $Id: from another system $\n',
  'text.crlf': 'one\ntwo\n',
  'text.id': '$Id$\n',
  'text.ver': '$Format:%H$\n',
  'text.hidden': 'hidden\n',
  'run.sh': '#!/bin/sh\n',
  'naïve file.txt': 'ü\n',
  'a/b': '',
  'a.b': '',
  'a-b': '',
  'shared/linked.rs': 'pub const LINKED: &str = "linked";\n',
  'shared/odd.rs': 'pub fn odd() -> &\'static str { concat!("odd ", env!("CARGO_PKG_VERSION")) }\n',
  'crates/inner/Cargo.toml': `[package]
name = "inner"
version.workspace = true
edition.workspace = true
authors.workspace = true
readme = "../../README.md"
[dependencies]
helper = { workspace = true }
under = { path = "../../third/sub" }
`,
  'crates/inner/build.rs':
    'fn main() { println!("cargo::rustc-env=BUILT=built {}", env!("CARGO_PKG_VERSION")) }\n',
  'crates/inner/src/lib.rs': `mod linked;
pub fn tell() -> String {
    let texts = [
        include_str!("../../../README.md"), include_str!("../../../text.crlf"), include_str!("../../../text.id"),
        include_str!("../../../text.ver"), include_str!("../../../text.hidden"), include_str!("../../../naïve file.txt"),
    ];
    format!("{:?} {} {} {} {} {}", texts, linked::LINKED, helper::speed(), under::DEEP, env!("CARGO_PKG_AUTHORS"), env!("BUILT"))
}
`,
  'crates/helper/Cargo.toml':
    '[package]\nname = "helper"\nversion = "0.1.0"\nedition = "2021"\n[features]\nfast = []\n',
  'crates/helper/src/lib.rs':
    'pub fn speed() -> &\'static str { if cfg!(feature = "fast") { "fast" } else { "slow" } }\n',
  'crates/odd/Cargo.toml':
    '[package]\nname = "odd"\nversion.workspace = true\nedition = "2018"\n[lib]\npath = "../../shared/odd.rs"\n',
}

/** A program that prints what all of them say. */
export function makeProgram(folder: string, url: string, more: Files = {}): void {
  const rev = git(join(folder, '..', 'leaf'), 'rev-parse', 'v1.0+meta')
  rmSync(folder, { recursive: true, force: true })
  const line = (name: string, rest: string): string =>
    `${name} = { package = "leaf", git = "${url}/leaf", ${rest} }\n`
  writeFiles(folder, {
    'Cargo.toml': `[package]
name = "app"
version = "0.1.0"
edition = "2021"
[dependencies]
inner = { git = "${url}/tree" }
odd = { git = "${url}/tree", branch = "main" }
${line('branched', 'branch = "feature/slash"')}${line('tagged', 'tag = "v1.0+meta"')}${line('revised', `rev = "${rev}", features = ["loud"]`)}${line('newest', 'version = "1"')}`,
    'src/main.rs': `trait Name { fn name(&self) -> &'static str; }
impl Name for branched::Leaf { fn name(&self) -> &'static str { "branched" } }
impl Name for tagged::Leaf { fn name(&self) -> &'static str { "tagged" } }
impl Name for revised::Leaf { fn name(&self) -> &'static str { "revised" } }
fn main() {
    println!("{} {}", inner::tell(), odd::odd());
    println!("{} {} {} {}", branched::number(), tagged::number(), revised::number(), newest::number());
    println!("{} {} {}", branched::Leaf.name(), tagged::Leaf.name(), revised::Leaf.name());
    println!("{} {} {} {}", branched::is_loud(), tagged::is_loud(), revised::is_loud(), newest::is_loud());
}
`,
    ...more,
  })
}
