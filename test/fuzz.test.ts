/** Randomly changed workspaces: either refused with file and key, or written as Nix that parses and (sampled) evaluates. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nixIsMissing } from './builds/package-set.ts'
import { run } from './program.ts'

const missing = await nixIsMissing()
const [seed, runs] = [1, 500]

test.skipIf(missing)(
  `seed ${seed}, ${runs} runs${missing ? ' (no nix-instantiate on this machine)' : ''}`,
  async () => {
    const script = join(import.meta.dirname, '..', 'scripts', 'driver')
    const { status, stdout, stderr } = await run(script, ['fuzz', '--seed', `${seed}`, '--runs', `${runs}`])
    const wrong = stdout.split('\n').filter((line) => line.startsWith('WRONG'))
    expect(wrong, stderr).toEqual([])
    expect(status, stdout + stderr).toBe(0)
    // Changes that are all refused, or all harmless, would show nothing.
    const [, refused = 0, generated = 0] = (/(\d+) refused, (\d+) generated/.exec(stdout) ?? []).map(Number)
    expect(refused).toBeGreaterThan(runs / 10)
    expect(generated).toBeGreaterThan(runs / 10)
  },
  10 * 60_000,
)
