/** Flags of `cfg()` tables that depend on other flags, compared with those that cargo passes to rustc. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configReader } from '../../src/cargo/config/config-reader.ts'
import { rustflagsOf } from '../../src/cargo/platform/target-rustflags.ts'
import { toCargoConfig } from '../../src/cargo/workspace/config.ts'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { readConfigFiles } from '../../src/io/workspace/read-config.ts'
import { folderWith } from '../folder.ts'
import { cargoMissing, runCargo } from './cargo.ts'

const host = hostTriple()
const skipped = cargoMissing === undefined ? '' : ` (skipped: ${cargoMissing})`

test.skipIf(cargoMissing !== undefined).each([
  ['a table that removes what chose it', { 'cfg(a)': 'b' }, 'a'],
  ['a chain of two', { [host]: 'a', 'cfg(a)': 'b' }, ''],
  ['a chain of three', { [host]: 'a', 'cfg(a)': 'b', 'cfg(b)': 'c' }, ''],
  ['a chain of three that begins in build', { 'cfg(unix)': 'a', 'cfg(a)': 'b' }, 'c'],
  ['a table that chooses itself away', { 'cfg(not(a))': 'a' }, ''],
  ['two that choose each other', { 'cfg(a)': 'b', 'cfg(b)': 'a' }, 'a'],
  ['the same flag once more', { [host]: 'a', 'cfg(a)': 'a' }, ''],
  ['a cfg that is not there', { 'cfg(b)': 'c' }, 'a'],
])(`%s${skipped}`, async (_, tables, build) => {
  const list = (cfg: string) => `rustflags = ["--cfg", "${cfg}"]\n`
  const targets = Object.entries(tables).map(([key, cfg]) => `[target.'${key}']\n${list(cfg!)}`)
  await compare(`${targets.join('')}[build]\n${build === '' ? '' : list(build)}`)
})

test.skipIf(cargoMissing !== undefined).each([
  ['panic="abort"', '-Cpanic=abort'],
  ['not(debug_assertions)', '-O'],
  ['target_feature="avx2"', '-Ctarget-feature=+avx2'],
])(`cfg(%s) of the flag %s${skipped}`, async (cfg, flag) => {
  await compare(`[build]\nrustflags = ["${flag}"]\n[target.'cfg(${cfg})']\nrustflags = ["--cfg", "a"]\n`)
})

async function compare(config: string): Promise<void> {
  const folder = folderWith({
    'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n',
    'src/lib.rs': '',
    '.cargo/config.toml': config,
  })
  try {
    const { stderr } = await runCargo(['check', '--verbose'], folder, {
      CARGO_TARGET_DIR: join(folder, 'target'),
    })
    const call = /^ *Running `(.*)`$/m.exec(stderr)?.[1] ?? stderr
    // Cargo's own cfgs are for `--check-cfg`.
    const words = call.split(' ')
    const theirs = words.slice(words.findLastIndex((word) => word.startsWith('dependency=')) + 1)
    const reader = configReader(readConfigFiles(folder, join(folder, 'home')), {}, folder)
    const ours = rustflagsOf(toCargoConfig(reader, [host]), host, [null], null)
    expect(ours).toEqual(theirs)
    expect(call).toContain('--crate-name app')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
