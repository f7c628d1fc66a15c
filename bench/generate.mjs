// generate.mjs [--workspace DIR] [--runs N]: how long `generate` takes against `cargo metadata` on the same workspace.
//
// Both run warm and in turn, so that whatever else the machine does falls on both; each pair gives one ratio, and the
// least, the median and the greatest of them are printed. Without --workspace it is Garage (488 packages), where the
// corpus of real workspaces lies beside the project. cargo answers from its cache: nothing is fetched while measuring.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const cli = join(root, 'dist', 'cli.js')

const { values } = parseArgs({
  options: { workspace: { type: 'string' }, runs: { type: 'string', default: '15' } },
})
const runs = Number(values.runs)

/** Five of Garage's targets and three more. */
const eightTargets = [
  'x86_64-unknown-linux-gnu',
  'x86_64-unknown-linux-musl',
  'i686-unknown-linux-musl',
  'aarch64-unknown-linux-musl',
  'arm-unknown-linux-musleabihf',
  'aarch64-apple-darwin',
  'x86_64-pc-windows-gnu',
  'riscv64gc-unknown-linux-gnu',
]
const oneHost = ['x86_64-linux']
const fourHosts = ['x86_64-linux', 'aarch64-linux', 'x86_64-darwin', 'aarch64-darwin']

const settings = [
  { name: '1 host, 1 target', hosts: oneHost, targets: ['x86_64-unknown-linux-gnu'] },
  { name: '1 host, 8 targets', hosts: oneHost, targets: eightTargets },
  { name: '4 hosts, 8 targets', hosts: fourHosts, targets: eightTargets },
]

function corpusWorkspace() {
  const packed = join(root, '..', 'shared', 'corpus', 'corpus.tar.xz')
  if (!existsSync(packed)) {
    console.error('bench: no corpus of workspaces beside the project; give one by --workspace DIR')
    process.exit(2)
  }
  const cache =
    process.env.CARGO2NIX_TEST_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cargo2nix-ts')
  const folder = join(cache, 'corpus')
  if (!existsSync(join(folder, 'vendor'))) {
    mkdirSync(folder, { recursive: true })
    execFileSync('tar', ['-C', folder, '-xJf', packed])
  }
  return join(folder, 'garage')
}

/** A copy beside the workspace, where the same cargo configuration holds, with our settings in its manifest. */
function copyWith(workspace, { hosts, targets }) {
  const copy = mkdtempSync(join(dirname(workspace), `${basename(workspace)}.bench-`))
  cpSync(workspace, copy, {
    recursive: true,
    filter: (path) => !/\/(?:target|\.git|node_modules)$/.test(path),
  })
  const table = `\n[workspace.metadata.cargo2nix]\nhosts = ${JSON.stringify(hosts)}\ntargets = ${JSON.stringify(targets)}\n`
  appendFileSync(join(copy, 'Cargo.toml'), table)
  return copy
}

/** Seconds. */
function time(program, args, cwd) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(program, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  if (status !== 0) {
    console.error(`bench: ${program} ${args.join(' ')} failed:\n${stderr}`)
    process.exit(1)
  }
  return seconds
}

const spread = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b)
  return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted[sorted.length - 1] }
}
const say = ({ min, median, max }, unit) =>
  [min, median, max].map((number) => `${number.toFixed(2)}${unit}`.padStart(8)).join('')

const workspace = values.workspace === undefined ? corpusWorkspace() : resolve(values.workspace)
const out = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-bench-'))
console.log(`${basename(workspace)}, ${runs} pairs each`)
console.log(`${''.padEnd(36)}     min  median     max`)
for (const setting of settings) {
  const copy = copyWith(workspace, setting)
  try {
    const generate = () => time(process.execPath, [cli, 'generate', '--out', join(out, 'nix')], copy)
    const metadata = () => time('cargo', ['metadata', '--format-version=1', '--locked', '--offline'], copy)
    generate()
    metadata()
    const pairs = Array.from({ length: runs }, (_, index) => {
      // who goes first alternates, too
      if (index % 2 === 0) return { ours: generate(), cargos: metadata() }
      const cargos = metadata()
      return { ours: generate(), cargos }
    })
    console.log(
      `${setting.name.padEnd(20)}${'generate'.padEnd(16)}${say(spread(pairs.map((pair) => pair.ours)), ' s')}`,
    )
    console.log(
      `${''.padEnd(20)}${'cargo metadata'.padEnd(16)}${say(spread(pairs.map((pair) => pair.cargos)), ' s')}`,
    )
    console.log(
      `${''.padEnd(20)}${'ratio'.padEnd(16)}${say(spread(pairs.map((pair) => pair.ours / pair.cargos)), ' x')}`,
    )
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
rmSync(out, { recursive: true, force: true })
