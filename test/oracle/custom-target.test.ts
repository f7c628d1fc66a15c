/** Custom targets against rustc: its own specifications read as if they were custom, and invented ones. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { customTargetCfgs, parseTargetSpec } from '../../src/cargo/custom-target.ts'
import { cfgSetOf } from '../../src/cargo/target-cfg.ts'
import { featureTable } from '../../src/cargo/target-feature.ts'
import { KNOWN_TARGETS, TABLE_RUSTC } from '../../src/cargo/target-table.ts'
import { cargosCfgs, printedCfgs, rustcLines, rustcVersion } from './installed-rustc.ts'

/** Lets a stable rustc print specifications and read custom ones. */
const NIGHTLY = { RUSTC_BOOTSTRAP: '1' }
const UNSTABLE = ['-Z', 'unstable-options']

const installed = rustcVersion()
const reason =
  installed === undefined
    ? 'rustc is not installed'
    : `the tables are of rustc ${TABLE_RUSTC}, here is ${installed}: run scripts/update-target-cfgs.mjs`
const noOracle = installed !== TABLE_RUSTC

type Spec = Readonly<Record<string, unknown>>

async function specsOfRustc(): Promise<Readonly<Record<string, Spec>>> {
  const lines = await rustcLines([...UNSTABLE, '--print', 'all-target-specs-json'], NIGHTLY)
  return JSON.parse(lines.join('\n')) as Record<string, Spec>
}

test('the specification of each of rustc’s targets gives the cfgs of that target', async ({ skip }) => {
  skip(noOracle, reason)
  const specs = await specsOfRustc()
  for (const triple of KNOWN_TARGETS) {
    const cfgs = customTargetCfgs(parseTargetSpec(specs[triple], `${triple}.json`))
    expect(printedCfgs(cfgs), triple).toEqual(printedCfgs(cfgSetOf(triple)))
  }
})

const invented: readonly { like: string; changed: Spec; flags?: readonly string[] }[] = [
  // A kernel, as in most tutorials.
  {
    like: 'x86_64-unknown-none',
    changed: { features: '-mmx,-sse,+soft-float', os: 'none', vendor: 'phil', 'panic-strategy': 'abort' },
  },
  { like: 'x86_64-unknown-linux-gnu', changed: { cpu: 'x86-64-v3', env: 'musl', vendor: 'acme' } },
  {
    like: 'x86_64-unknown-linux-gnu',
    changed: { features: '+cx16,+pclmul', 'target-family': ['unix', 'wasm'] },
  },
  { like: 'x86_64-unknown-linux-gnu', changed: {}, flags: ['-C', 'target-cpu=skylake', '-C', 'panic=abort'] },
  {
    like: 'i686-unknown-linux-gnu',
    changed: { 'max-atomic-width': 32, 'target-family': 'windows', os: 'nt' },
  },
  {
    like: 'aarch64-unknown-none',
    changed: { features: '+v8a,+strict-align,+lse', os: 'my_os', env: 'newlib' },
  },
  {
    like: 'aarch64-unknown-linux-gnu',
    changed: { cpu: 'cortex-a76' },
    flags: ['-Ctarget-feature=-lse,+sve2'],
  },
  { like: 'riscv32imac-unknown-none-elf', changed: { features: '+m,+c', 'atomic-cas': false, os: 'tock' } },
  { like: 'riscv64gc-unknown-none-elf', changed: { features: '+m,+a,+c', 'min-atomic-width': 32 } },
  {
    like: 'thumbv7em-none-eabihf',
    changed: { 'max-atomic-width': 16, abi: 'eabi', 'panic-strategy': 'unwind' },
  },
  {
    like: 'wasm32-unknown-unknown',
    changed: { vendor: 'mine', 'crt-static-default': true, 'crt-static-respected': true },
  },
  {
    like: 'x86_64-unknown-linux-musl',
    changed: { vendor: 'me' },
    flags: ['-C', 'target-feature=-crt-static'],
  },
  {
    like: 'x86_64-unknown-linux-musl',
    changed: { vendor: 'me' },
    flags: ['-C', 'target-feature=+crt-static'],
  },
]

/** Of what rustc prints when it takes itself for a nightly one, that which a stable one sets. */
function stable(cfgs: readonly string[], arch: string): readonly string[] {
  const names = new Set(['debug_assertions', 'unix', 'windows'])
  const keys = new Set([
    'panic',
    'abi',
    'arch',
    'endian',
    'env',
    'family',
    'has_atomic',
    'os',
    'pointer_width',
    'vendor',
  ])
  return cfgs.filter((cfg) => {
    const [, key = '', value] = /^([^=]*)(?:="(.*)")?$/.exec(cfg) ?? []
    if (value === undefined) return names.has(key)
    if (key === 'target_feature') return value === 'crt-static' || Object.hasOwn(featureTable(arch), value)
    return keys.has(key.replace('target_', ''))
  })
}

test('an invented target has the cfgs that rustc gives it', async ({ skip }) => {
  skip(noOracle, reason)
  const specs = await specsOfRustc()
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-target-'))
  for (const [index, { like, changed, flags = [] }] of invented.entries()) {
    const spec: Spec = { ...specs[like], ...changed }
    const path = join(folder, `custom-${index}.json`)
    writeFileSync(path, JSON.stringify(spec))
    const theirs = await cargosCfgs(path, [...UNSTABLE, ...flags], NIGHTLY)
    const ours = customTargetCfgs(parseTargetSpec(spec, path), { rustflags: flags })
    const arch = String(spec['arch'])
    expect(printedCfgs(ours), `${like} ${JSON.stringify(changed)}`).toEqual(theirs && stable(theirs, arch))
  }
})

test('a file that is no target is an error that names the field and the file', () => {
  const error = expect.objectContaining({ code: 'bad-config', path: 'board.json' }) as Error
  expect(() => parseTargetSpec({ arch: 'x86_64' }, 'board.json')).toThrow(error)
  expect(() => parseTargetSpec([], 'board.json')).toThrow(error)
  expect(() => parseTargetSpec({ arch: 'arm', 'target-pointer-width': '32', os: 7 }, 'board.json')).toThrow(
    /`os`/,
  )
})
