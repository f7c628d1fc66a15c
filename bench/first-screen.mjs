// first-screen.mjs [--runs N]: the rows of the README's first table that are about `generate` and `check`: processor time on
// ripgrep's 58 locked packages, the median of N runs (default: 21), and the lines that `generate` writes.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { runs: { type: 'string', default: '21' } } })
const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
const source = join(cache, 'cargo2nix-ts', 'published', 'ripgrep-14.1.1')
if (!existsSync(source)) call(join(root, 'scripts', 'fetch-published'), ['ripgrep', '14.1.1', source])

function call(program, args, cwd) {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

/** Seconds of processor time. */
function processorTime(command, cwd) {
  const script = `TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1`
  const args = ['-c', script, 'bash', process.execPath, join(root, 'dist', 'cli.js'), command]
  const { stderr } = spawnSync('bash', args, { cwd, encoding: 'utf8' })
  const [user, system] = stderr.trim().split(' ').map(Number)
  return user + system
}

const workspace = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
try {
  cpSync(source, workspace, { recursive: true })
  const times = { generate: [], check: [] }
  for (let run = 0; run < Number(values.runs); run++) {
    rmSync(join(workspace, 'nix'), { recursive: true, force: true })
    for (const command of ['generate', 'check']) times[command].push(processorTime(command, workspace))
  }
  for (const [command, seconds] of Object.entries(times)) {
    const median = seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)]
    console.log(`${command}: ${median.toFixed(2)} s`)
  }
  for (const file of readdirSync(join(workspace, 'nix')))
    console.log(`${file}: ${readFileSync(join(workspace, 'nix', file), 'utf8').split('\n').length - 1} lines`)
} finally {
  rmSync(workspace, { recursive: true, force: true })
}
