// replay.mjs record WORKSPACE TABLE: what each unit of a release build costs, in CPU seconds (compiles it once)
// replay.mjs weights TABLE... [--without PATTERN]: what heavy libraries cost, for src/nix/plan/library-weights.json
// replay.mjs run WORKSPACE TABLE [--slots 2,4,8,16] [--cores 1,4] [--interfaces none,default,all] [--factor 1] [--nix DIRECTORY]:
//   builds the workspace by cargo and by Nix with a stand-in for rustc that sleeps for as long as the real one worked, and prints
// wall seconds of cargo and those of Nix as multiples. The machine needs no cores for that: it says what the order of work and
// Nix itself cost on machines with as many slots. `--cores`: how many generate a library's code; `--factor` stretches all
// times, so that what else the machine does weighs less.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = join(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  options: {
    slots: { type: 'string', default: '2,4,8,16' },
    cores: { type: 'string', default: '1,4' },
    interfaces: { type: 'string', default: 'none,default,all' },
    factor: { type: 'string', default: '1' },
    nix: { type: 'string' },
    without: { type: 'string', default: '$.' },
  },
  allowPositionals: true,
})
const [command, workspace, table] = positionals
if (
  !['record', 'run', 'weights'].includes(command) ||
  workspace === undefined ||
  (command !== 'weights' && table === undefined)
) {
  console.error(
    'usage: replay.mjs record|run WORKSPACE TABLE [--slots ...] [--cores ...] [--interfaces ...] [--factor ...] [--nix ...]\n       replay.mjs weights TABLE...',
  )
  process.exit(2)
}
const cwd = resolve(workspace)
const scratch = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-replay-'))
const nixEnvironment = Object.fromEntries(
  execFileSync('sh', ['-ec', '. scripts/nix-environment; env -0'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)
if (values.nix !== undefined) nixEnvironment.PATH = `${values.nix}${delimiter}${nixEnvironment.PATH}`
const list = (text) => text.split(',')

function compile(name) {
  const program = join(scratch, name)
  execFileSync('rustc', ['-O', '-o', program, join(root, 'bench', 'replay', `${name}.rs`)], {
    stdio: 'inherit',
  })
  return program
}

/** Wall seconds; what the command prints is shown only where it fails. */
function timed(program, args, env) {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const seconds = (performance.now() - start) / 1000
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`)
  return { seconds, stdout, stderr }
}

function record() {
  rmSync(table, { force: true })
  const env = {
    ...process.env,
    RECORD: resolve(table),
    RUSTC_WRAPPER: compile('record'),
    CARGO_TARGET_DIR: join(scratch, 'target'),
  }
  timed('cargo', ['build', '--release', '--locked', '--workspace', '--jobs', '2'], env)
  const lines = readFileSync(table, 'utf8').trim().split('\n')
  const total = lines.reduce((sum, line) => sum + Number(line.split('\t')[7]), 0)
  console.log(`${lines.length} units, ${total.toFixed(1)} s of CPU`)
}

/** A directory that looks like a Rust toolchain. */
function standIn(program, cores) {
  const directory = join(scratch, `stand-in-${cores}`)
  mkdirSync(join(directory, 'bin'), { recursive: true })
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim()
  copyFileSync(program, join(directory, 'bin', 'rustc'))
  copyFileSync(table, join(directory, 'table.tsv'))
  writeFileSync(join(directory, 'config'), `${sysroot}/bin/rustc\n${values.factor}\n${cores}\n`)
  return directory
}

function byCargo(directory, slots) {
  const target = join(scratch, 'target')
  rmSync(target, { recursive: true, force: true })
  const env = { ...process.env, RUSTC: join(directory, 'bin', 'rustc'), CARGO_TARGET_DIR: target }
  const args = ['build', '--offline', '--locked', '--workspace', '--release', '--jobs', slots]
  return timed('cargo', args, env).seconds
}

/** Of optimized libraries that take a second and more: seconds until the metadata is there, and seconds after it. */
function weights() {
  const found = {}
  for (const file of positionals.slice(1)) {
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const [kind, name, , , type, settings, front, total] = line.split('\t')
      if (kind !== 'rustc' || type !== 'lib' || settings.endsWith('@0') || Number(total) < 1) continue
      if (new RegExp(values.without).test(name)) continue
      found[name] = [...(found[name] ?? []), [Number(front), Number(total) - Number(front)]]
    }
  }
  const mean = (pairs, index) =>
    Number((pairs.reduce((sum, pair) => sum + pair[index], 0) / pairs.length).toFixed(1))
  const lines = Object.keys(found)
    .toSorted()
    .map((name) => `  ${JSON.stringify(name)}: [${mean(found[name], 0)}, ${mean(found[name], 1)}]`)
  console.log(`{\n${lines.join(',\n')}\n}`)
}

let runs = 0
function byNix(directory, slots, interfaces) {
  runs += 1
  const chosen = interfaces === 'default' ? '' : `interfaces = "${interfaces}";`
  const expression = `let cargo = import ${scratch}/nix/Cargo.nix { pkgs = ${nixEnvironment.PACKAGE_SET}; ${chosen} crateOverrides = { };
    extraRustcFlags = [ "--cfg" "replay_${process.pid}_${runs}" ];
    toolchain = { pkgs }: import ${scratch}/nix/toolchain.nix { inherit pkgs; } // { rustc = "${directory}"; }; };
    in builtins.concatMap (crate: builtins.attrValues crate.bins) (builtins.attrValues cargo.crates)`
  const { stdout } = timed('nix-instantiate', ['--expr', expression], nixEnvironment)
  const derivations = [
    ...new Set(
      stdout
        .trim()
        .split('\n')
        .map((path) => path.replace(/!.*/, '')),
    ),
  ]
  const args = ['--realise', '--max-jobs', slots, '--cores', '1', ...derivations]
  const { seconds, stderr } = timed('nix-store', args, nixEnvironment)
  return { seconds, count: (stderr.match(/^building/gm) ?? []).length }
}

function run() {
  const program = compile('stand-in')
  const generate = ['generate', '--offline', '--out', join(scratch, 'nix')]
  timed(process.execPath, [join(root, 'dist', 'cli.js'), ...generate], process.env)
  // Downloads and sources are the same for all that follows.
  byNix(standIn(program, 1000), '4', 'all')
  const nix = timed('nix', ['--version'], nixEnvironment).stdout.trim()
  for (const cores of list(values.cores)) {
    const directory = standIn(program, cores)
    console.log(
      `\ncode generation on ${cores} ${cores === '1' ? 'core' : 'cores'}, times x${values.factor}, ${nix}`,
    )
    console.log(
      `| | derivations | ${list(values.slots)
        .map((slots) => `${slots} slots`)
        .join(' | ')} |`,
    )
    console.log('|---'.repeat(2 + list(values.slots).length) + '|')
    const cargo = list(values.slots).map((slots) => byCargo(directory, slots))
    console.log(
      `| cargo | | ${cargo.map((seconds) => `${(seconds / Number(values.factor)).toFixed(1)} s`).join(' | ')} |`,
    )
    for (const interfaces of list(values.interfaces)) {
      const results = list(values.slots).map((slots) => byNix(directory, slots, interfaces))
      const ratios = results.map(({ seconds }, index) => (seconds / cargo[index]).toFixed(2))
      console.log(`| interfaces: ${interfaces} | ${results[0].count} | ${ratios.join(' | ')} |`)
    }
  }
  const missing = list(values.cores).map((cores) => join(scratch, `stand-in-${cores}`, 'missing'))
  if (missing.some(existsSync))
    console.log(
      `\nunits that the table lacks: ${missing
        .filter(existsSync)
        .map((path) => readFileSync(path, 'utf8'))
        .join('')}`,
    )
}

try {
  if (command === 'record') record()
  else if (command === 'weights') weights()
  else run()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
