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
  const [old, now] = [unitsOfPairs(before, ids), unitsOfPairs(after, ids)]
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
      for (const mode of ['build', 'test'])
        addUnits({ file, toolchain, ids, units, settings, pair: { build, mode, ...pair } })
    }
    return { hostPlatform: pair.hostPlatform, units }
  })
}

interface Place {
  readonly file: FactTable
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
  /** What all units of the side have in common. */
  readonly common: readonly unknown[]
  readonly factsOf: (key: string) => FactTable
}

function addUnits(place: Place): void {
  const sides = { host: sideOf(place, 'host'), build: sideOf(place, 'build') }
  const members = listAt(place.settings, 'packages').map(String)
  const libraries = new Map<string, number>()
  const library = (key: string, role: Role): number => libraries.get(`${role} ${key}`) ?? -1
  const roots = members.flatMap((key) => {
    const facts = sides.host.factsOf(key)
    return [[key, 'host'] as const, ...words(facts, 'devDeps').map((dep) => reach(sides, dep, 'host'))]
  })
  inOrder(sides, roots, (key, role) => {
    libraries.set(`${role} ${key}`, addPackage(place, sides, key, role, library))
  })
  for (const key of members) addTargets(place, sides, key, library)
}

function sideOf({ file, toolchain, pair, settings }: Place, role: Role): Side {
  const platform = role === 'build' ? pair.buildPlatform : pair.hostPlatform
  const point: Readonly<Record<string, string>> = { ...pair, role, platform }
  const holding = Object.entries(tableAt(file, 'conditions'))
    .filter(
      ([, alternatives]) => Array.isArray(alternatives) && alternatives.some((each) => holds(each, point)),
    )
    .map(([name]) => name)
  const profile = tableAt(tableAt(file, 'profiles'), String(settings['profile'] ?? 'release'))
  const ofRole = [profile[role], tableAt(profile, 'dependencies')[role], profile['packages'], file['env']]
  const known = new Map<string, FactTable>()
  return {
    role,
    common: [platform, ofRole, toolchainOf(toolchain, platform)],
    factsOf(key) {
      const facts = known.get(key) ?? effectiveFacts(tableAt(tableAt(file, 'crates'), key), holding)
      known.set(key, facts)
      return facts
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
function effectiveFacts(written: FactTable, holding: readonly string[]): FactTable {
  const { on, ...base } = written
  const facts: Record<string, FactValue> = { ...base }
  if (!isFactTable(on)) return facts
  for (const condition of holding) {
    for (const [name, value] of Object.entries(tableAt(on, condition))) {
      const known = facts[name]
      if (WORDS.has(name) && typeof known === 'string') facts[name] = `${known} ${String(value)}`
      else if (isFactTable(known) && isFactTable(value)) facts[name] = { ...known, ...value }
      else facts[name] = value
    }
  }
  return facts
}

type Sides = Readonly<Record<Role, Side>>

/** Proc macros are compiled for where the build runs. */
function reach(sides: Sides, key: string, role: Role): readonly [string, Role] {
  return sides[role].factsOf(key)['procMacro'] === true ? [key, 'build'] : [key, role]
}

function dependenciesOf(sides: Sides, key: string, role: Role): readonly (readonly [string, Role])[] {
  const facts = sides[role].factsOf(key)
  return [
    ...words(facts, 'deps').map((dep) => reach(sides, dep, role)),
    ...words(facts, 'buildDeps').map((dep) => [dep, 'build'] as const),
  ]
}

/** Visits each package after those that it depends on; with a stack of its own, since graphs may be deep. */
function inOrder(
  sides: Sides,
  roots: readonly (readonly [string, Role])[],
  visit: (key: string, role: Role) => void,
): void {
  const states = new Map<string, 'open' | 'done'>()
  const stack = [...roots]
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const [key, role] = top
    const name = `${role} ${key}`
    if (states.has(name)) {
      stack.pop()
      if (states.get(name) === 'open') visit(key, role)
      states.set(name, 'done')
      continue
    }
    states.set(name, 'open')
    stack.push(...dependenciesOf(sides, key, role).filter(([dep, at]) => !states.has(`${at} ${dep}`)))
  }
}

type Library = (key: string, role: Role) => number

const OF_TARGETS =
  'bins examples tests benches deps devDeps buildDeps noHarness untested tested gatedBins'.split(' ')

/** What the units of a package have in common. */
function commonOf(sides: Sides, key: string, role: Role): readonly unknown[] {
  const facts = Object.entries(sides[role].factsOf(key))
    .filter(([name]) => !OF_TARGETS.includes(name))
    .map(([name, value]) => [name, name === 'features' ? words({ features: value }, name) : value] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [key, sides[role].common, facts]
}

/** Adds library, build script and its run. Returns what stands for the library in what depends on it. */
function addPackage({ ids, units }: Place, sides: Sides, key: string, role: Role, library: Library): number {
  const facts = sides[role].factsOf(key)
  const common = commonOf(sides, key, role)
  const deps = words(facts, 'deps').map((dep) => library(...reach(sides, dep, role)))
  const add = (kind: string, ...parts: readonly unknown[]): number => {
    const id = idOf(ids, [kind, common, ...parts])
    units.add(id)
    return id
  }
  let run = -1
  if (facts['build'] !== undefined) {
    const buildDeps = words(facts, 'buildDeps').map((dep) => library(dep, 'build'))
    run = add('run', deps, add('script', sides.build.common, buildDeps))
  }
  return facts['lib'] === false ? run : add('lib', deps, run)
}

/** Programs of a member, and in mode `test` its tests, examples and benchmarks. */
function addTargets({ ids, units, pair }: Place, sides: Sides, key: string, library: Library): void {
  const facts = sides.host.factsOf(key)
  const dependencies = (name: string): readonly number[] =>
    words(facts, name).map((dep) => library(...reach(sides, dep, 'host')))
  const common = [commonOf(sides, key, 'host'), library(...reach(sides, key, 'host')), dependencies('deps')]
  for (const name of Object.entries(tableAt(facts, 'bins'))) units.add(idOf(ids, ['bin', common, name]))
  if (pair.mode !== 'test') return
  const dev = dependencies('devDeps')
  if (facts['lib'] !== false) units.add(idOf(ids, ['unit-test', common, dev]))
  for (const kind of ['bins', 'examples', 'tests', 'benches']) {
    for (const name of Object.entries(tableAt(facts, kind)))
      units.add(idOf(ids, ['test', kind, common, dev, name]))
  }
}
