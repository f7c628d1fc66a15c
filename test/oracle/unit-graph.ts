/**
 * The unit graph of a request, from cargo and from ours, and how the two differ.
 *
 * In: a directory and a request in terms of the command line. Out: graphs in cargo's JSON format, or the refusal.
 * Ours runs in this process, with the same functions as the command.
 */
import { toCompileRequest, type CompileFlags } from '../../src/commands/compile-flags.ts'
import { requestedKinds } from '../../src/cargo/compile-request.ts'
import { buildPackageGraph } from '../../src/cargo/resolve/build-package-graph.ts'
import type { PackageGraph } from '../../src/cargo/resolve/package-graph.ts'
import { printUnitGraph } from '../../src/cargo/units/print-unit-graph.ts'
import { cfgsOfKinds } from '../../src/cargo/platform/target-rustflags.ts'
import { expand, prepareRequest } from '../../src/cargo/units/unit-graph.ts'
import type { NewerRule } from '../../src/cargo/newer-rule.ts'
import { newerRules } from '../../src/cargo/workspace/newer-rules.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { readWorkspace } from '../../src/io/workspace/read-workspace.ts'
import { cleanEnvironment, runCargo, type Environment, type OracleCargo } from './cargo.ts'

export type Subcommand = 'build' | 'test' | 'check' | 'bench' | 'doc'

export interface UnitRequest extends Partial<CompileFlags> {
  readonly subcommand: Subcommand
  readonly target?: readonly string[]
}

/** Where and how a request is made, beside its flags. */
export interface Surroundings {
  readonly env?: Environment
  /** Relative to the directory; there the program is started. */
  readonly cwd?: string
  /** Relative to the folder: the manifest of `--manifest-path`. */
  readonly manifestPath?: string
}

export interface JsonUnit {
  readonly pkg_id: string
  readonly target: { readonly name: string; readonly kind: readonly string[] }
  readonly profile: Readonly<Record<string, unknown>>
  readonly platform: string | null
  readonly mode: string
  readonly features: readonly string[]
  readonly dependencies: readonly {
    readonly index: number
    readonly extern_crate_name: string
    readonly public: boolean
    readonly noprelude: boolean
  }[]
}

export interface JsonGraph {
  readonly version: number
  readonly units: readonly JsonUnit[]
  readonly roots: readonly number[]
}

export type Answer =
  | { readonly kind: 'graph'; readonly graph: JsonGraph }
  | { readonly kind: 'refused'; readonly message: string }
  /** A bug of cargo (or of ours): nothing can be compared. */
  | { readonly kind: 'broken'; readonly message: string }

/** The request as arguments of cargo, and of ours. */
export function toArguments({ subcommand, deps, defaultFeatures, ...flags }: UnitRequest): readonly string[] {
  const words = Object.entries(flags).flatMap(([name, value]) => {
    const option = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    if (value === true) return [option]
    const values: readonly string[] = typeof value === 'string' ? [value] : Array.isArray(value) ? value : []
    return values.flatMap((each) => [option, each])
  })
  const negated = [
    ...(deps === false ? ['--no-deps'] : []),
    ...(defaultFeatures === false ? ['--no-default-features'] : []),
  ]
  return [subcommand, ...words, ...negated]
}

/** What cargo says. */
export async function cargoUnitGraph(
  folder: string,
  request: UnitRequest,
  around: Surroundings = {},
  cargo?: OracleCargo,
): Promise<Answer> {
  const [subcommand, ...flags] = toArguments(request)
  const unstable = [
    '--unit-graph',
    '-Z',
    'unstable-options',
    '--locked',
    '--offline',
    '--ignore-rust-version',
  ]
  const cwd = `${folder}/${around.cwd ?? ''}`
  const manifest =
    around.manifestPath === undefined ? [] : ['--manifest-path', `${folder}/${around.manifestPath}`]
  const { status, stdout, stderr } = await runCargo(
    [subcommand!, ...unstable, ...manifest, ...flags],
    cwd,
    around.env,
    cargo,
  )
  if (status === 0) return { kind: 'graph', graph: JSON.parse(stdout) as JsonGraph }
  const isPanic = stderr.includes('panicked at') || status === -1
  return { kind: isPanic ? 'broken' : 'refused', message: stderr }
}

/** A workspace that is read once and asked often. */
export interface Asked {
  /** What cargos that are older answer otherwise. */
  readonly rules: readonly NewerRule[]
  readonly answer: (request: UnitRequest) => Answer
}

/** Reads a workspace; the refusal to read it is the answer to every request. */
export async function askOurs(folder: string, around: Surroundings = {}): Promise<Asked> {
  try {
    const options = {
      cwd: `${folder}/${around.cwd ?? ''}`.replace(/\/$/, ''),
      env: cleanEnvironment(around.env),
      ...(around.manifestPath === undefined ? {} : { manifestPath: `${folder}/${around.manifestPath}` }),
      offline: true,
    }
    const workspace = await readWorkspace(options)
    const graph = buildPackageGraph(workspace)
    return { rules: newerRules(workspace), answer: (request) => attempt(() => ourGraph(graph, request)) }
  } catch (error) {
    return { rules: [], answer: () => refusal(error) }
  }
}

function ourGraph(graph: PackageGraph, { subcommand, target = [], ...flags }: UnitRequest): JsonGraph {
  const { config } = graph.workspace
  const host = hostTriple()
  const kinds = requestedKinds(target, config.build.target, host)
  const request = toCompileRequest(subcommand, { deps: true, defaultFeatures: true, ...flags }, kinds)
  const cfgsOf = cfgsOfKinds(config, host, kinds)
  const unitGraph = expand(prepareRequest(graph, request), kinds, { host, cfgsOf })
  return JSON.parse(printUnitGraph(unitGraph)) as JsonGraph
}

function attempt(work: () => JsonGraph): Answer {
  try {
    return { kind: 'graph', graph: work() }
  } catch (error) {
    return refusal(error)
  }
}

function refusal(error: unknown): Answer {
  if (error instanceof Cargo2NixError)
    return { kind: 'refused', message: `${error.path ?? ''}: ${error.message}` }
  return { kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/**
 * How the answers differ, as text for people; undefined when they are the same. A panic of cargo differs from
 * nothing, so `expected` should be looked at where that matters.
 */
export function difference(expected: Answer, actual: Answer): string | undefined {
  if (actual.kind === 'broken') return `ours broke: ${actual.message}`
  if (expected.kind === 'broken') return undefined
  if (expected.kind === 'refused') {
    return actual.kind === 'refused' ? undefined : `cargo refuses, ours does not: ${expected.message}`
  }
  if (actual.kind === 'refused') return `ours refuses, cargo does not: ${actual.message}`
  return graphDifference(expected.graph, actual.graph)
}

/** A graph with a name for each unit that tells it from every other one: its own fields and all that it depends on. */
interface NamedGraph {
  readonly graph: JsonGraph
  readonly names: readonly number[]
  readonly known: ReadonlySet<number>
}

/** How two graphs differ as sets of units, with the causes first: units whose dependencies are all there. */
function graphDifference(expected: JsonGraph, actual: JsonGraph): string | undefined {
  const numbers = new Map<string, number>()
  const [left, right] = [nameUnits(expected, numbers), nameUnits(actual, numbers)]
  const problems = [...onlyIn(left, right, 'missing'), ...onlyIn(right, left, 'extra')]
  const [leftRoots, rightRoots] = [left, right].map(({ graph, names }) =>
    sorted(graph.roots.map((root) => names[root]!)),
  )
  if (problems.length === 0 && leftRoots!.join() !== rightRoots!.join()) {
    problems.push(
      `the units are the same, the roots are not: ${expected.roots.length}, ${actual.roots.length}`,
    )
  }
  return problems.length === 0 ? undefined : problems.join('\n')
}

function sorted(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((a, b) => a - b)
}

function nameUnits(graph: JsonGraph, numbers: Map<string, number>): NamedGraph {
  const names = new Array<number>(graph.units.length).fill(-1)
  const nameOf = (index: number): number => {
    if (names[index]! >= 0) return names[index]!
    const { dependencies, ...own } = graph.units[index]!
    const below = dependencies.map((edge) =>
      JSON.stringify([edge.extern_crate_name, edge.public, edge.noprelude, nameOf(edge.index)]),
    )
    const text = `${canonical(own)} ${below.toSorted().join(' ')}`
    let number = numbers.get(text)
    if (number === undefined) numbers.set(text, (number = numbers.size))
    names[index] = number
    return number
  }
  graph.units.forEach((_, index) => nameOf(index))
  return { graph, names, known: new Set(names) }
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, each]) => `${key}:${canonical(each)}`).join()}}`
}

const SHOWN = 4

function onlyIn(here: NamedGraph, there: NamedGraph, word: string): readonly string[] {
  const indices = here.names.flatMap((name, index) => (there.known.has(name) ? [] : [index]))
  if (indices.length === 0) return []
  const causes = indices.filter((index) =>
    here.graph.units[index]!.dependencies.every((edge) => there.known.has(here.names[edge.index]!)),
  )
  const shown = causes.slice(0, SHOWN).map((index) => `  ${describe(here.graph, index, there.graph)}`)
  return [
    `${word}: ${indices.length} of ${here.graph.units.length} units, ${causes.length} first causes`,
    ...shown,
  ]
}

/** A unit, and in which fields it differs from the nearest one on the other side. */
function describe(here: JsonGraph, index: number, there: JsonGraph): string {
  const unit = here.units[index]!
  const label = labelOf(unit)
  const twins = there.units.filter((other) => labelOf(other) === label)
  const mine = flat(here, unit)
  const differences = twins.map((twin) => {
    const other = flat(there, twin)
    const keys = [...new Set([...Object.keys(mine), ...Object.keys(other)])].filter(
      (key) => mine[key] !== other[key],
    )
    return keys.map((key) => `${key}: ${mine[key]} here, ${other[key]} there`)
  })
  const nearest = differences.toSorted((a, b) => a.length - b.length)[0]
  return `${label}: ${nearest === undefined ? 'no such unit there' : nearest.join('; ')}`
}

function labelOf({ pkg_id, target, mode, platform }: JsonUnit): string {
  return `${pkg_id.slice(pkg_id.lastIndexOf('/') + 1)} ${target.kind.join()} ${target.name} ${mode} ${platform ?? 'host'}`
}

function flat(graph: JsonGraph, unit: JsonUnit): Readonly<Record<string, string>> {
  const fields = Object.entries({ ...unit.profile, ...unit.target, features: unit.features })
  const edges = unit.dependencies.map(
    (edge) => `${edge.extern_crate_name}=${labelOf(graph.units[edge.index]!)}`,
  )
  return {
    ...Object.fromEntries(fields.map(([key, value]) => [key, canonical(value)])),
    dependencies: edges.toSorted().join(', '),
  }
}
