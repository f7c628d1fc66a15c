/** Which targets link without a C compiler, checked against rustc's target specifications. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { KNOWN_TARGETS, TABLE_RUSTC } from '../../src/cargo/platform/target-table.ts'
import { rustcLines, rustcVersion } from '../oracle/installed-rustc.ts'
import { machinePackageSet, nixEval, nixIsMissing } from '../builds/package-set.ts'

const template = join(import.meta.dirname, '..', '..', 'templates', 'toolchain', 'has-own-linker.nix')
const missing = (await nixIsMissing())
  ? 'there is no nix-instantiate'
  : rustcVersion() === TABLE_RUSTC
    ? undefined
    : `rustc ${TABLE_RUSTC} is not installed`

/** nixpkgs' own C compiler links these: rust-lld finds what it needs in Rust's distribution alone. */
const LINKED_BY_CC = ['wasm32-wasip1', 'wasm32-wasip1-threads']

interface Spec {
  readonly linker?: string
  readonly 'linker-flavor'?: string
}

test('rustc brings the linker of a target', async ({ skip }) => {
  if (missing !== undefined) return skip(missing)
  const lines = await rustcLines(['-Z', 'unstable-options', '--print', 'all-target-specs-json'], {
    RUSTC_BOOTSTRAP: '1',
  })
  const specs = JSON.parse(lines.join('\n')) as Readonly<Record<string, Spec>>
  const theirs = KNOWN_TARGETS.filter((triple) => {
    const spec = specs[triple]
    return spec?.linker === 'rust-lld' || spec?.['linker-flavor'] === 'bpf'
  })
  const list = `[ ${KNOWN_TARGETS.map((triple) => JSON.stringify(triple)).join(' ')} ]`
  const set = await machinePackageSet()
  const ours = await nixEval(set, `builtins.filter (import ${template}) ${list}`)
  expect(ours).toEqual(theirs.filter((triple) => !LINKED_BY_CC.includes(triple)))
})
