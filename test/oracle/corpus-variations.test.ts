/** Real workspaces with changed resolver, profiles, configuration and variables: our units must be cargo's. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { corpusFolder, corpusMissing } from '../corpus.ts'
import { writeFiles } from '../registry.ts'
import { cargoMissing, type Environment } from './cargo.ts'
import { askOurs, cargoUnitGraph, difference, toArguments, type UnitRequest } from './unit-graph.ts'

const missing = corpusMissing ?? cargoMissing

const WINDOWS = 'x86_64-pc-windows-gnu'

const PROFILES = `
[profile.dev]
opt-level = 1
debug = "line-tables-only"
panic = "abort"
[profile.dev.build-override]
opt-level = 3
codegen-units = 4
[profile.dev.package."*"]
opt-level = 2
debug = false
[profile.dev.package.libc]
overflow-checks = false
[profile.tuned]
inherits = "release"
lto = "thin"
strip = "debuginfo"
[profile.tuned.package.libc]
opt-level = "s"
`

const CONFIG = `
[build]
target = ["x86_64-unknown-linux-gnu", "${WINDOWS}"]
rustflags = ["--cfg", "tokio_unstable"]
[target.'cfg(windows)']
rustflags = ["-C", "target-feature=+crt-static"]
[profile.release]
debug = 1
[env]
RUST_LOG = "debug"
`

interface Variation {
  readonly manifest: (text: string) => string
  readonly config?: string
  readonly env?: Environment
  readonly requests: readonly UnitRequest[]
}

/** The root's manifest with this resolver, whatever it said. */
function withResolver(text: string, resolver: string): string {
  const without = text.replaceAll(/^resolver *=.*\n/gm, '')
  const line = `resolver = "${resolver}"\n`
  return /^\[workspace\]$/m.test(without)
    ? without.replace(/^\[workspace\]\n/m, `[workspace]\n${line}`)
    : `${without}\n[workspace]\n${line}`
}

const USUAL: readonly UnitRequest[] = [
  { subcommand: 'build', workspace: true },
  { subcommand: 'test', workspace: true, target: [WINDOWS] },
  { subcommand: 'check', allTargets: true, defaultFeatures: false },
]

const VARIATIONS: Readonly<Record<string, Variation>> = {
  ...Object.fromEntries(
    ['1', '2', '3'].map((resolver) => [
      `resolver ${resolver}`,
      { manifest: (text: string) => withResolver(text, resolver), requests: USUAL },
    ]),
  ),
  profiles: {
    manifest: (text) => text.replaceAll(/^\[profile\.[^\]]*\]\n(?:(?!\[).*\n?)*/gm, '') + PROFILES,
    requests: [
      ...USUAL,
      { subcommand: 'build', profile: 'tuned' },
      { subcommand: 'bench', workspace: true, profile: 'tuned', target: [WINDOWS] },
    ],
  },
  configuration: {
    manifest: (text) => text,
    config: CONFIG,
    requests: [
      { subcommand: 'build', workspace: true },
      { subcommand: 'test', release: true },
      { subcommand: 'build', target: ['aarch64-apple-darwin'] },
    ],
  },
  variables: {
    manifest: (text) => text,
    env: {
      RUSTFLAGS: '--cfg tokio_unstable -Ctarget-cpu=x86-64-v3',
      CARGO_PROFILE_DEV_OPT_LEVEL: 's',
      CARGO_PROFILE_RELEASE_LTO: 'fat',
      CARGO_INCREMENTAL: '0',
    },
    requests: [{ subcommand: 'build', workspace: true, release: true }, ...USUAL],
  },
}

describe.skipIf(missing !== undefined)(`changed workspaces of the corpus (${missing ?? 'present'})`, () => {
  const names = ['mini-redis', 'bat', 'ripgrep', 'mdbook', 'cargo2nix', 'garage']
  test.for(names)('%s', { timeout: 300_000 }, async (name) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-variation-')))
    cpSync(join(corpusFolder(), name), folder, { recursive: true })
    const manifest = readFileSync(join(folder, 'Cargo.toml'), 'utf8')
    const vendor = join(corpusFolder(), 'vendor')
    const copies = `[source.crates-io]\nreplace-with = "copies"\n[source.copies]\ndirectory = "${vendor}"\n`
    const problems: string[] = []
    let graphs = 0
    for (const [title, variation] of Object.entries(VARIATIONS)) {
      const around = { env: variation.env ?? {} }
      writeFiles(folder, {
        'Cargo.toml': variation.manifest(manifest),
        '.cargo/config.toml': `${variation.config ?? ''}${copies}`,
      })
      const ours = await askOurs(folder, around)
      for (const request of variation.requests) {
        const expected = await cargoUnitGraph(folder, request, around)
        const problem = difference(expected, ours.answer(request))
        if (problem !== undefined) problems.push(`${title}: ${toArguments(request).join(' ')}\n${problem}`)
        if (expected.kind === 'graph') graphs += 1
      }
    }
    rmSync(folder, { recursive: true })
    expect(problems.join('\n')).toBe('')
    expect(graphs).toBeGreaterThan(15)
  })
})
