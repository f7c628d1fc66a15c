/**
 * The contents of derivations, in terms of a unit graph.
 *
 * In: store derivations of generated Nix, and cargo's unit graph. Out: both as sets of lines that can be compared.
 * Nothing is taken from the generated text: packages, features, sides and dependencies are read from what the
 * builder will get.
 */
import { runOrFail } from '../program.ts'
import type { JsonGraph, JsonUnit } from '../oracle/unit-graph.ts'
import type { PackageSet } from '../builds/package-set.ts'

interface Derivation {
  readonly env: Readonly<Record<string, string>>
  readonly outputs: Readonly<Record<string, { readonly path: string }>>
}

/** The attributes of `compile-unit.nix` and `run-build-script.nix` that are looked at. */
interface Attributes {
  readonly kind?: string
  readonly targetName?: string
  readonly arguments?: readonly string[]
  readonly externs?: Readonly<Record<string, string>>
  /** Crates of the standard library that are compiled along. */
  readonly stdExterns?: Readonly<Record<string, string>>
  readonly ownRun?: string
  readonly buildScript?: string
  readonly features?: string
  readonly dependencyRuns?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly isInterface?: boolean
}

/** Reads derivations with all that they need. */
export async function unitsOfDerivations(set: PackageSet, expression: string): Promise<ReadonlySet<string>> {
  return new Set((await unitsByPath(set, expression)).values())
}

/** The same lines by what the derivations make. */
export async function unitsByPath(set: PackageSet, expression: string): Promise<ReadonlyMap<string, string>> {
  const units = await readUnits(set, expression)
  const described = [...units].map(([path, unit]) => ({ path, unit, line: describe(unit, units) }))
  const whole = new Set(described.filter(({ unit }) => unit.isInterface !== true).map(({ line }) => line))
  // An interface is the same unit as its library, which is not compiled where nothing links it.
  const one = described.filter(({ unit, line }) => unit.isInterface !== true || !whole.has(line))
  return new Map(one.map(({ path, line }) => [path, line]))
}

/** Whether a line is of a unit that is compiled for, or run on, the platform that builds. */
export function isHostUnit(line: string): boolean {
  return line.split(' [')[0]!.endsWith(' for host')
}

async function readUnits(set: PackageSet, expression: string): Promise<ReadonlyMap<string, Attributes>> {
  const instantiated = await runOrFail('nix-instantiate', ['--expr', expression], { env: set.env })
  const roots = instantiated.stdout.trim().split('\n')
  const command = ['--extra-experimental-features', 'nix-command', 'show-derivation', '--recursive', ...roots]
  const { stdout } = await runOrFail('nix', command, { env: set.env })
  const derivations = Object.values(JSON.parse(stdout) as Record<string, Derivation>)
  const units = new Map<string, Attributes>()
  for (const { env, outputs } of derivations) {
    const attributes = JSON.parse(env['__json'] ?? '{}') as Attributes
    const path = outputs['out']?.path
    if (path !== undefined && attributes.environment?.['CARGO_PKG_NAME'] !== undefined)
      units.set(path, attributes)
  }
  return units
}

function describe(unit: Attributes, units: ReadonlyMap<string, Attributes>): string {
  const nameOf = (path: string): string => {
    const found = units.get(path.split('/').slice(0, 4).join('/'))
    return found === undefined ? `unknown ${path}` : name(found)
  }
  const dependencies = [
    ...Object.entries({ ...unit.externs, ...unit.stdExterns }).map(
      ([extern, path]) => `${extern}=${nameOf(path)}`,
    ),
    ...Object.values(unit.dependencyRuns ?? {}).map(nameOf),
    ...[unit.ownRun, unit.buildScript]
      .filter((path) => path !== undefined && path !== '')
      .map((path) => nameOf(path!)),
  ]
  return line(name(unit), featuresOf(unit), dependencies)
}

function line(unit: string, features: readonly string[], dependencies: readonly string[]): string {
  return `${unit} [${features.join(' ')}] <- ${dependencies.toSorted().join(', ')}`
}

function name(unit: Attributes): string {
  const { CARGO_PKG_NAME, CARGO_PKG_VERSION, TARGET, HOST } = unit.environment!
  const isRun = unit.buildScript !== undefined
  const args = unit.arguments ?? []
  const target = isRun ? (TARGET === HOST ? undefined : TARGET) : args[args.indexOf('--target') + 1]
  const side = isRun || args.includes('--target') ? (target ?? 'host') : 'host'
  const role = isRun ? 'run' : unit.kind === 'bin' ? `bin ${unit.targetName}` : unit.kind
  return `${CARGO_PKG_NAME} ${CARGO_PKG_VERSION} ${role} for ${side}`
}

function featuresOf(unit: Attributes): readonly string[] {
  if (unit.features !== undefined) return unit.features.split(',').filter((each) => each !== '')
  return (unit.arguments ?? [])
    .filter((arg) => arg.startsWith('feature="'))
    .map((arg) => arg.slice('feature="'.length, -1))
    .toSorted()
}

const LINKABLE = new Set(['lib', 'rlib', 'dylib', 'proc-macro'])

/** Cargo's units as the same lines. Libraries that nothing can link to are no dependency of rustc. */
export function unitsOfGraph(graph: JsonGraph): ReadonlySet<string> {
  const lines = graph.units.map((unit) => {
    const dependencies = unit.dependencies.flatMap(({ index, extern_crate_name }) => {
      const to = graph.units[index]!
      if (isScript(to)) return [unitName(to)]
      return to.target.kind.some((kind) => LINKABLE.has(kind)) ? [`${extern_crate_name}=${unitName(to)}`] : []
    })
    return line(unitName(unit), unit.features.toSorted(), dependencies)
  })
  return new Set(lines)
}

function isScript(unit: JsonUnit): boolean {
  return unit.target.kind.includes('custom-build')
}

function unitName(unit: JsonUnit): string {
  const [, named, version] = /(?:#|\/)([^#@/]+)[#@]([^#@]+)$/.exec(unit.pkg_id)!
  const role = isScript(unit)
    ? unit.mode === 'run-custom-build'
      ? 'run'
      : 'build-script'
    : unit.target.kind.includes('bin')
      ? `bin ${unit.target.name}`
      : 'lib'
  return `${named} ${version} ${role} for ${unit.platform ?? 'host'}`
}
