/** Borderline manifests: we refuse exactly those that cargo refuses, and the error names the file. */
import { spawnSync } from 'node:child_process'
import { realpathSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { buildPackageGraph } from '../../src/cargo/resolve/build-package-graph.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import { readWorkspace } from '../../src/io/workspace/read-workspace.ts'
import { folderWith } from '../folder.ts'

/** What is put into `[package]`, and what comes after it. */
interface Case {
  readonly name: string
  readonly package?: string
  readonly rest?: string
  /** Instead of the whole manifest. */
  readonly manifest?: string
  /** What comes after `[package]` in the manifest of a member. */
  readonly member?: string
}

const edition2024 = 'edition = "2024"\n'

const cases: readonly Case[] = [
  { name: 'a manifest with everything left out' },
  { name: 'no package and no workspace', manifest: '[dependencies]\n' },
  { name: 'a virtual manifest with dependencies', manifest: '[workspace]\n[dependencies]\n' },
  { name: 'an unknown key', package: 'colour = "red"\n', rest: '[unknown]\nkey = 1\n' },
  { name: 'metadata that is no table', package: 'metadata = "anything"\n' },
  { name: 'a name as a number', manifest: '[package]\nname = 7\nversion = "0.1.0"\n' },
  { name: 'no name', manifest: '[package]\nversion = "0.1.0"\n' },
  { name: 'a name that begins with a digit', manifest: '[package]\nname = "7zip"\nversion = "0.1.0"\n' },
  { name: 'a name with a dot', manifest: '[package]\nname = "a.b"\nversion = "0.1.0"\n' },
  { name: 'a name with two colons', manifest: '[package]\nname = "a::b"\nversion = "0.1.0"\n' },
  { name: 'a version with blanks around it', manifest: '[package]\nname = "app"\nversion = " 0.1.0 "\n' },
  { name: 'a version of two numbers', manifest: '[package]\nname = "app"\nversion = "0.1"\n' },
  { name: 'a version with a leading zero', manifest: '[package]\nname = "app"\nversion = "0.1.00"\n' },
  {
    name: 'a version as large as 64 bits can hold',
    manifest: '[package]\nname = "app"\nversion = "18446744073709551615.0.0"\n',
  },
  {
    name: 'a version larger than 64 bits can hold',
    manifest: '[package]\nname = "app"\nversion = "18446744073709551616.0.0"\n',
  },
  { name: 'categories as a string', package: 'categories = "x"\n' },
  { name: 'build that names no file', package: 'build = "x.rs"\n' },
  { name: 'build that names no Rust file', package: 'build = "x"\n' },
  { name: 'build that is a directory', package: 'build = "src"\n' },
  { name: 'build as true', package: 'build = true\n' },
  { name: 'several build scripts', package: 'build = ["build.rs"]\n' },
  { name: 'no build scripts', package: 'build = []\n' },
  // Cargo 1.95 panics for these.
  ...['', '..', 'src/../'].map((path) => ({
    name: `build that has no file name: ${path}`,
    package: `build = "${path}"\n`,
  })),
  { name: 'bin.path that names no file', rest: '[[bin]]\nname = "b"\npath = "there.rs"\n' },
  { name: 'keywords as a table', package: 'keywords = { a = 1 }\n' },
  { name: 'a feature called __proto__', rest: '[features]\n__proto__ = []\nconstructor = ["__proto__"]\n' },
  { name: 'replace as a string', manifest: 'replace = "x"\n[package]\nname = "app"\n' },
  { name: 'a patch that is no table', rest: '[patch]\nworkspace = true\n' },
  { name: 'a patch with a number', rest: '[patch.crates-io]\nx = 1\n' },
  { name: 'a patch whose version is a number', rest: '[patch.crates-io]\nx = { version = 1 }\n' },
  { name: 'an unused dependency of the workspace with a number', rest: '[workspace.dependencies]\nx = 1\n' },
  {
    name: 'an unused dependency of the workspace with a wrong type',
    rest: '[workspace.dependencies]\nx = { version = "1", features = "y" }\n',
  },
  { name: 'an unused dependency of the workspace from nowhere', rest: '[workspace.dependencies]\nx = {}\n' },
  { name: 'edition 2022', package: 'edition = "2022"\n' },
  { name: 'an unstable edition', package: 'edition = "future"\n' },
  { name: 'an edition as a number', package: 'edition = 2021\n' },
  { name: 'inheritance without a workspace', package: 'edition.workspace = true\n' },
  { name: 'inheritance that says false', package: 'license.workspace = false\n' },
  {
    name: 'inheritance of what the workspace lacks',
    package: 'license.workspace = true\n',
    rest: '[workspace]\n',
  },
  { name: 'rust-version of one number', package: 'rust-version = "1"\n' },
  { name: 'rust-version of one number with an edition', package: 'rust-version = "1"\nedition = "2021"\n' },
  { name: 'rust-version older than the edition', package: 'rust-version = "1.55"\nedition = "2021"\n' },
  { name: 'rust-version as old as the edition', package: 'rust-version = "1.56"\nedition = "2021"\n' },
  { name: 'rust-version with blanks after it', package: 'rust-version = "1.70  "\n' },
  { name: 'rust-version with a blank before it', package: 'rust-version = " 1.70.0"\n' },
  { name: 'rust-version with a tab after it', package: 'rust-version = "1.70\\t"\n' },
  { name: 'rust-version with a blank inside', package: 'rust-version = "1. 70"\n' },
  { name: 'rust-version with a comma', package: 'rust-version = "1.70,"\n' },
  { name: 'rust-version of nothing', package: 'rust-version = " "\n' },
  { name: 'rust-version with a star', package: 'rust-version = "1.70.*"\n' },
  { name: 'rust-version with a caret', package: 'rust-version = "^1.70"\n' },
  { name: 'rust-version with a prerelease', package: 'rust-version = "1.70.0-nightly"\n' },
  { name: 'links without a build script', package: 'links = "x"\n' },
  { name: 'default-run that is no program', package: 'default-run = "x"\n' },
  { name: 'build as a list', package: 'build = ["a.rs", "b.rs"]\n' },
  { name: 'metabuild', package: 'metabuild = "x"\n' },
  { name: 'forced-target', package: 'forced-target = "wasm32-wasip1"\n' },
  { name: 'two resolvers', package: 'resolver = "2"\n', rest: '[workspace]\nresolver = "2"\n' },
  { name: 'resolver 4', package: 'resolver = "4"\n' },
  { name: 'package.workspace beside workspace', package: 'workspace = "."\n', rest: '[workspace]\n' },
  { name: 'package.workspace that is no workspace', package: 'workspace = "src"\n' },
  { name: 'the table project', manifest: '[project]\nname = "app"\nversion = "0.1.0"\n' },
  {
    name: 'the table project in edition 2024',
    manifest: `[project]\nname = "app"\nversion = "0.1.0"\n${edition2024}`,
  },
  { name: 'a feature with a plus', rest: '[features]\n"c++" = []\n' },
  { name: 'a feature that begins with a digit', rest: '[features]\n8bit = []\n' },
  { name: 'a feature with a slash', rest: '[features]\n"a/b" = []\n' },
  { name: 'a feature that begins with dep:', rest: '[features]\n"dep:a" = []\n' },
  { name: 'a feature of a feature that is not there', rest: '[features]\na = ["b"]\n' },
  { name: 'a feature as a string', rest: '[features]\na = "b"\n' },
  { name: 'crate_type in edition 2024', package: edition2024, rest: '[lib]\ncrate_type = ["lib"]\n' },
  { name: 'crate-type as a string', rest: '[lib]\ncrate-type = "lib"\n' },
  { name: 'a library with a hyphen', rest: '[lib]\nname = "a-b"\n' },
  { name: 'a library of a type that nobody knows', rest: '[lib]\ncrate-type = ["sometype"]\n' },
  { name: 'a program called build', rest: '[[bin]]\nname = "build"\npath = "src/lib.rs"\n' },
  {
    name: 'a program with another file name',
    rest: '[[bin]]\nname = "x"\nfilename = "y"\npath = "src/lib.rs"\n',
  },
  { name: 'lints of an unknown tool', rest: '[lints.tidy]\nx = "warn"\n' },
  { name: 'a lint of an unknown level', rest: '[lints.rust]\nx = "loud"\n' },
  { name: 'a lint with two colons', rest: '[lints.rust]\n"clippy::all" = "warn"\n' },
  { name: 'a lint of an unknown tool with two colons', rest: '[lints.tidy]\n"a::b" = "warn"\n' },
  { name: 'a lint with too high a priority', rest: '[lints.rust]\nx = { level = "warn", priority = 200 }\n' },
  { name: 'a lint without a level', rest: '[lints.rust]\nx = { priority = 1 }\n' },
  {
    name: 'check-cfg that is no list',
    rest: '[lints.rust]\nunexpected_cfgs = { level = "warn", check-cfg = 1 }\n',
  },
  { name: 'opt-level 7', rest: '[profile.dev]\nopt-level = 7\n' },
  { name: 'opt-level in quotes', rest: '[profile.dev]\nopt-level = "3"\n' },
  { name: 'debug as text', rest: '[profile.dev]\ndebug = "line-tables-only"\n' },
  { name: 'debug 3', rest: '[profile.dev]\ndebug = 3\n' },
  { name: 'lto as a boolean in quotes', rest: '[profile.dev]\nlto = "true"\n' },
  { name: 'lto of an unknown kind', rest: '[profile.dev]\nlto = "heavy"\n' },
  { name: 'panic = "abort"', rest: '[profile.dev]\npanic = "abort"\n' },
  { name: 'panic = "scream"', rest: '[profile.dev]\npanic = "scream"\n' },
  { name: 'panic = "immediate-abort"', rest: '[profile.dev]\npanic = "immediate-abort"\n' },
  { name: 'codegen-units below zero', rest: '[profile.dev]\ncodegen-units = -1\n' },
  { name: 'a profile of a reserved name', rest: '[profile.check]\ninherits = "dev"\n' },
  { name: 'a profile with a directory', rest: '[profile.mine]\ninherits = "dev"\ndir-name = "x"\n' },
  { name: 'rustflags in a profile', rest: '[profile.dev]\nrustflags = ["-g"]\n' },
  { name: 'trim-paths in a profile', rest: '[profile.dev]\ntrim-paths = "all"\n' },
  { name: 'lto in an override', rest: '[profile.dev.package."*"]\nlto = true\n' },
  { name: 'an override in an override', rest: '[profile.dev.build-override.package."*"]\nopt-level = 1\n' },
  { name: 'an override of all packages', rest: '[profile.dev.package."*"]\nopt-level = 1\n' },
  { name: 'an override of what is no package id', rest: '[profile.dev.package."a b"]\nopt-level = 1\n' },
  { name: 'a path base', rest: '[dev-dependencies]\nx = { base = "mine", path = "x" }\n' },
  { name: 'replace beside patch', rest: '[patch.crates-io]\n[replace]\n' },
  { name: 'a patch of what is no source', rest: '[patch."no source"]\nx = { path = "x" }\n' },
  { name: 'a patch of a registry that is not configured', rest: '[patch.elsewhere]\nx = "1"\n' },
  { name: 'a platform that is none', rest: '[target."cfg(".dependencies]\n' },
  {
    name: 'cargo-features that are stable',
    manifest: 'cargo-features = ["edition2021"]\n[package]\nname = "app"\nversion = "0.1.0"\n',
  },
  ...['nonsense', 'publish-lockfile', 'named-profiles'].map((feature) => ({
    name: `the cargo feature ${feature}`,
    manifest: `cargo-features = ["${feature}"]\n[package]\nname = "app"\nversion = "0.1.0"\n`,
  })),
  { name: 'a teapot', package: 'im-a-teapot = true\n' },
  { name: 'resolver 3', package: 'resolver = "3"\n' },
  { name: 'a badge', rest: '[badges]\nx = { status = "y" }\n[badges.y]\n' },
  { name: 'a badge with a number', rest: '[badges.x]\ny = 1\n' },
  ...[
    '"x" = { path = "b" }',
    '"x:0.1" = { path = "b" }',
    '"x:0.1.0" = "1"',
    '"x:0.1.0" = { path = "b", version = "1" }',
    '"a b" = { path = "b" }',
  ].map((line) => ({ name: `replace ${line}`, rest: `[replace]\n${line}\n` })),
  ...[
    'edition = 1',
    'edition = "2044"',
    'version = "x"',
    'version = "1"',
    'version = " 1.0.0 "',
    'version = 1',
    'rust-version = "x"',
    'rust-version = "1.0.0-x"',
    'rust-version = "1.70"',
    'authors = "x"',
    'authors = { workspace = true }',
    'publish = "x"',
    'publish = ["x"]',
    'publish = false',
    'readme = 1',
    'readme = true',
    'keywords = "x"',
    'license = 1',
    'license-file = true',
    'include = "x"',
    'exclude = [1]',
    'name = 1',
  ].map((line) => ({
    name: `workspace.package that nobody inherits: ${line}`,
    rest: `[workspace.package]\n${line}\n`,
  })),
  ...[
    'rust = "x"',
    'rust.a = "nope"',
    'rust.a = 1',
    'rust.a = { level = "warn", priority = "x" }',
    'rust.a = { level = "warn", priority = 1000 }',
    'rust.a = { priority = 1 }',
    'nope.x = "warn"',
    'rust.unexpected_cfgs = { level = "warn", check-cfg = 1 }',
    'rust."a::b" = "warn"',
    'workspace = true',
    'rust = {}',
  ].map((line) => ({
    name: `workspace.lints that nobody inherits: ${line}`,
    rest: `[workspace.lints]\n${line}\n`,
  })),
  ...[
    '[profile.dev]\nopt-level = 9',
    '[profile.dev.package."*"]\npanic = "abort"',
    '[profile.dev]\npanic = "nope"',
    '[profile.build]\ninherits = "dev"',
    '[profile.dev.package."a@"]',
    '[patch.crates-io]\nx = { features = ["a"] }',
    '[patch.crates-io]\nx = "nope"',
    '[patch.crates-io]\nx = { path = "nowhere" }',
    '[patch."not a URL"]\nx = "1"',
    '[patch.mine]\nx = "1"',
    '[replace]\nx = { path = "x" }',
    '[replace]\n"x:1.0.0" = { path = "x", version = "1" }',
    '[replace]\n"x:1.0.0" = { path = "x" }',
    '[replace]\n[patch]',
  ].map((tables) => ({ name: `in a member: ${tables.replaceAll('\n', ' ')}`, member: tables })),
  { name: 'a key twice', rest: '[features]\na = []\na = []\n' },
  { name: 'a table twice', rest: '[features]\n[features]\n' },
  { name: 'an integer beyond 64 bits', package: 'metadata.x = 99999999999999999999\n' },
  { name: 'authors as a string', package: 'authors = "me"\n' },
  { name: 'readme = true without one', package: 'readme = true\n' },
]

const lockfile = 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n'

const appWith = (text: string): string => `[package]\nname = "app"\nversion = "0.1.0"\n${text}`

test.for(cases)('$name', async ({ package: keys = '', rest = '', manifest, member }) => {
  const text =
    manifest ?? (member === undefined ? appWith(`${keys}${rest}`) : '[workspace]\nmembers = ["app"]\n')
  const folder = realpathSync(
    folderWith({
      'Cargo.toml': text,
      'Cargo.lock': lockfile,
      'src/lib.rs': '',
      ...(member === undefined ? {} : { 'app/Cargo.toml': appWith(member), 'app/src/lib.rs': '' }),
    }),
  )
  try {
    // `--unit-graph` reads profiles, too, which `metadata` does not.
    const env = { ...process.env, RUSTC_BOOTSTRAP: '1' }
    const args = ['build', '--unit-graph', '-Zunstable-options', '--offline', '--lib']
    const cargo = spawnSync('cargo', args, { cwd: folder, encoding: 'utf8', env })
    const reading = readWorkspace({ cwd: folder, env: {}, offline: true }).then(buildPackageGraph)
    const ours = await reading.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (cargo.status === 0) expect(ours).toBeUndefined()
    else expect(ours, cargo.stderr).toBeInstanceOf(Cargo2NixError)
    if (ours instanceof Cargo2NixError)
      expect(ours.path).toMatch(new RegExp(`^${folder}/(app/)?Cargo.toml|src/Cargo.toml$`))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
