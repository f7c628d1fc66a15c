/** The dependencies and features of one random package, as tables of its manifest. */
import type { RandomPackage } from './packages.ts'
import type { Random } from './random.ts'
import type { Toml } from './toml.ts'

const PLATFORMS = [
  'cfg(unix)',
  'cfg(windows)',
  'cfg(not(windows))',
  'cfg(target_os = "linux")',
  'cfg(target_env = "musl")',
  'cfg(any(target_os = "macos", target_arch = "wasm32"))',
  'cfg(all(unix, target_pointer_width = "64"))',
  'cfg(special)',
  'cfg(target_feature = "avx2")',
  'cfg(false)',
  'x86_64-unknown-linux-gnu',
  'x86_64-pc-windows-gnu',
]

const TABLES = {
  normal: 'dependencies',
  build: 'build-dependencies',
  development: 'dev-dependencies',
} as const

type Kind = keyof typeof TABLES
type Table = Record<string, Toml>

interface Entry {
  readonly key: string
  readonly to: RandomPackage
  readonly optional: boolean
}

/** The features that dependents may ask for: also those that stand for optional dependencies. */
export type Offered = ReadonlyMap<RandomPackage, readonly string[]>

/** What the packages of a workspace know of each other while they are made. */
export interface Neighbours {
  readonly all: readonly RandomPackage[]
  readonly offered: Offered
  /** `[workspace.dependencies]`, which members may inherit; grows. */
  readonly inherited: Map<string, Inherited>
  /** What an artifact dependency on a package may name, if there are such dependencies. */
  readonly artifacts: Map<RandomPackage, readonly string[]> | undefined
}

export interface Inherited {
  readonly to: RandomPackage
  readonly table: Toml
}

export interface RandomDependencies {
  /** To be merged into the manifest: `dependencies` and its like, `target`, `features`. */
  readonly tables: Table
  readonly offered: readonly string[]
}

/** Later packages offer what they have; earlier ones, what they have said that they have. */
export function randomDependencies(
  random: Random,
  item: RandomPackage,
  neighbours: Neighbours,
): RandomDependencies {
  const building: Building = { entries: [], tables: {}, neighbours, namesExplicitly: random.chance(0.5) }
  for (let at = random.below(6); at > 0; at--) addDependency(random, item, building)
  const features = randomFeatures(random, item, building)
  const implicit = building.namesExplicitly ? [] : building.entries.filter(({ optional }) => optional)
  return {
    tables: Object.keys(features).length > 0 ? { ...building.tables, features } : building.tables,
    offered: [...new Set([...Object.keys(features), ...implicit.map(({ key }) => key)])],
  }
}

interface Building {
  readonly entries: Entry[]
  readonly tables: Table
  readonly neighbours: Neighbours
  /** Optional dependencies are named with `dep:`, so they are no features themselves. */
  readonly namesExplicitly: boolean
}

function addDependency(random: Random, item: RandomPackage, building: Building): void {
  const kind = random.pick<Kind>(['normal', 'normal', 'normal', 'build', 'development'])
  const candidates = building.neighbours.all.filter((other) => canDependOn(item, other, kind))
  if (candidates.length === 0) return
  const to = random.pick(candidates)
  const key = keyFor(random, to, building)
  // One key names one package, whatever the table.
  if (building.entries.some((entry) => entry.key === key && entry.to !== to)) return
  const optional = kind !== 'development' && random.chance(0.4)
  const platform = random.chance(0.25) ? random.pick(PLATFORMS) : undefined
  const table = tableFor(building.tables, TABLES[kind], platform)
  if (table[key] !== undefined) return
  const entry = { key, to, optional }
  table[key] = (item.home === 'member' && random.chance(0.2)
    ? inherit(random, entry, building)
    : undefined) ?? {
    ...dependencyTo(random, item.folder, entry, featuresOf(building, to)),
    ...artifactOf(random, kind, to, building.neighbours.artifacts),
  }
  building.entries.push(entry)
}

const ARTIFACT_TARGETS = ['x86_64-unknown-linux-gnu', 'x86_64-pc-windows-gnu', 'wasm32-unknown-unknown']

/** Nightly cargo compiles these for their files; sometimes the package does not have what is named. */
function artifactOf(
  random: Random,
  kind: Kind,
  to: RandomPackage,
  artifacts: Neighbours['artifacts'],
): Record<string, Toml> {
  const known = artifacts?.get(to) ?? []
  if (artifacts === undefined || !random.chance(known.length > 0 ? 0.4 : 0.01)) return {}
  const [first = 'bin', ...more] = known.toSorted(() => random.below(3) - 1)
  const other = more.find((name) => random.chance(0.2) && (first === 'bin') === !name.startsWith('bin'))
  const target = random.chance(0.4)
    ? random.pick([...ARTIFACT_TARGETS, ...(kind === 'build' ? ['target', 'target'] : [])])
    : undefined
  return {
    artifact: other === undefined ? random.pick([first, [first]]) : [first, other],
    ...(target === undefined ? {} : { target }),
    ...(random.chance(0.4) ? { lib: random.chance(0.8) } : {}),
  }
}

/** `{ workspace = true }`, unless the workspace has something else by that name. */
function inherit(random: Random, entry: Entry, building: Building): Toml | undefined {
  const { key, to, optional } = entry
  const offered = featuresOf(building, to)
  const { inherited } = building.neighbours
  const known = inherited.get(key)
  if (known !== undefined && known.to !== to) return undefined
  if (known === undefined) {
    const table = dependencyTo(random, '', { ...entry, optional: false }, offered)
    const artifact = artifactOf(random, 'normal', to, building.neighbours.artifacts)
    inherited.set(key, { to, table: { ...table, ...artifact } })
  }
  const features = random.some(offered, 0.2)
  return {
    workspace: true,
    ...(optional ? { optional } : {}),
    ...(features.length > 0 ? { features } : {}),
    ...(random.chance(0.1) ? { 'default-features': random.chance(0.5) } : {}),
  }
}

/** Mostly the name by which the package is known already: several are refused, at least if all are used. */
function keyFor(random: Random, to: RandomPackage, { entries }: Building): string {
  const known = entries.find((entry) => entry.to === to)
  if (known !== undefined && !random.chance(0.03)) return known.key
  const isTaken = entries.some((entry) => entry.key === to.name)
  return isTaken || random.chance(0.15) ? `${to.name}-as${to.version.at(0)}` : to.name
}

function canDependOn(item: RandomPackage, other: RandomPackage, kind: Kind): boolean {
  if (item.home === 'registry' && other.home !== 'registry') return false
  if (item.home === 'outside' && other.home === 'member') return false
  // Tests may use anything, the package itself included.
  if (kind === 'development') return item.home === 'member' && other.library !== 'none'
  return other.position > item.position
}

function tableFor(tables: Table, name: string, platform: string | undefined): Table {
  const below = (parent: Table, key: string): Table => (parent[key] ??= {}) as Table
  return platform === undefined ? below(tables, name) : below(below(below(tables, 'target'), platform), name)
}

function featuresOf({ neighbours }: Building, to: RandomPackage): readonly string[] {
  return neighbours.offered.get(to) ?? to.features
}

function dependencyTo(
  random: Random,
  from: string,
  { key, to, optional }: Entry,
  offered: readonly string[],
): Record<string, Toml> {
  const features = random.some(offered, 0.3)
  const hasVersion = to.home === 'registry' || random.chance(0.3)
  return {
    ...(key === to.name ? {} : { package: to.name }),
    ...(to.home === 'registry' ? {} : { path: pathTo(from, to.folder) }),
    ...(hasVersion ? { version: requirement(random, to) } : {}),
    ...(optional ? { optional } : {}),
    ...(random.chance(0.3) ? { 'default-features': false } : {}),
    ...(features.length > 0 ? { features } : {}),
  }
}

/** Accepts the version that is meant, and perhaps others. */
function requirement(random: Random, { version }: RandomPackage): string {
  if (version.includes('-')) return random.pick([version, `=${version}`, `>=${version}`])
  const [major = '', minor = ''] = version.split('.')
  const bare = major === '0' ? `${major}.${minor}` : major
  return random.pick([
    bare,
    bare,
    `=${version}`,
    `~${version}`,
    `>=${version}`,
    '*',
    `>=${major}.${minor}, <9`,
  ])
}

function pathTo(from: string, to: string): string {
  const up = from === '' ? [] : from.split('/').map(() => '..')
  return [...up, ...(to === '' ? [] : [to])].join('/') || '.'
}

function randomFeatures(
  random: Random,
  item: RandomPackage,
  building: Building,
): Record<string, readonly string[]> {
  const names = [...item.features, ...(random.chance(0.5) ? ['default'] : [])]
  // A feature may have the name of an optional dependency if `dep:` names that one.
  const shadowed = building.entries.filter(({ optional }) => optional && random.chance(0.06))
  const own = names.map((name) => [name, randomValues(random, name, item, building)] as const)
  const others = shadowed.map(({ key }) => [key, [`dep:${key}`]] as const)
  return Object.fromEntries([...own, ...others])
}

function randomValues(
  random: Random,
  name: string,
  item: RandomPackage,
  building: Building,
): readonly string[] {
  const values: string[] = []
  for (let at = random.below(4); at > 0; at--) {
    const { entries } = building
    const entry = entries.length > 0 && random.chance(0.7) ? random.pick(entries) : undefined
    const value = entry === undefined ? ownFeature(random, name, item) : valueOf(random, entry, building)
    if (value !== undefined && !values.includes(value)) values.push(value)
  }
  return values
}

function ownFeature(random: Random, name: string, item: RandomPackage): string | undefined {
  const others = item.features.filter((other) => other !== name)
  return others.length === 0 ? undefined : random.pick(others)
}

function valueOf(random: Random, { key, to, optional }: Entry, building: Building): string | undefined {
  const offered = featuresOf(building, to)
  const feature = offered.length > 0 ? random.pick(offered) : undefined
  if (!optional) return feature === undefined ? undefined : `${key}/${feature}`
  if (feature === undefined || random.chance(0.4)) return building.namesExplicitly ? `dep:${key}` : key
  return `${key}${random.chance(0.5) ? '?' : ''}/${feature}`
}
