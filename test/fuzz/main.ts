/**
 * Changes workspaces at random, and checks that cargo2nix-ts either refuses them with file and key (exit code 2), or
 * writes Nix that parses and evaluates. A sample is compared with cargo.
 *
 *     npm run fuzz -- --seed 1 --runs 500
 *
 * A worker does the runs, so that one that hangs or takes all memory is known by its number. The same seed and number
 * give the same change: `--only N` repeats one and prints it.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { runCargo } from '../oracle/cargo.ts'
import { bases } from './bases.ts'
import { chance } from './chance.ts'
import { outcomeIn, workspaces } from './run-one.ts'

interface Options {
  readonly seed: number
  readonly runs: number
  readonly from: number
  readonly only: number | undefined
  /** One generated workspace of so many is evaluated; 0: none. */
  readonly evaluate: number
  /** One run of so many is compared with cargo. */
  readonly compare: number
  readonly worker: string | undefined
}

type Line =
  | { readonly start: number }
  | { readonly index: number; readonly kind: 'refused' | 'generated' | 'wrong'; readonly message: string }
  | { readonly index: number; readonly kind: 'cargo'; readonly message: string }

const SECONDS_PER_RUN = 60

function options(args: readonly string[]): Options {
  const text = (name: string): string | undefined => {
    const at = args.indexOf(`--${name}`)
    return at === -1 ? undefined : args[at + 1]
  }
  const number = (name: string, otherwise: number): number => Number(text(name) ?? otherwise)
  const only = text('only')
  return {
    seed: number('seed', Date.now() % 1_000_000),
    runs: number('runs', 500),
    from: number('from', 0),
    only: only === undefined ? undefined : Number(only),
    evaluate: number('evaluate', 25),
    compare: number('compare', 10),
    worker: text('worker'),
  }
}

/** The worker: prints a line of JSON before and after each run. */
async function work({ seed, runs, from, only, evaluate, compare }: Options, top: string): Promise<void> {
  const say = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
  const all = bases()
  const folders = workspaces(join(top, 'workspaces'), process.env)
  let generated = 0
  for (let index = only ?? from; index < (only === undefined ? runs : only + 1); index++) {
    say({ start: index })
    const random = chance(seed, index)
    const { folder, changed } = folders.change(random.pick(all), random)
    if (only !== undefined) process.stderr.write(`${folder}\n${JSON.stringify(changed, null, 2)}\n`)
    const outcome = await outcomeIn(folder)
    let wrong = outcome.kind === 'wrong' ? outcome.message : undefined
    if (outcome.kind === 'generated') {
      generated += 1
      const place = join(top, 'nix', String(index))
      mkdirSync(place, { recursive: true })
      for (const { path, text } of outcome.files)
        if (path !== 'cargo2nix.nix') writeFileSync(join(place, path.replaceAll('/', '_')), text)
      if (evaluate > 0 && (only !== undefined || generated % evaluate === 0))
        wrong = evaluationError(folder, outcome.files)
    }
    const message = wrong ?? (outcome.kind === 'refused' ? outcome.message : '')
    say({ index, kind: wrong === undefined ? outcome.kind : 'wrong', message: `${changed.base}: ${message}` })
    if (compare > 0 && (only !== undefined || index % compare === 0)) {
      const cargo = await cargoRefusal(folder)
      const differs = (cargo === undefined) !== (outcome.kind === 'generated')
      if (differs)
        say({
          index,
          kind: 'cargo',
          message: `${changed.base}: ours: ${message || 'accepted'}; cargo: ${cargo ?? 'accepted'}`,
        })
    }
    if (only === undefined) folders.restore()
  }
}

function evaluationError(
  folder: string,
  files: readonly { path: string; text: string }[],
): string | undefined {
  const nix = join(folder, 'nix')
  mkdirSync(nix, { recursive: true })
  for (const { path, text } of files) writeFileSync(join(nix, path), text)
  const expression = `let cargo = import ${nix}/Cargo.nix { pkgs = ${process.env['PACKAGE_SET']}; };
    in map (name: cargo.packages.\${name}.drvPath) (builtins.attrNames cargo.packages)`
  const args = ['--eval', '--strict', '--read-write-mode', '--expr', expression]
  const { status, stderr, error } = spawnSync('nix-instantiate', args, { encoding: 'utf8', timeout: 50_000 })
  rmSync(nix, { recursive: true })
  // The runtime's own refusal: what a setting names can be gone when Nix evaluates.
  if (status === 0 || /error: cargo2nix-ts: .*\[package\.metadata\.cargo2nix\]/.test(stderr)) return undefined
  return `does not evaluate: ${error?.message ?? stderr.trim().split('\n').slice(0, 3).join(' ')}`
}

/** Why cargo refuses to build; undefined where it does not. */
async function cargoRefusal(folder: string): Promise<string | undefined> {
  const args = [
    'build',
    '--workspace',
    '--unit-graph',
    '-Zunstable-options',
    '--locked',
    '--offline',
    '--release',
  ]
  const { CARGO_HOME: home } = process.env
  const { status, stderr } = await runCargo(args, folder, home === undefined ? {} : { CARGO_HOME: home })
  return status === 0
    ? undefined
    : stderr
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('warning'))
        .join(' ')
        .slice(0, 300)
}

interface Tally {
  refused: number
  generated: number
  readonly wrong: string[]
  readonly cargo: string[]
  compared: number
}

/** Starts workers until all runs are done; one that dies or stands still is a run that went wrong. */
async function supervise(given: Options, top: string): Promise<Tally> {
  const tally: Tally = { refused: 0, generated: 0, wrong: [], cargo: [], compared: 0 }
  for (let next = given.from; next < given.runs;) {
    const args = ['--seed', String(given.seed), '--runs', String(given.runs), '--from', String(next)]
    const more = ['--evaluate', String(given.evaluate), '--compare', String(given.compare), '--worker', top]
    const child = spawn(process.execPath, ['--max-old-space-size=1024', process.argv[1]!, ...args, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let noise = ''
    child.stderr.on('data', (chunk: Buffer) => (noise = (noise + chunk.toString()).slice(-2000)))
    let running = next
    let isStuck = false
    const watch = (): NodeJS.Timeout =>
      setTimeout(() => {
        isStuck = true
        child.kill('SIGKILL')
      }, SECONDS_PER_RUN * 1000)
    let timer = watch()
    for await (const text of createInterface({ input: child.stdout })) {
      clearTimeout(timer)
      timer = watch()
      const line = JSON.parse(text) as Line
      if ('start' in line) running = line.start
      else if (line.kind === 'cargo') tally.cargo.push(`${line.index} ${line.message}`)
      else {
        if (line.kind === 'wrong') tally.wrong.push(`${line.index} ${line.message}`)
        else tally[line.kind] += 1
        next = line.index + 1
      }
    }
    clearTimeout(timer)
    if (next < given.runs) {
      tally.wrong.push(`${running} ${isStuck ? 'hangs' : `ends the process: ${noise}`}`)
      next = running + 1
    }
  }
  if (given.compare > 0) tally.compared = Math.ceil((given.runs - given.from) / given.compare)
  return tally
}

/** Errors of the parser, of all files that were generated. */
function parseErrors(top: string): readonly string[] {
  const list = execFileSync('find', [join(top, 'nix'), '-name', '*.nix'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const errors: string[] = []
  for (let at = 0; at < list.length; at += 200) errors.push(...errorsIn(list.slice(at, at + 200)))
  return errors
}

function errorsIn(files: readonly string[]): readonly string[] {
  const { status, stderr } = spawnSync('nix-instantiate', ['--parse', ...files], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status === 0) return []
  if (files.length === 1) return [`${files[0]} does not parse: ${stderr.slice(0, 500)}`]
  const half = files.length >> 1
  return [...errorsIn(files.slice(0, half)), ...errorsIn(files.slice(half))]
}

const given = options(process.argv.slice(2))
if (given.worker !== undefined) {
  await work(given, given.worker)
} else {
  const top = mkdtempSync(join(tmpdir(), 'cargo2nix-fuzz-'))
  mkdirSync(join(top, 'nix'))
  mkdirSync(join(top, 'home'))
  process.env['CARGO_HOME'] = join(top, 'home')
  process.env['XDG_CACHE_HOME'] = join(top, 'cache')
  if (given.only !== undefined) {
    await work(given, top)
  } else {
    const started = Date.now()
    process.stdout.write(`seed ${given.seed}\n`)
    const tally = await supervise(given, top)
    const unparsed = parseErrors(top)
    const wrong = [...tally.wrong, ...unparsed]
    for (const line of tally.cargo) process.stdout.write(`other than cargo: ${line}\n`)
    for (const line of wrong) process.stdout.write(`WRONG: ${line}\n`)
    process.stdout.write(
      `${given.runs - given.from} runs in ${Math.round((Date.now() - started) / 1000)} s: ${tally.refused} refused, ${tally.generated} generated, ` +
        `${wrong.length} wrong; of ${tally.compared} compared with cargo ${tally.cargo.length} differ\n`,
    )
    rmSync(top, { recursive: true, force: true })
    process.exitCode = wrong.length === 0 ? 0 : 1
  }
}
