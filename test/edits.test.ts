/** Random edits of a small workspace: `check` agrees with `generate`, and `why` with what Nix would rebuild. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nixIsMissing } from './builds/package-set.ts'
import { run } from './program.ts'

const missing = await nixIsMissing()
const [seed, runs] = [1, 40]

test.skipIf(missing)(
  `seed ${seed}, ${runs} edits${missing ? ' (no nix-instantiate on this machine)' : ''}`,
  async () => {
    const script = join(import.meta.dirname, '..', 'scripts', 'driver')
    const args = ['edits', '--seed', `${seed}`, '--runs', `${runs}`]
    const { status, stdout, stderr } = await run(script, args)
    expect(stdout.split('\n').filter((line) => line.startsWith('WRONG'))).toEqual([])
    expect(status, stdout + stderr).toBe(0)
    // Edits that are all refused, or change nothing, would show nothing.
    const [, stale = 0, rebuilt = 0] = (/(\d+) made the files stale, (\d+) rebuild/.exec(stdout) ?? []).map(
      Number,
    )
    expect(stale).toBeGreaterThan(runs / 10)
    expect(rebuilt).toBeGreaterThan(runs / 10)
  },
  20 * 60_000,
)
