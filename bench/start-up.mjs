// start-up.mjs [--runs N]: processor time of `cargo2nix-ts --version` beside that of an empty script, in pairs.
//
// User and system time of the processes, which a busy machine changes less than it does time on the wall.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')
const { values } = parseArgs({ options: { runs: { type: 'string', default: '31' } } })
const runs = Number(values.runs)

const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-bench-'))
const empty = join(folder, 'empty.mjs')
writeFileSync(empty, '')

/** Milliseconds of the processor; bash counts those of what it ran. */
function time(...args) {
  const command = 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&1; } 2>&1'
  const { stdout } = spawnSync('bash', ['-c', command, 'bash', process.execPath, ...args], {
    encoding: 'utf8',
  })
  const [user, system] = stdout.trim().split(' ').map(Number)
  return (user + system) * 1000
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

time(cli, '--version')
const pairs = Array.from({ length: runs }, (_, index) => {
  // who goes first alternates
  if (index % 2 === 0) return { none: time(empty), ours: time(cli, '--version') }
  const ours = time(cli, '--version')
  return { none: time(empty), ours }
})
console.log(`${runs} pairs, medians: an empty script ${median(pairs.map(({ none }) => none)).toFixed(0)} ms`)
console.log(`cargo2nix-ts --version ${median(pairs.map(({ ours }) => ours)).toFixed(0)} ms`)
console.log(`difference ${median(pairs.map(({ none, ours }) => ours - none)).toFixed(0)} ms`)
rmSync(folder, { recursive: true })
