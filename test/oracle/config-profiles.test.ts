/** Profiles of the configuration, by file and by variable: cargo reads one when something requests it, and so do we. */
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargos } from './cargo.ts'
import { askOurs, cargoUnitGraph, type Answer, type Surroundings, type UnitRequest } from './unit-graph.ts'

/** Bodies of a profile that also inherits. */
const BODIES: readonly string[] = [
  'opt-level = 1',
  'opt-level = "fast"',
  'opt-level = 9',
  'opt-level = "2"',
  'opt-level = true',
  'debug = "much"',
  'debug = 3',
  'debug = -1',
  'debug = []',
  'lto = "fatter"',
  'lto = "true"',
  'lto = 1',
  'strip = []',
  'strip = "all"',
  'panic = "explode"',
  'panic = true',
  'codegen-units = "4"',
  'codegen-units = -1',
  'codegen-units = 4294967296',
  'rpath = "yes"',
  'incremental = 1',
  'overflow-checks = 0',
  'debug-assertions = "true"',
  'split-debuginfo = 1',
  'dir-name = "other"',
  'rustflags = ["-g"]',
  'rustflags = "-g"',
  'codegen-backend = "cranelift"',
  'trim-paths = "all"',
  'trim-paths = "some"',
  'hint-mostly-unused = true',
  'hint-mostly-unused = "x"',
  'build-override = "x"',
  'build-override = { panic = "abort" }',
  'build-override = { opt-level = "x" }',
  'build-override = { inherits = "dev" }',
  'build-override = { debug = 1, unknown = 1 }',
  'package = 1',
  'package = { app = 1 }',
  'package = { app = { lto = true } }',
  'package = { app = { opt-level = true } }',
  'package = { "a b" = { opt-level = 1 } }',
  'package = { "*" = { opt-level = 1 } }',
  'package = { app = { dir-name = "x" } }',
  'unknown = { a = 1 }',
  'inherits = 1',
  'inherits = "nowhere"',
  'inherits = "self"',
]

const nameOf = (index: number): string => `f${index}`
const CONFIG = [
  ...BODIES.map((body, index) => {
    const inherits = body.startsWith('inherits') ? '' : 'inherits = "release"\n'
    return `[profile.${nameOf(index)}]\n${inherits}${body.replace('"self"', `"${nameOf(index)}"`)}\n`
  }),
  '[profile.child]\ninherits = "f1"\n',
  '[profile.incomplete]\nopt-level = 1\n',
  '[profile.Case]\ninherits = "dev"\n',
  '[profile]\nnot-a-table = 1\nrelease-of-nobody = "x"\n',
].join('')

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function workspace(config: string, manifest = ''): string {
  const folder = folderWith({
    'Cargo.toml': `[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n${manifest}`,
    'Cargo.lock': 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
    'src/main.rs': 'fn main() {}\n',
    '.cargo/config.toml': config,
  })
  folders.push(folder)
  return folder
}

/** Ours, after comparing its kind with every cargo's. */
async function sameAsCargo(
  folder: string,
  request: UnitRequest,
  around: Surroundings = {},
  asked = askOurs(folder, around),
): Promise<Answer> {
  const ours = (await asked).answer(request)
  for (const cargo of cargos) {
    const theirs = await cargoUnitGraph(folder, request, around, cargo)
    expect(ours.kind, `${cargo.version}: ${JSON.stringify([ours, theirs]).slice(0, 600)}`).toBe(theirs.kind)
  }
  return ours
}

describe('in a file', () => {
  const folder = workspace(CONFIG)
  const asked = askOurs(folder)

  test('profiles that nothing requests are not read', async () => {
    const ours = await sameAsCargo(folder, { subcommand: 'build' }, {}, asked)
    expect(ours.kind, JSON.stringify(ours).slice(0, 500)).toBe('graph')
    expect((await sameAsCargo(folder, { subcommand: 'test', profile: 'release' }, {}, asked)).kind).toBe(
      'graph',
    )
  })

  test.each([
    ...BODIES.map((body, index) => [nameOf(index), body]),
    ['child'],
    ['incomplete'],
    ['Case'],
    ['not-a-table'],
  ])('requested: %s: %s', async (profile) => {
    const ours = await sameAsCargo(folder, { subcommand: 'build', profile }, {}, asked)
    if (ours.kind === 'refused') expect(ours.message).toContain('.cargo/config.toml')
  })

  test.each(['f0', 'f1', 'nowhere'])('what a profile of the manifest inherits is read: %s', async (name) => {
    const manifest = `[profile.mine]\ninherits = "${name}"\n`
    await sameAsCargo(workspace(CONFIG, manifest), { subcommand: 'build' })
  })

  test.each(['dev', 'release', 'test', 'bench', 'mine'])('%s is always read', async (name) => {
    const manifest = '[profile.mine]\ninherits = "dev"\n'
    const folder = workspace(`[profile.${name}]\nlto = 1\n`, manifest)
    const ours = await sameAsCargo(folder, { subcommand: 'build' })
    expect(ours).toMatchObject({ kind: 'refused', message: expect.stringContaining(`profile.${name}.lto`) })
  })

  test('`doc` is read by `cargo doc` alone', async () => {
    const folder = workspace('[profile.doc]\nlto = 1\n')
    await sameAsCargo(folder, { subcommand: 'build' })
    await sameAsCargo(folder, { subcommand: 'doc' })
  })
})

/** Name and value, and the profile that is requested. */
const VARIABLES: readonly (readonly [text: string, profile: string])[] = [
  ['CARGO_PROFILE_DEV_OPT_LEVEL=fast', 'dev'],
  ['CARGO_PROFILE_DEV_OPT_LEVEL=fast', 'release'],
  ['CARGO_PROFILE_DEV_OPT_LEVEL=', 'dev'],
  ['CARGO_PROFILE_DEV_DEBUG=much', 'dev'],
  ['CARGO_PROFILE_DEV_DEBUG=1', 'dev'],
  ['CARGO_PROFILE_DEV_CODEGEN_UNITS=x', 'dev'],
  ['CARGO_PROFILE_DEV_CODEGEN_UNITS=-1', 'dev'],
  ['CARGO_PROFILE_DEV_RPATH=yes', 'dev'],
  ['CARGO_PROFILE_DEV_LTO=true', 'dev'],
  ['CARGO_PROFILE_DEV_PANIC=explode', 'dev'],
  ['CARGO_PROFILE_DEV_CODEGEN_BACKEND=cranelift', 'dev'],
  ['CARGO_PROFILE_DEV_DIR_NAME=x', 'dev'],
  ['CARGO_PROFILE_DEV_RUSTFLAGS=-g', 'dev'],
  ['CARGO_PROFILE_DEV_TRIM_PATHS=all', 'dev'],
  ['CARGO_PROFILE_DEV_HINT_MOSTLY_UNUSED=true', 'dev'],
  ['CARGO_PROFILE_DEV_HINT_MOSTLY_UNUSED=x', 'dev'],
  ['CARGO_PROFILE_DEV_INHERITS=release', 'dev'],
  ['CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL=fast', 'dev'],
  ['CARGO_PROFILE_DEV_BUILD_OVERRIDE_PANIC=abort', 'dev'],
  ['CARGO_PROFILE_DEV_UNKNOWN=1', 'dev'],
  ['CARGO_PROFILE_DEV=1', 'dev'],
  ['CARGO_PROFILE=1', 'dev'],
  ['CARGO_PROFILE_FAST_OPT_LEVEL=fast', 'dev'],
  ['CARGO_PROFILE_FAST_OPT_LEVEL=1', 'fast'],
  ['CARGO_PROFILE_FAST_INHERITS=release', 'fast'],
  ['CARGO_PROFILE_FAST_INHERITS=nowhere', 'fast'],
  ['CARGO_PROFILE_VERY_FAST_INHERITS=release', 'very-fast'],
  ['CARGO_PROFILE_VERY_FAST_INHERITS=release', 'very_fast'],
  ['CARGO_PROFILE_FAST_BUILD_OVERRIDE_OPT_LEVEL=1', 'fast'],
  ['CARGO_PROFILE_FAST_UNKNOWN=1', 'fast'],
]

describe('in a variable', () => {
  const folder = workspace('')
  test.each(VARIABLES)('%s, requested: %s', async (text, profile) => {
    const [name = '', value = ''] = text.split('=')
    await sameAsCargo(folder, { subcommand: 'build', profile }, { env: { [name]: value } })
  })
})
