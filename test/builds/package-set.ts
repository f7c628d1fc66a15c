/** The package sets with which generated Nix is really built, and Nix itself. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../published.ts'
import { run, runOrFail } from '../program.ts'

const root = join(import.meta.dirname, '..', '..')

export interface PackageSet {
  readonly name: string
  /** A Nix expression. */
  readonly expression: string
  readonly env: NodeJS.ProcessEnv
}

/** The small set over the machine's own tools: `test/nix/package-set.nix`. */
export async function machinePackageSet(): Promise<PackageSet> {
  return fromEnvironment('test/nix/package-set.nix', { CARGO2NIX_PACKAGE_SET: 'machine' })
}

/** The nearest thing to what a user has: `<nixpkgs>`, else the nixpkgs beside the project, else the machine's tools. */
export async function mainPackageSet(): Promise<PackageSet> {
  const found = await run('nix-instantiate', ['--find-file', 'nixpkgs'])
  if (found.status === 0) return fromEnvironment('<nixpkgs>', {})
  const setup = join(root, '..', 'shared', 'nixpkgs', 'setup')
  if (!existsSync(setup)) return machinePackageSet()
  const script = `eval "$("$0" "$1")"; env -0`
  const { stdout } = await runOrFail('sh', ['-ec', script, setup, join(cacheFolder, 'nixpkgs')])
  return {
    name: BESIDE,
    expression: 'import <nixpkgs> { }',
    env: parseEnvironment(stdout),
  }
}

const BESIDE = 'nixpkgs beside the project'

/** The whole of that nixpkgs, for evaluation only. Its rustc is older than what crates require by now, so it says that it is newer. */
export const TREE =
  'import <nixpkgs/tree> { overlays = [ (_: prev: { rustc = prev.rustc // { version = "1.99.0"; }; }) ]; }'

/** For evaluation only, as an expression: the whole of nixpkgs where it is at hand, since the set that builds lacks some packages. */
export function wholePackageSet({ name, expression }: PackageSet): string {
  return name === BESIDE ? TREE : expression
}

async function fromEnvironment(name: string, extra: NodeJS.ProcessEnv): Promise<PackageSet> {
  const { stdout } = await runOrFail('sh', ['-ec', '. scripts/nix-environment; env -0'], {
    cwd: root,
    env: { ...process.env, ...extra },
  })
  const env = parseEnvironment(stdout)
  const expression = env['PACKAGE_SET']
  if (expression === undefined) throw new Error('scripts/nix-environment leaves no PACKAGE_SET')
  return { name, expression, env }
}

function parseEnvironment(text: string): NodeJS.ProcessEnv {
  const pairs = text.split('\0').filter((line) => line !== '')
  return Object.fromEntries(
    pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** The expression for what `generate` wrote in a workspace: to be followed by an attribute's path. */
export const generated = (workspace: string, set: PackageSet, more = ''): string =>
  `(import (/. + ${JSON.stringify(`${workspace}/nix/Cargo.nix`)}) { pkgs = ${set.expression}; ${more} })`

/** Builds attributes of an expression; answers with their store paths, in order. */
export async function nixBuild(
  set: PackageSet,
  expression: string,
  attributes: readonly string[],
): Promise<string[]> {
  const { stdout } = await runOrFail(
    'nix-build',
    ['--no-out-link', '--expr', expression, ...attributes.flatMap((attribute) => ['--attr', attribute])],
    { env: set.env },
  )
  return stdout.trim().split('\n')
}

/** As `nixBuild`, but builders that are not sandboxed have no network either, where the machine can take it from them. */
export async function nixBuildOffline(
  set: PackageSet,
  expression: string,
  attributes: readonly string[],
): Promise<string[]> {
  const unshare = await run('unshare', ['--net', 'true']).then(
    ({ status }) => status === 0,
    () => false,
  )
  if (!unshare) return nixBuild(set, expression, attributes)
  const flags = attributes.flatMap((attribute) => ['--attr', attribute])
  const args = ['--net', 'nix-build', '--no-out-link', '--expr', expression, ...flags]
  return (await runOrFail('unshare', args, { env: set.env })).stdout.trim().split('\n')
}

/** The store paths that an output names. */
export async function referencesOf(set: PackageSet, output: string): Promise<readonly string[]> {
  const { stdout } = await runOrFail('nix-store', ['--query', '--references', output], { env: set.env })
  return stdout.split('\n').filter((line) => line !== '')
}

/**
 * Builds once more all that an attribute is made of by our runtime, and compares each output with what is in the store.
 *
 * @returns the derivations that were built again
 * @throws if one of them is not built alike twice
 */
export async function buildAgain(set: PackageSet, expression: string): Promise<readonly string[]> {
  const { stdout: top } = await runOrFail('nix-instantiate', ['--expr', expression], { env: set.env })
  const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', top.trim()], { env: set.env })
  const derivations = stdout.split('\n').filter((path) => UNITS.test(path))
  await runOrFail('nix-store', ['--realise', '--check', ...derivations], { env: set.env })
  return derivations
}

/** What our runtime names derivations (`unit-name.nix`), and sources that are derivations. */
const UNITS =
  /\/[a-z0-9]{32}-(?:(?:build-(?:macro|run|script)|lib|opt-lib|program)-[^/]*|crate-[^/]*-src)\.drv$/

/** Evaluates an expression to JSON. */
export async function nixEval(set: PackageSet, expression: string): Promise<unknown> {
  const args = ['--eval', '--strict', '--json', '--read-write-mode', '--expr', expression]
  const { stdout } = await runOrFail('nix-instantiate', args, { env: set.env })
  return JSON.parse(stdout)
}

/** Why tests that need Nix cannot run here, or false. */
export async function nixIsMissing(): Promise<boolean> {
  return run('nix-build', ['--version']).then(
    ({ status }) => status !== 0,
    () => true,
  )
}
