/** The facts of each target, checked against the specifications that the installed rustc prints. */
import { expect, test } from 'vitest'
import { KNOWN_TARGETS, TABLE_RUSTC, targetFacts } from '../../src/cargo/platform/target-table.ts'
import { each, rustcLines, rustcVersion } from './installed-rustc.ts'

const installed = rustcVersion()
const reason = `the table is of rustc ${TABLE_RUSTC}, here is ${installed}: run scripts/update-target-cfgs.mjs`
const noOracle = installed !== TABLE_RUSTC

interface Spec {
  readonly [field: string]: unknown
  readonly metadata: {
    readonly tier?: number | null
    readonly std?: boolean | null
  }
}

test('tier, std and the kinds of linking are those of the specification', async ({ skip }) => {
  skip(noOracle, reason)
  const lines = await rustcLines(['-Z', 'unstable-options', '--print', 'all-target-specs-json'], {
    RUSTC_BOOTSTRAP: '1',
  })
  const specs = JSON.parse(lines.join('\n')) as Readonly<Record<string, Spec>>
  const theirs = KNOWN_TARGETS.map((triple) => {
    const spec = specs[triple]
    const { tier, std } = spec?.metadata ?? {}
    return {
      tier: tier ?? undefined,
      std: typeof std === 'boolean' ? (std ? 'yes' : 'no') : 'unknown',
      crtStatic: {
        default: spec?.['crt-static-default'] === true,
        respected: spec?.['crt-static-respected'] === true,
      },
    }
  })
  expect(KNOWN_TARGETS.map(targetFacts)).toEqual(theirs)
})

test(
  'the C runtime is static by default just where rustc says so',
  { timeout: 300_000 },
  async ({ skip }) => {
    skip(noOracle, reason)
    const printed = await each(KNOWN_TARGETS, (triple) => rustcLines(['--print', 'cfg', '--target', triple]))
    const theirs = KNOWN_TARGETS.filter((_, index) => printed[index]?.includes('target_feature="crt-static"'))
    expect(KNOWN_TARGETS.filter((triple) => targetFacts(triple)?.crtStatic.default)).toEqual(theirs)
    expect(theirs).toContain('x86_64-unknown-linux-musl')
  },
)
