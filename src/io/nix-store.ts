/**
 * Queries stores and copies to them, with Nix's own commands.
 *
 * In: store paths and URLs of stores. Out: store paths.
 * Every Nix since 2.8 understands these calls: we enable what it calls experimental. Commands whose output
 * differs between versions (`nix path-info --json`, `nix derivation show`) are used only where the
 * alternative is broken.
 */
import { Cargo2NixError } from '../errors.ts'
import { withoutCredentials } from '../without-credentials.ts'
import { lastLines, runProgram, type ProgramResult } from './run-program.ts'

/** What to evaluate: a file or an expression, and attributes of it. */
export interface NixInput {
  readonly source: { readonly file: string } | { readonly expression: string }
  readonly attributes: readonly string[]
}

/** As many paths as fit well below the limit of a command line. */
const PATHS_A_CALL = 400
/** Nix queries a store for one path at a time, so several calls share the work. */
const PATHS_A_QUESTION = 40
const CALLS_AT_ONCE = 8

/** Answers must be current, not from Nix's cache. */
const FRESH = 'narinfo-cache-negative-ttl narinfo-cache-positive-ttl'
  .split(' ')
  .flatMap((setting) => ['--option', setting, '0'])

/**
 * Store derivations of an expression.
 *
 * @param subject what it is, for the error
 * @param hint what to do if it cannot be evaluated
 * @throws Cargo2NixError `nix-failed` with the end of Nix's output
 */
export async function instantiate(
  { source, attributes }: NixInput,
  subject = 'it',
  hint = 'name a package set with `--pkgs`, or your own file with `--file` and `--attr`',
): Promise<readonly string[]> {
  const what = 'file' in source ? [source.file] : ['--expr', source.expression]
  const attrs = attributes.flatMap((attribute) => ['--attr', attribute])
  const result = await nix('nix-instantiate', [...what, ...attrs])
  if (result.failed) {
    throw new Cargo2NixError({
      code: 'nix-failed',
      message: `Nix cannot evaluate ${subject}: ${errorOf(result)}`,
      hint,
    })
  }
  return [...new Set(linesOf(result.stdout).map((line) => line.replace(/!.*$/, '')))]
}

/** The closure of the paths, including themselves; references come first. */
export async function requisites(
  paths: readonly string[],
  include: 'references' | 'outputs' = 'references',
): Promise<readonly string[]> {
  return query(['--requisites', ...(include === 'outputs' ? ['--include-outputs'] : [])], paths)
}

/** A path, and one that it directly refers to; paths without the store directory. */
export interface Reference {
  readonly from: string
  readonly to: string
}

/**
 * All references among the paths and what they need.
 *
 * The store could be queried for referrers of a path, but would answer with all that ever existed.
 */
export async function referenceGraph(paths: readonly string[]): Promise<readonly Reference[]> {
  const edges = /^"([^"]+)" -> "([^"]+)"/gm
  const graphs: string[] = []
  for (const some of chunks(paths, PATHS_A_CALL)) graphs.push(await output(['--query', '--graph', ...some]))
  return graphs.flatMap((graph) =>
    [...graph.matchAll(edges)].map(([, to, from]) => ({ from: from!, to: to! })),
  )
}

/** Outputs of derivations, built or not. */
export async function outputsOf(derivations: readonly string[]): Promise<readonly string[]> {
  return query(['--outputs'], derivations)
}

/** Sizes of paths in the local store in bytes, in order. */
export async function sizesOf(paths: readonly string[]): Promise<readonly number[]> {
  const calls = chunks(paths, PATHS_A_CALL).map(async (some) =>
    linesOf(await output(['--query', '--size', ...some])).map(Number),
  )
  return (await Promise.all(calls)).flat()
}

/**
 * The paths that a store does not have, in their order.
 *
 * @param store URL; undefined: the local one
 * @throws Cargo2NixError `network` if the store does not answer
 */
export async function missingPaths(
  paths: readonly string[],
  store: string | undefined,
): Promise<readonly string[]> {
  const where = store === undefined ? [] : ['--store', store, ...FRESH]
  const size = store === undefined ? PATHS_A_CALL : PATHS_A_QUESTION
  const answers = await inTurns(chunks(paths, size), CALLS_AT_ONCE, async (some) => {
    const result = await nix('nix-store', [...where, '--check-validity', '--print-invalid', ...some])
    if (!result.failed) return linesOf(result.stdout)
    const invalid = result.crashed && store !== undefined ? await askedOtherwise(some, store) : undefined
    if (invalid !== undefined) return invalid
    const problem = errorOf(result)
    const verb = isRefusal(problem) ? 'refused' : 'does not answer'
    throw new Cargo2NixError({
      code: store === undefined ? 'nix-failed' : 'network',
      message: `${store === undefined ? 'Nix' : 'the cache'} ${verb}: ${problem}`,
      hint: accessHint(store, problem, 'see whether the address is right and the store can be reached'),
    })
  })
  const absent = new Set(answers.flat())
  return paths.filter((path) => absent.has(path))
}

/** `nix-store` of Nix 2.34 crashes on exit if an HTTP cache lacked a path, before it prints which. */
async function askedOtherwise(
  paths: readonly string[],
  store: string,
): Promise<readonly string[] | undefined> {
  const flags = ['--extra-experimental-features', 'nix-command', ...FRESH, '--option', 'substitute', 'false']
  const result = await nix('nix', [...flags, 'path-info', '--json', '--store', store, ...paths])
  return result.failed ? undefined : invalidPaths(result.stdout)
}

/** A list before Nix 2.19, an object keyed by path since. */
function invalidPaths(json: string): readonly string[] {
  const answer = JSON.parse(json) as readonly { path: string; valid?: boolean }[] | Record<string, unknown>
  if (Array.isArray(answer)) return answer.filter(({ valid }) => valid === false).map(({ path }) => path)
  return Object.keys(answer).filter((path) => (answer as Record<string, unknown>)[path] === null)
}

/** What Nix reports if a store refuses: HTTP's codes, and the names that S3 has for them. */
const REFUSAL =
  /\bHTTP error 40[13]\b|\(40[13]\)|AccessDenied|Access Denied|Forbidden|SignatureDoesNotMatch|InvalidAccessKeyId|InvalidToken|ExpiredToken/i

/** Whether a store was reached and refused. */
export function isRefusal(problem: string): boolean {
  return REFUSAL.test(problem)
}

/** What Nix reports if it was built without S3. */
const LACKS_S3 = /don't know how to open|\bunsupported\b|not supported/i

/** Advice on a problem with a store: keys are where Nix looks for them, not in our flags. */
export function accessHint(store: string | undefined, problem: string, otherwise: string): string {
  if (store?.startsWith('s3:') !== true) return otherwise
  const keys =
    'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or ~/.aws/credentials, and `endpoint` and `region` from the address'
  if (isRefusal(problem))
    return `Nix takes keys from ${keys}; see whether they may write there (a Nix built without support for S3, such as Debian's, sends none)`
  if (LACKS_S3.test(problem))
    return `Nix must be built with support for S3, Debian's is not; it takes keys from ${keys}`
  return /\b404\b|NoSuchBucket|bucket does not exist/i.test(problem)
    ? 'there is no such bucket: create it, or see whether its name, `endpoint` and `region` are right'
    : otherwise
}

/** Copies only these paths to a store; returns the error message, undefined on success. */
export async function copyPaths(
  paths: readonly string[],
  kind: 'derivations' | 'outputs',
  store: string,
): Promise<string | undefined> {
  const flags = ['copy', '--no-recursive', ...(kind === 'derivations' ? ['--derivation'] : [])]
  const args = ['--extra-experimental-features', 'nix-command', ...FRESH, ...flags, '--to', store]
  const result = await nix('nix', [...args, ...paths])
  return result.failed ? errorOf(result) : undefined
}

async function query(flags: readonly string[], paths: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const some of chunks(paths, PATHS_A_CALL)) {
    for (const path of linesOf(await output(['--query', ...flags, ...some]))) found.add(path)
  }
  return [...found]
}

async function output(args: readonly string[]): Promise<string> {
  const result = await nix('nix-store', args)
  if (!result.failed) return result.stdout
  if (/floating content-address/.test(result.stderr)) {
    throw new Cargo2NixError({
      code: 'not-supported',
      message:
        'content-addressed outputs have no path that Nix could tell beforehand, so their caches are not kept',
      hint: 'leave `contentAddressed` out of what the cache is for, or use `nix copy --to URL` on what you built',
    })
  }
  throw new Cargo2NixError({
    code: 'nix-failed',
    message: `nix-store ${args[1]} failed: ${errorOf(result)}`,
    hint: 'run `nix-store --verify` where the store is damaged',
  })
}

function nix(program: string, args: readonly string[]): Promise<ProgramResult> {
  return runProgram(program, args, { hintIfMissing: 'install Nix: this command works on its store' })
}

/** Nix prints first what it was doing, then what went wrong, then where; and URLs as they were given. */
function errorOf({ stderr }: ProgramResult): string {
  const errors = [...stderr.matchAll(/^ *error: (.*\S)/gm)].map(([, message]) => message!)
  return withoutCredentials(errors.at(-1) ?? lastLines(stderr))
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

async function inTurns<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (const some of chunks(items, atOnce)) results.push(...(await Promise.all(some.map(work))))
  return results
}
