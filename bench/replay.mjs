// replay.mjs record WORKSPACE TABLE: what each unit of a release build costs, in CPU seconds (compiles it once)
// replay.mjs weights TABLE... [--without PATTERN]: what heavy libraries cost, for src/nix/plan/library-weights.json
// replay.mjs run WORKSPACE TABLE [--slots 2,4,8,16] [--cores 1,4] [--interfaces none,default,all] [--factor 1] [--runs 1] [--nix DIRECTORY]:
//   builds the workspace by cargo and by Nix with a stand-in for rustc that sleeps for as long as the real one worked, and prints
// wall seconds of cargo and those of Nix as multiples. The machine needs no cores for that: it says what the order of work and
// Nix itself cost on machines with as many slots. `--cores`: how many generate a library's code; `--interfaces` also knows
// names of packages (`tokio+syn`); `--factor` stretches all times, so that what else the machine does weighs less; with
// `--runs`, the medians are printed. Cargo and Nix run in turn.
// replay.mjs edit WORKSPACE TABLE MEMBER FILE [--slots 2,8] [...]: the same after an edit of a member's FILE, with evaluation, and
// for a derivation that holds all members, as crane's: cargo compiles them all, given their dependencies
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
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
    runs: { type: 'string', default: '1' },
    nix: { type: 'string' },
    without: { type: 'string', default: '$.' },
  },
  allowPositionals: true,
})
const [command, workspace, table, member, file] = positionals
if (
  !['record', 'run', 'weights', 'edit'].includes(command) ||
  (command === 'edit' && file === undefined) ||
  workspace === undefined ||
  (command !== 'weights' && table === undefined)
) {
  console.error(
    'usage: replay.mjs record|run WORKSPACE TABLE [--slots ...] [--cores ...] [--interfaces ...] [--factor ...] [--nix ...]\n       replay.mjs edit WORKSPACE TABLE MEMBER FILE [...]\n       replay.mjs weights TABLE...',
  )
  process.exit(2)
}
let cwd = resolve(workspace)
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
function standIn(program, cores, factor = values.factor) {
  const directory = join(scratch, `stand-in-${cores}`)
  mkdirSync(join(directory, 'bin'), { recursive: true })
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim()
  copyFileSync(program, join(directory, 'bin', 'rustc'))
  copyFileSync(table, join(directory, 'table.tsv'))
  writeFileSync(join(directory, 'config'), `${sysroot}/bin/rustc\n${factor}\n${cores}\n`)
  return directory
}

/** Without the packages' outputs, or anything that was built before. */
function byCargo(directory, slots, packages) {
  const target = join(scratch, 'target')
  const env = { ...process.env, RUSTC: join(directory, 'bin', 'rustc'), CARGO_TARGET_DIR: target }
  if (packages === undefined) rmSync(target, { recursive: true, force: true })
  else
    timed(
      'cargo',
      ['clean', '--offline', '--release', ...packages.flatMap((each) => ['--package', each])],
      env,
    )
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

function members() {
  const args = ['metadata', '--no-deps', '--offline', '--format-version', '1']
  return JSON.parse(timed('cargo', args, process.env).stdout).packages
}

/** Members that have one. */
function librariesOf() {
  return members().flatMap(({ name, targets }) =>
    targets.some(({ kind }) => kind.some((each) => each.endsWith('lib'))) ? [name] : [],
  )
}

let runs = 0
function byNix(directory, libraries, slots, interfaces, isNew = true) {
  if (isNew) runs += 1
  const names = interfaces
    .split('+')
    .map((name) => `"${name}"`)
    .join(' ')
  const chosen =
    {
      default: '',
      none: 'interfaces = "none";',
      all: 'interfaces = "all";',
    }[interfaces] ?? `interfaces = [ ${names} ];`
  const expression = `let cargo = import ${scratch}/nix/Cargo.nix { pkgs = ${nixEnvironment.PACKAGE_SET}; ${chosen} crateOverrides = { };
    extraRustcFlags = [ "--cfg" "replay_${process.pid}_${runs}" ];
    toolchain = { pkgs }: import ${scratch}/nix/toolchain.nix { inherit pkgs; } // { rustc = "${directory}"; }; };
    programs = map (name: builtins.attrValues cargo.crates.${'$'}{name}.bins) (builtins.attrNames cargo.packages);
    libraries = map (name: cargo.crates.${'$'}{name}.lib) [ ${libraries.map((name) => `"${name}"`).join(' ')} ];
    in builtins.concatLists programs ++ libraries`
  const { stdout, seconds: evaluation } = timed('nix-instantiate', ['--expr', expression], nixEnvironment)
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
  return { seconds, evaluation, count: (stderr.match(/^building/gm) ?? []).length }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

function edit() {
  const copy = join(scratch, 'workspace')
  cpSync(cwd, copy, { recursive: true, filter: (path) => !/\/(?:target|\.git)$/.test(path) })
  cwd = copy
  const program = compile('stand-in')
  const generate = ['generate', '--offline', '--out', join(scratch, 'nix')]
  timed(process.execPath, [join(root, 'dist', 'cli.js'), ...generate], process.env)
  const libraries = librariesOf()
  const all = members().map(({ name }) => name)
  console.log(
    `one edit of ${member}, times x${values.factor}, ${timed('nix', ['--version'], nixEnvironment).stdout.trim()}`,
  )
  console.log('| code generation on | slots | cargo | units | all members |')
  console.log('|---|---|---|---|---|')
  for (const cores of list(values.cores)) {
    const directory = standIn(program, cores, 0)
    byCargo(directory, '4')
    byNix(directory, libraries, '4', 'default')
    standIn(program, cores)
    for (const slots of list(values.slots)) {
      const results = Array.from({ length: Number(values.runs) }, () => {
        const cargo = byCargo(directory, slots, [member])
        const crane = byCargo(directory, slots, all)
        appendFileSync(join(cwd, file), '// edited\n')
        const { seconds, evaluation } = byNix(directory, libraries, slots, 'default', false)
        return [cargo, seconds + evaluation, crane]
      })
      const [cargo, ours, crane] = [0, 1, 2].map((index) => median(results.map((each) => each[index])))
      const ratio = (each) => `${each.toFixed(1)} s (${(each / cargo).toFixed(2)})`
      console.log(`| ${cores} | ${slots} | ${cargo.toFixed(1)} s | ${ratio(ours)} | ${ratio(crane)} |`)
    }
  }
}

function run() {
  const program = compile('stand-in')
  const generate = ['generate', '--offline', '--out', join(scratch, 'nix')]
  timed(process.execPath, [join(root, 'dist', 'cli.js'), ...generate], process.env)
  // Downloads and sources are the same for all that follows.
  const libraries = librariesOf()
  byNix(standIn(program, 1000), libraries, '4', 'all')
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
    const variants = list(values.interfaces)
    const results = list(values.slots).map((slots) => {
      const runs = Array.from({ length: Number(values.runs) }, () => [
        { seconds: byCargo(directory, slots) },
        ...variants.map((interfaces) => byNix(directory, libraries, slots, interfaces)),
      ])
      const one = runs[0].map((_, index) => ({
        seconds: median(runs.map((run) => run[index].seconds)),
        count: runs[0][index].count,
      }))
      const text = one.map(({ seconds }) => seconds.toFixed(1)).join(' ')
      console.error(`${slots} slots, ${cores} for code: cargo, ${variants.join(', ')}: ${text} s`)
      return one
    })
    const cargo = results.map(([{ seconds }]) => `${(seconds / Number(values.factor)).toFixed(1)} s`)
    console.log(`| cargo | | ${cargo.join(' | ')} |`)
    for (const [index, interfaces] of variants.entries()) {
      const ratios = results.map((run) => (run[index + 1].seconds / run[0].seconds).toFixed(2))
      console.log(`| ${interfaces} | ${results[0][index + 1].count} | ${ratios.join(' | ')} |`)
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
  else if (command === 'edit') edit()
  else run()
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
