/**
 * How many units of which platforms are new between two generated sets of facts.
 *
 * In: the text of `Cargo.nix` and `toolchain.nix`, as they were and as they are. Out: a number for each platform of the
 * matrix. A unit is known by all that the facts say of it and of what it is made with, so a change counts for everything
 * above it, as in the runtime; sources and the runtime itself are not looked at. Units of build scripts and proc macros
 * count for each platform that needs them.
 */
import { isFactTable, parseFacts, type FactTable, type FactValue } from './parse-facts.ts'

/** `Cargo.nix` and `toolchain.nix` as text. */
export interface GeneratedTexts {
  readonly crates: string
  readonly toolchain: string
}

/**
 * By triple, those without new units left out; where several platforms build for one, the most that one of them has to.
 * Undefined where a text is not understood.
 */
export function countNewUnits(
  before: GeneratedTexts,
  after: GeneratedTexts,
): ReadonlyMap<string, number> | undefined {
  const ids = new Map<string, number>()
  const old = unitsOfPairs(before, ids)
  const now = old && unitsOfPairs(after, ids)
  if (old === undefined || now === undefined) return undefined
  const known = new Set(old.flatMap(({ units }) => [...units]))
  const counts = new Map<string, number>()
  for (const { hostPlatform, units } of now) {
    const count = [...units].filter((id) => !known.has(id)).length
    if (count > 0) counts.set(hostPlatform, Math.max(count, counts.get(hostPlatform) ?? 0))
  }
  return counts
}

/** A number for each distinct text. */
type Ids = Map<string, number>

function idOf(ids: Ids, parts: readonly unknown[]): number {
  const text = JSON.stringify(parts)
  const id = ids.get(text) ?? ids.size
  ids.set(text, id)
  return id
}

function tableAt(table: FactTable, name: string): FactTable {
  const value = Object.hasOwn(table, name) ? table[name] : undefined
  return isFactTable(value) ? value : {}
}

function listAt(table: FactTable, name: string): readonly FactValue[] {
  const value = Object.hasOwn(table, name) ? table[name] : undefined
  return Array.isArray(value) ? (value as readonly FactValue[]) : []
}

function words(facts: FactTable, name: string): readonly string[] {
  const text = facts[name]
  return typeof text === 'string' && text !== '' ? text.split(' ').toSorted() : []
}

interface UnitsOfPair {
  readonly hostPlatform: string
  readonly units: ReadonlySet<number>
}

function unitsOfPairs({ crates, toolchain }: GeneratedTexts, ids: Ids): readonly UnitsOfPair[] | undefined {
  const file = parseFacts(crates)
  if (file === undefined) return undefined
  const factsOf = variantsOf(tableAt(file, 'crates'), ids)
  // Tests need all that programs do, and where no condition tells the two apart, it is the same.
  const modes = dependsOnMode(file) ? ['build', 'test'] : ['test']
  const pairs = Object.keys(tableAt(file, 'matrix')).flatMap((buildPlatform) =>
    listAt(tableAt(file, 'matrix'), buildPlatform).map((hostPlatform) => ({
      buildPlatform,
      hostPlatform: String(hostPlatform),
    })),
  )
  return pairs.map((pair) => {
    const units = new Set<number>()
    for (const [build, settings] of Object.entries(tableAt(file, 'builds'))) {
      if (!isFactTable(settings)) continue
      for (const mode of modes)
        addUnits({ file, factsOf, toolchain, ids, units, settings, pair: { build, mode, ...pair } })
    }
    return { hostPlatform: pair.hostPlatform, units }
  })
}

function dependsOnMode(file: FactTable): boolean {
  const alternatives = Object.values(tableAt(file, 'conditions')).flat()
  return alternatives.some((each) => isFactTable(each) && each['mode'] !== undefined)
}

/** A crate as it is where some of its conditions hold. */
interface CrateVariant {
  /** Of all that its units have in common. */
  readonly id: number
  readonly facts: FactTable
  readonly deps: readonly string[]
  readonly devDeps: readonly string[]
  readonly buildDeps: readonly string[]
}

type FactsOf = (key: string, holding: ReadonlySet<string>) => CrateVariant

/** Most crates have few variants, whatever the number of pairs: each is worked out once. */
function variantsOf(crates: FactTable, ids: Ids): FactsOf {
  const known = new Map<string, Map<string, CrateVariant>>()
  return (key, holding) => {
    const written = tableAt(crates, key)
    const active = Object.keys(tableAt(written, 'on')).filter((condition) => holding.has(condition))
    const variants = known.get(key) ?? new Map<string, CrateVariant>()
    known.set(key, variants)
    const name = active.join('\n')
    const variant = variants.get(name) ?? variantOf(key, effectiveFacts(written, active), ids)
    variants.set(name, variant)
    return variant
  }
}

const OF_TARGETS: ReadonlySet<string> = new Set(
  'on bins examples tests benches deps devDeps buildDeps noHarness untested tested unbenched benched gatedBins'.split(
    ' ',
  ),
)

function variantOf(key: string, facts: FactTable, ids: Ids): CrateVariant {
  const common = Object.entries(facts)
    .filter(([name]) => !OF_TARGETS.has(name))
    .map(([name, value]) => [name, name === 'features' ? words(facts, name) : value] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    id: idOf(ids, ['crate', key, common]),
    facts,
    deps: words(facts, 'deps'),
    devDeps: words(facts, 'devDeps'),
    buildDeps: words(facts, 'buildDeps'),
  }
}

interface Place {
  readonly file: FactTable
  readonly factsOf: FactsOf
  readonly toolchain: string
  readonly ids: Ids
  readonly units: Set<number>
  /** Of the named build. */
  readonly settings: FactTable
  readonly pair: Readonly<Record<'build' | 'mode' | 'buildPlatform' | 'hostPlatform', string>>
}

type Role = 'build' | 'host'

interface Side {
  readonly role: Role
  /** Of what all units of the side have in common. */
  readonly id: number
  readonly crate: (key: string) => CrateVariant
}

function addUnits(place: Place): void {
  const sides = { host: sideOf(place, 'host'), build: sideOf(place, 'build') }
  const members = listAt(place.settings, 'packages').map(String)
  const libraries = { host: new Map<string, number>(), build: new Map<string, number>() }
  const library: Library = ([key, role]) => libraries[role].get(key) ?? -1
  const roots = members.flatMap((key) => {
    const { devDeps } = sides.host.crate(key)
    return [[key, 'host'] as const, ...devDeps.map((dep) => reach(sides, dep, 'host'))]
  })
  inOrder(sides, roots, (key, role) => {
    libraries[role].set(key, addPackage(place, sides, key, role, library))
  })
  for (const key of members) addTargets(place, sides, key, library)
}

function sideOf({ file, factsOf, toolchain, ids, pair, settings }: Place, role: Role): Side {
  const platform = role === 'build' ? pair.buildPlatform : pair.hostPlatform
  const point: Readonly<Record<string, string>> = { ...pair, role, platform }
  const holding = Object.entries(tableAt(file, 'conditions'))
    .filter(
      ([, alternatives]) => Array.isArray(alternatives) && alternatives.some((each) => holds(each, point)),
    )
    .map(([name]) => name)
  const profile = tableAt(tableAt(file, 'profiles'), String(settings['profile'] ?? 'release'))
  const ofRole = [profile[role], tableAt(profile, 'dependencies')[role], profile['packages'], file['env']]
  const known = new Map<string, CrateVariant>()
  const held = new Set(holding)
  return {
    role,
    id: idOf(ids, ['side', platform, ofRole, toolchainOf(toolchain, platform)]),
    crate(key) {
      const variant = known.get(key) ?? factsOf(key, held)
      known.set(key, variant)
      return variant
    },
  }
}

function holds(alternative: FactValue, point: Readonly<Record<string, string>>): boolean {
  if (!isFactTable(alternative)) return false
  return Object.entries(alternative).every(
    ([dimension, values]) => Array.isArray(values) && values.includes(point[dimension] ?? ''),
  )
}

/** What `toolchain.nix` says of all platforms and of one. */
function toolchainOf(text: string, triple: string): readonly string[] {
  const [head = '', ...entries] = text.split(/\n(?= {4}\S+ = \{)/)
  const isOf = (entry: string): boolean =>
    entry.startsWith(`    ${triple} =`) || entry.startsWith(`    "${triple}" =`)
  return [head, ...entries.filter(isOf)]
}

const WORDS = new Set(['crateTypes', 'features', 'deps', 'devDeps', 'buildDeps'])

/** As `crate-facts.nix` merges them. */
function effectiveFacts(written: FactTable, active: readonly string[]): FactTable {
  if (active.length === 0) return written
  const facts: Record<string, FactValue> = { ...written }
  for (const condition of active) {
    for (const [name, value] of Object.entries(tableAt(tableAt(written, 'on'), condition))) {
      const known = facts[name]
      if (WORDS.has(name) && typeof known === 'string') facts[name] = `${known} ${String(value)}`
      else if (isFactTable(known) && isFactTable(value)) facts[name] = { ...known, ...value }
      else facts[name] = value
    }
  }
  return facts
}

/** A package and for which side it is compiled. */
type Reached = readonly [string, Role]

type Sides = Readonly<Record<Role, Side>>

/** Proc macros are compiled for where the build runs. */
function reach(sides: Sides, key: string, role: Role): Reached {
  return sides[role].crate(key).facts['procMacro'] === true ? [key, 'build'] : [key, role]
}

function dependenciesOf(sides: Sides, key: string, role: Role): readonly Reached[] {
  const { deps, buildDeps } = sides[role].crate(key)
  return [...deps.map((dep) => reach(sides, dep, role)), ...buildDeps.map((dep) => [dep, 'build'] as const)]
}

/** Visits each package after those that it depends on; with a stack of its own, since graphs may be deep. */
function inOrder(sides: Sides, roots: readonly Reached[], visit: (key: string, role: Role) => void): void {
  const states = { host: new Map<string, 'open' | 'done'>(), build: new Map<string, 'open' | 'done'>() }
  const stack = [...roots]
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const [key, role] = top
    const state = states[role].get(key)
    if (state === undefined) {
      states[role].set(key, 'open')
      for (const dep of dependenciesOf(sides, key, role)) if (!states[dep[1]].has(dep[0])) stack.push(dep)
      continue
    }
    stack.pop()
    if (state === 'open') visit(key, role)
    states[role].set(key, 'done')
  }
}

type Library = (reached: Reached) => number

/** Adds library, build script and its run. Returns what stands for the library in what depends on it. */
function addPackage({ ids, units }: Place, sides: Sides, key: string, role: Role, library: Library): number {
  const { id: crate, facts, deps, buildDeps } = sides[role].crate(key)
  const side = sides[role].id
  const below = deps.map((dep) => library(reach(sides, dep, role)))
  const add = (kind: string, ...parts: readonly unknown[]): number => {
    const id = idOf(ids, [kind, crate, ...parts])
    units.add(id)
    return id
  }
  let run = -1
  if (facts['build'] !== undefined) {
    const belowScript = buildDeps.map((dep) => library([dep, 'build']))
    run = add('run', side, below, add('script', sides.build.id, belowScript))
  }
  return facts['lib'] === false ? run : add('lib', side, below, run)
}

/** Programs of a member, and in mode `test` its tests, examples and benchmarks. */
function addTargets({ ids, units, pair }: Place, sides: Sides, key: string, library: Library): void {
  const { id: crate, facts, deps, devDeps } = sides.host.crate(key)
  const below = (keys: readonly string[]): readonly number[] =>
    keys.map((dep) => library(reach(sides, dep, 'host')))
  const common = idOf(ids, [crate, sides.host.id, library(reach(sides, key, 'host')), below(deps)])
  for (const name of Object.entries(tableAt(facts, 'bins'))) units.add(idOf(ids, ['bin', common, name]))
  if (pair.mode !== 'test') return
  const dev = below(devDeps)
  if (facts['lib'] !== false) units.add(idOf(ids, ['unit-test', common, dev]))
  for (const kind of ['bins', 'examples', 'tests', 'benches']) {
    for (const name of Object.entries(tableAt(facts, kind)))
      units.add(idOf(ids, ['test', kind, common, dev, name]))
  }
}
