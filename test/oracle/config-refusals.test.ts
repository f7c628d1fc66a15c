/** Borderline configuration: we refuse what cargo refuses, and the error names the file and the key. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { askOurs, cargoUnitGraph } from './unit-graph.ts'

interface Case {
  readonly config: string
  /** In our error; undefined: cargo accepts it. */
  readonly key?: string
}

const CASES: readonly Case[] = [
  { config: 'build.target = true', key: 'build.target' },
  { config: 'build.target = 1', key: 'build.target' },
  { config: 'build.target = ["x86_64-unknown-linux-gnu", true]', key: 'build.target' },
  { config: 'build.rustflags = true', key: 'build.rustflags' },
  { config: 'build = "x"', key: 'build' },
  { config: 'target = true', key: 'target' },
  { config: '[target]\nx86_64-unknown-linux-gnu = true', key: 'target.x86_64-unknown-linux-gnu' },
  {
    config: '[target.x86_64-unknown-linux-gnu]\nlinker = true',
    key: 'target.x86_64-unknown-linux-gnu.linker',
  },
  // What stands for a build script is read for the platforms that something is compiled for.
  { config: '[target.release]\ndebug = 1' },
  { config: '[target.aarch64-apple-darwin]\nthing = 1' },
  { config: '[target.aarch64-apple-darwin.thing]\nrustc-link-lib = 1' },
  { config: '[target.aarch64-apple-darwin]\nlinker = 1', key: 'target.aarch64-apple-darwin.linker' },
  {
    config: '[target.x86_64-unknown-linux-gnu]\nthing = 1',
    key: 'target.x86_64-unknown-linux-gnu.thing',
  },
  {
    config: '[target.x86_64-unknown-linux-gnu.thing]\nrustc-link-lib = 1',
    key: 'target.x86_64-unknown-linux-gnu.thing.rustc-link-lib',
  },
  { config: '[profile.DEV]\nopt-level = 1' },
  { config: '[profile.dev]\nopt-level = "fast"', key: 'profile.dev.opt-level' },
  { config: '[profile.dev]\ndebug = "much"', key: 'profile.dev.debug' },
  { config: '[profile.dev]\nlto = "fatter"' },
  { config: '[profile.dev]\nstrip = []', key: 'profile.dev.strip' },
  { config: '[profile.dev]\ncodegen-units = 0' },
  { config: '[profile.dev]\nincremental = "x"', key: 'profile.dev.incremental' },
  { config: '[profile.dev.build-override]\npanic = "abort"', key: 'profile.dev.build-override' },
  { config: '[profile.dev.package.app]\nopt-level = true', key: 'profile.dev.package.app.opt-level' },
  { config: 'profile = 1', key: 'profile' },
  { config: '[env]\nX = true', key: 'env.X' },
  { config: '[env]\nX = { value = 1 }', key: 'env.X' },
  { config: '[env]\n__proto__ = "x"\nconstructor = { value = "x", force = true }' },
  { config: '[alias]\nb = "build"\n[http]\ntimeout = 1' },
  { config: '[source.crates-io]\nreplace-with = "nowhere"' },
  ...['source', 'registries', 'registry', 'http', 'term', 'env', 'build', 'patch', 'resolver'].flatMap(
    (key) => [
      { config: `[[${key}]]`, key },
      { config: `${key} = 1`, key },
    ],
  ),
  ...['""', '" "', '["x86_64-unknown-linux-gnu", ""]'].map((value) => ({
    config: `build.target = ${value}`,
    key: 'build.target',
  })),
  ...['0', '"many"', 'true', '"0"'].map((value) => ({ config: `build.jobs = ${value}`, key: 'build.jobs' })),
  { config: 'build.jobs = -1' },
  { config: 'build.jobs = "default"' },
  ...[
    'build.rustc',
    'build.rustdoc',
    'build.rustc-wrapper',
    'build.rustc-workspace-wrapper',
    'build.target-dir',
    'build.build-dir',
    'build.dep-info-basedir',
    'build.artifact-dir',
    'build.pipelining',
    'build.sbom',
    'http.proxy',
    'http.cainfo',
    'http.user-agent',
    'http.check-revoke',
    'http.multiplexing',
    'http.debug',
    'term.verbose',
    'term.quiet',
    'term.unicode',
    'term.hyperlinks',
    'term.progress',
    'term.progress.when',
    'term.progress.term-integration',
    'term.color',
    'resolver.feature-unification',
  ].map((key) => ({ config: `${key} = 1`, key })),
  ...[
    'http.timeout',
    'http.low-speed-limit',
    'term.progress.width',
    'term.progress.when',
    'term.color',
    'resolver.feature-unification',
    'resolver.incompatible-rust-versions',
  ].map((key) => ({ config: `${key} = "x"`, key })),
  { config: 'term.progress.when = "always"', key: 'term.progress.when' },
  { config: 'term.progress = { when = "always", width = 80 }' },
  { config: 'net = { retry = "x", offline = 1 }\ncargo-new.vcs = "x"\nregistry.default = 1\nalias.b = 1' },
  ...['CARGO_HOME', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN'].flatMap((name) => [
    { config: `env.${name} = "x"`, key: `env.${name}` },
    { config: `env.${name} = { value = "x", relative = true }`, key: `env.${name}` },
  ]),
  { config: 'env.cargo_home = "x"\nenv.RUSTUP_OTHER = "x"' },
  ...['"nope"', '"src/main.rs"', '1'].map((path) => ({ config: `paths = [${path}]`, key: 'paths' })),
  { config: 'paths = ["."]' },
  { config: '[[net]]\n[[cargo-new]]' },
  { config: 'include = ["more.toml", { path = "absent.toml", optional = true }]' },
  { config: 'include = [{ path = "more.toml", optional = "yes" }]', key: 'optional' },
  { config: 'include = [{ path = "more.toml", optional = 1 }]', key: 'optional' },
  { config: 'include = [{ optional = true }]', key: 'include' },
  { config: 'include = [".toml"]', key: 'include' },
  ...['o[1]', '*', 'm?re', '{name}', 'more}'].flatMap((name) => [
    { config: `include = ["${name}.toml"]`, key: 'include' },
    { config: `include = [{ path = "${name}.toml", optional = true }]`, key: 'include' },
  ]),
  { config: 'x = ', key: 'line 1' },
  { config: 'a = 1\na = 2', key: 'line 2' },
]

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function workspace(config: string): string {
  const folder = folderWith({
    'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n',
    'Cargo.lock': 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
    'src/main.rs': 'fn main() {}\n',
    '.cargo/config.toml': `${config}\n`,
    ...Object.fromEntries(['more', 'o[1]', '{name}', 'more}', ''].map((name) => [`.cargo/${name}.toml`, ''])),
  })
  folders.push(folder)
  return folder
}

test.each(CASES)('$config', async ({ config, key }) => {
  const folder = workspace(config)
  const request = { subcommand: 'build' } as const
  const expected = await cargoUnitGraph(folder, request)
  expect(expected.kind, JSON.stringify(expected).slice(0, 300)).toBe(key === undefined ? 'graph' : 'refused')
  const ours = (await askOurs(folder)).answer(request)
  expect(ours.kind, JSON.stringify(ours).slice(0, 300)).toBe(expected.kind)
  if (ours.kind === 'refused') {
    expect(ours.message).toContain('.cargo/config.toml')
    expect(ours.message).toContain(key)
  }
})

describe('a rust-toolchain.toml that cannot be read is an error', () => {
  test.each(['bytes that are not UTF-8', 'no TOML'])('%s', async (kind) => {
    const folder = workspace('')
    const path = join(folder, 'rust-toolchain.toml')
    writeFileSync(
      path,
      kind === 'no TOML' ? '[toolchain' : Buffer.from('[toolchain]\nchannel = "\xff"\n', 'latin1'),
    )
    const { answer } = await askOurs(folder)
    const ours = answer({ subcommand: 'build' })
    expect(ours).toMatchObject({ kind: 'refused', message: expect.stringContaining('rust-toolchain.toml') })
  })
})
