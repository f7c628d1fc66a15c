/**
 * The calls that derivations make, with stand-ins for rustc and build scripts.
 *
 * In: store derivations of generated Nix, not built. Their own scripts (`OUR_SCRIPT`) run with their own attributes, in a
 * directory that acts as the store, where the sources of packages are empty directories.
 */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PackageSet } from '../builds/package-set.ts'
import { runOrFail } from '../program.ts'
import { realRustc } from './cargo-calls.ts'
import { readCalls, recorder, recorderVariables, rustdocRecorder, type Call } from './recorded.ts'

interface Derivation {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly inputDrvs: Readonly<Record<string, unknown>>
  readonly outputs: Readonly<Record<string, { readonly path: string }>>
}

type Attributes = Readonly<Record<string, unknown>>

const OUR_SCRIPT =
  /\/nix\/store\/[a-z0-9]{32}-(?:compile-unit|document-unit|test-documentation|run-tests|run-build-script|target-cfg)\.sh$/

/**
 * Runs what a list of derivations needs.
 *
 * @param expression - a list of derivations
 * @param folder - new; gets the store and the calls
 * @param rustc - answers questions
 * @throws if Nix refuses the expression, or one of the scripts fails
 */
export async function derivationCalls(
  set: PackageSet,
  expression: string,
  folder: string,
  rustc: string = realRustc,
): Promise<readonly Call[]> {
  const calls = join(folder, 'calls')
  mkdirSync(calls, { recursive: true })
  for (const derivation of inOrder(await readDerivations(set, expression))) {
    const scripts = scriptsOf(derivation)
    if (OUR_SCRIPT.test(scripts.at(-1) ?? '')) await runScripts(derivation, scripts, folder, calls, rustc)
  }
  return readCalls(calls)
}

async function readDerivations(set: PackageSet, expression: string): Promise<Map<string, Derivation>> {
  const instantiated = await runOrFail('nix-instantiate', ['--expr', expression], { env: set.env })
  const roots = instantiated.stdout.trim().split('\n')
  const command = ['--extra-experimental-features', 'nix-command', 'show-derivation', '--recursive', ...roots]
  const { stdout } = await runOrFail('nix', command, { env: set.env })
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, Derivation>))
}

/** What is needed before what needs it. */
function inOrder(derivations: ReadonlyMap<string, Derivation>): readonly Derivation[] {
  const ordered = new Map<string, Derivation>()
  const seen = new Set<string>()
  const visit = (path: string): void => {
    const derivation = derivations.get(path)
    if (derivation === undefined || seen.has(path)) return
    seen.add(path)
    for (const input of Object.keys(derivation.inputDrvs)) visit(input)
    ordered.set(path, derivation)
  }
  for (const path of derivations.keys()) visit(path)
  return [...ordered.values()]
}

/** What bash runs: the script that starts each build, and the one that it then reads. */
function scriptsOf({ args, env }: Derivation): readonly string[] {
  const { buildCommand } = JSON.parse(env['__json'] ?? '{}') as { buildCommand?: string }
  return buildCommand?.replace(/^bash /, '').split(' ') ?? args
}

async function runScripts(
  { env, outputs }: Derivation,
  scripts: readonly string[],
  folder: string,
  calls: string,
  rustc: string,
): Promise<void> {
  // The compiler reads the file of a custom target.
  const move = (text: string): string =>
    text.replaceAll(/\/nix\/store\/(?![\w.-]*\.json\b)/g, `${folder}/store/`)
  const out = move(outputs['out']!.path)
  const build = `${out}-build`
  mkdirSync(build, { recursive: true })
  const written = JSON.parse(env['__json']!) as Attributes
  const archive = String(written['archive'] ?? '')
  const attributes = {
    ...(JSON.parse(move(env['__json']!)) as Attributes),
    outputs: { out },
    toolPath: process.env['PATH'],
    rustc,
    hostRustc: rustc,
    program: standIns(scripts.at(-1)!, written['program'], rustc),
    // Nothing is unpacked: a directory plays the package, named as an unpacked one is.
    ...(archive === '' ? {} : { archive: '', src: move(archive).replace(/\.tar\.gz$/, '-src') }),
    // Nobody asks cargo.
    vendor: '',
    // Parts of our scripts, which are files as they are.
    placePackage: written['placePackage'],
    unitInputs: written['unitInputs'],
    findRunner: written['findRunner'],
  }
  mkdirSync(dirname(out), { recursive: true })
  makeSource(attributes)
  const file = join(build, 'attrs.sh')
  writeFileSync(file, declarations(attributes))
  await runOrFail('bash', scripts, {
    cwd: build,
    env: {
      PATH: process.env['PATH'],
      NIX_ATTRS_SH_FILE: file,
      NIX_BUILD_TOP: build,
      NIX_STORE: join(folder, 'store'),
      ...recorderVariables(calls, rustc),
    },
  })
}

/** Clippy's program stands before the compiler's. */
function standIns(script: string, program: unknown, rustc: string): readonly string[] {
  if (/-(document-unit|test-documentation)\.sh$/.test(script)) return [rustdocRecorder]
  return Array.isArray(program) && program.length > 1 ? [recorder, rustc] : [recorder]
}

/** A package's directory, as old as everything in a store. */
function makeSource({ src, dir }: Readonly<Record<string, unknown>>): void {
  if (typeof src !== 'string') return
  const folders = String(dir ?? '')
    .split('/')
    .map((_, index, parts) => join(src, ...parts.slice(0, index + 1)))
  mkdirSync(folders.at(-1)!, { recursive: true })
  for (const folder of [...folders, src]) utimesSync(folder, 1, 1)
}

/** Nix's `.attrs.sh`: what is neither a string nor a flat list or set of strings is not in it. */
function declarations(attributes: Attributes): string {
  const lines = Object.entries(attributes).flatMap(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) return []
    if (Array.isArray(value)) {
      const words = value.map(word)
      return words.includes(undefined) ? [] : [`declare -a ${name}=(${words.join(' ')})`]
    }
    if (typeof value === 'object' && value !== null) {
      const pairs = Object.entries(value).map(([key, each]) => [word(key), word(each)])
      if (pairs.some(([, each]) => each === undefined)) return []
      return [`declare -A ${name}=(${pairs.map(([key, each]) => `[${key}]=${each}`).join(' ')})`]
    }
    return [`declare ${name}=${word(value) ?? "''"}`]
  })
  return `${lines.join('\n')}\n`
}

function word(value: unknown): string | undefined {
  if (typeof value === 'string') return `'${value.replaceAll("'", "'\\''")}'`
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? '1' : "''"
  return value === null ? "''" : undefined
}
