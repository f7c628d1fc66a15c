/** The workspaces to change: the unit graphs' fixtures, each one rule of cargo, and one with a bit of everything. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Files } from '../folder.ts'
import { parseFixture } from '../oracle/unit-fixture.ts'

export interface Base {
  readonly name: string
  readonly files: Files
}

const EVERYTHING: Files = {
  'Cargo.toml': `[workspace]
members = ["app", "crates/*"]
exclude = ["other"]
default-members = ["app"]
resolver = "2"

[workspace.package]
version = "0.3.0"
edition = "2021"
authors = ["a <a@b>"]
license = "MIT"

[workspace.dependencies]
core = { path = "crates/core", default-features = false }

[workspace.lints.rust]
unsafe_code = "forbid"
unexpected_cfgs = { level = "warn", check-cfg = ["cfg(x)"] }

[profile.release]
lto = "thin"
codegen-units = 1
[profile.release.package.core]
opt-level = "s"
[profile.release.build-override]
opt-level = 1
[profile.small]
inherits = "release"
strip = "debuginfo"

[workspace.metadata.cargo2nix]
targets = ["x86_64-unknown-linux-musl"]
hosts = ["x86_64-unknown-linux-gnu"]
[workspace.metadata.cargo2nix.builds.extra]
packages = ["app"]
features = ["app/fast"]
profile = "small"
[workspace.metadata.cargo2nix.target.x86_64-unknown-linux-musl]
static = true
`,
  'Cargo.lock': `version = 4

[[package]]
name = "app"
version = "0.3.0"
dependencies = [
 "core",
 "macros",
]

[[package]]
name = "core"
version = "0.3.0"

[[package]]
name = "macros"
version = "0.3.0"
`,
  'app/Cargo.toml': `[package]
name = "app"
version.workspace = true
edition.workspace = true
authors.workspace = true
license.workspace = true
description = "x"
default-run = "app"
build = "build.rs"
links = "app"
categories = ["x"]
publish = false

[features]
default = ["fast"]
fast = ["core/fast", "dep:macros"]

[dependencies]
core = { workspace = true, features = ["std"] }
macros = { path = "../crates/macros", optional = true }
[target.'cfg(unix)'.build-dependencies]
core.workspace = true

[lib]
name = "applib"
path = "src/lib.rs"
crate-type = ["rlib"]
[[bin]]
name = "app"
path = "src/main.rs"
required-features = ["fast"]
[[test]]
name = "t"
path = "tests/t.rs"
harness = false

[lints]
workspace = true

[package.metadata.cargo2nix]
include = ["data/*"]
`,
  'app/data/text': 'x',
  'app/build.rs': 'fn main() {}\n',
  'app/src/lib.rs': '',
  'app/src/main.rs': 'fn main() {}\n',
  'app/tests/t.rs': 'fn main() {}\n',
  'crates/core/Cargo.toml':
    '[package]\nname = "core"\nversion.workspace = true\nedition = "2018"\n[features]\nstd = []\nfast = ["std"]\n',
  'crates/core/src/lib.rs': '',
  'crates/macros/Cargo.toml':
    '[package]\nname = "macros"\nversion = "0.3.0"\nedition = "2024"\n[lib]\nproc-macro = true\n',
  'crates/macros/src/lib.rs': '',
  '.cargo/config.toml': `[build]
rustflags = ["--cfg", "x"]
[target.x86_64-unknown-linux-gnu]
linker = "cc"
runner = ["run", "it"]
[target.x86_64-unknown-linux-gnu.app]
rustc-link-lib = ["x"]
rustc-cfg = ["y"]
[target.'cfg(target_env = "musl")']
rustflags = "-C relocation-model=static"
[env]
A = "1"
B = { value = "x", relative = true, force = true }
[profile.release]
debug = 1
`,
  'rust-toolchain.toml':
    '[toolchain]\nchannel = "stable"\ncomponents = ["clippy"]\ntargets = ["wasm32-wasip1"]\nprofile = "minimal"\n',
}

/** All of them; those that are refused as they are, are, too. */
export function bases(): readonly Base[] {
  const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'units')
  const texts = readdirSync(folder).filter((name) => name.endsWith('.txtar'))
  const units = texts.map((name) => ({
    name,
    files: parseFixture(readFileSync(join(folder, name), 'utf8')).files,
  }))
  const most = { name: 'everything', files: EVERYTHING }
  // As often as a quarter of the others together: it has files that they lack.
  return [...units, ...Array.from({ length: Math.ceil(units.length / 4) }, () => most)]
}

/** Files that are changed. */
export function isMutable(path: string): boolean {
  return /(?:^|\/)(?:Cargo\.toml|Cargo\.lock|config\.toml|rust-toolchain\.toml|\.cargo-checksum\.json)$/.test(
    path,
  )
}
