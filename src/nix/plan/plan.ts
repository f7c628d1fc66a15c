/**
 * From the package graph to everything that the generated Nix contains.
 *
 * In: PackageGraph and Settings. Out: NixPlan: one entry per package, whose facts name when they hold.
 * Features are resolved as cargo would for each pair of the matrix and each mode; equal facts are written once.
 * Assumes that the facts of a package in a role are the same for all of its units, as cargo resolves them.
 */
import {
  ALL_TARGETS,
  BUILD_WORKSPACE,
  type CompileKind,
  type CompileRequest,
} from '../../cargo/compile-request.ts'
import { parseCliFeatures } from '../../cargo/resolve/cli-features.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import type { ActiveEdges } from '../../cargo/resolve/resolve-dependencies.ts'
import { targetData } from '../../cargo/platform/target-data.ts'
import {
  expand,
  prepareRequest,
  resolveRequest,
  withIntent,
  type PreparedRequest,
} from '../../cargo/units/unit-graph.ts'
import { conditionTable, type Condition, type ConditionTable } from './conditions.ts'
import { crateKeys } from './crate-key.ts'
import { factsOf, type CrateFacts, type DependencyFact, type FactsByRole } from './crate-facts.ts'
import { targetChoices, type ChooseTarget } from './link-flags.ts'
import {
  matrixOf,
  pointsWhere,
  growingSet,
  type GrowingSet,
  type MatrixRow,
  type Mode,
  type Point,
  type PointSet,
  type Role,
} from './points.ts'
import { planEnv, type PlannedEnv } from './plan-env.ts'
import { overriddenScripts, planScriptOutputs, type PlannedScripts } from './script-outputs.ts'
import { checkedProfiles, ofBuild, type PlannedBuild } from './named-builds.ts'
import { planRelease, type PlannedRelease } from './planned-release.ts'
import { planProfiles, type PlannedProfile } from './plan-profiles.ts'
import type { UnitGraph } from '../../cargo/units/unit.ts'
import { heavyLibraries } from './heavy-libraries.ts'
import { cfgsWithFlags, planTargets, type PlannedTarget } from './plan-targets.ts'
import type { BuildSettings, Settings } from '../settings/settings.ts'
import { append, getOrInsert } from '../../maps.ts'

/** A fact whose value is a set of words or names, with the conditions for each part. */
export interface ConditionalItems {
  readonly fact: string
  /** Undefined: everywhere. */
  readonly condition: string | undefined
  readonly items: readonly string[]
}

export interface PlannedCrate {
  readonly key: string
  readonly package: Package
  readonly items: readonly ConditionalItems[]
  /** Extern names of dependencies that differ from the crates' own, by crate key. */
  readonly renames: readonly (readonly [key: string, name: string])[]
}

/** A repository at a commit. */
export interface RepositoryHash {
  /** Covers the checked out files, including submodules: `sha256-<base64>`. */
  readonly hash: string
  readonly hasSubmodules: boolean
}

export interface NixPlan {
  readonly graph: PackageGraph
  /** By commit: those fetched by hash. */
  readonly repositories: ReadonlyMap<string, RepositoryHash>
  /** Download templates by registry index, as in the settings. */
  readonly registries: Readonly<Record<string, string>>
  /** Which libraries have an interface: package names. */
  readonly interfaces: 'none' | 'all' | readonly string[]
  readonly matrix: readonly MatrixRow[]
  readonly conditions: readonly Condition[]
  readonly builds: readonly PlannedBuild[]
  readonly profiles: readonly PlannedProfile[]
  readonly members: readonly string[]
  readonly rootPackage: string | undefined
  /** Undefined: the settings have none. */
  readonly release: PlannedRelease | undefined
  /** Sorted by key. */
  readonly crates: readonly PlannedCrate[]
  readonly env: PlannedEnv
  /** Build scripts that the configuration overrides. */
  readonly scripts: readonly PlannedScripts[]
  /** Every platform of the matrix, sorted. */
  readonly targets: readonly PlannedTarget[]
}

/**
 * Builds the plan.
 *
 * @param repositories by commit: those fetched by hash
 * @throws Cargo2NixError if cargo would refuse the workspace or a named build.
 */
export function planNix(
  graph: PackageGraph,
  settings: Settings,
  repositories: ReadonlyMap<string, RepositoryHash>,
): NixPlan {
  const matrix = matrixOf(settings.hosts, settings.targets)
  const builds = Object.entries(settings.builds).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const choose = targetChoices(settings, graph.workspace.config)
  const collected = collectFacts(graph, matrix, builds, choose)
  const table = conditionTable(collected.points)
  const keys = crateKeys([...collected.variants.keys()], graph.workspace.lockfile.packages)
  const crates = [...collected.variants].map(([item, variants]) =>
    planCrate(item, variants, keys, table, collected),
  )
  const keyOf = (item: Package): string => keys.get(item)!
  return {
    graph,
    repositories,
    registries: settings.registries,
    interfaces:
      settings.interfaces === 'heavy'
        ? heavyLibraries(unitsOfDefault(graph, settings, matrix))
        : settings.interfaces,
    matrix,
    crates: crates.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    conditions: table.used(),
    builds: builds.map(([name, build]) => ({
      name,
      packages: collected.compiled.get(name)!.map(keyOf).toSorted(),
      profile: build.profile,
    })),
    profiles: checkedProfiles(planProfiles(graph, keys), builds, graph),
    members: graph.members
      .filter((member) => keys.has(member))
      .map(keyOf)
      .toSorted(),
    rootPackage: graph.rootPackage && keys.get(graph.rootPackage),
    release: planRelease(graph, settings),
    env: planEnv(graph.workspace),
    scripts: planScriptOutputs(graph.workspace, matrix, keys.keys()),
    targets: planTargets(graph, matrix, choose),
  }
}

/** The units of the default build, on the first platform that can build, for itself. */
function unitsOfDefault(graph: PackageGraph, settings: Settings, matrix: readonly MatrixRow[]): UnitGraph {
  const host = matrix[0]!.buildPlatform
  const build = settings.builds['default']!
  // Like the argument `profile` of Cargo.nix.
  const request = { ...requestOf(build), profile: build.profile ?? 'release' }
  const cfgsOf = cfgsWithFlags(graph.workspace.config, host, null, [])
  return expand(prepareRequest(graph, request), [null], { host, cfgsOf })
}

/** All points with the same facts for a package. */
interface Variant {
  readonly facts: CrateFacts
  readonly role: Role
  readonly points: PointSet
}

interface GrowingVariant extends Omit<Variant, 'points'> {
  readonly growing: GrowingSet
}

interface Collected {
  readonly points: readonly Point[]
  /** In cargo's order of packages. */
  readonly variants: ReadonlyMap<Package, readonly Variant[]>
  /** By build name: the members that it compiles. */
  readonly compiled: ReadonlyMap<string, readonly Package[]>
}

const ROLES: readonly Role[] = ['host', 'build']

/** What is resolved for all pairs of the matrix. */
interface Case {
  readonly build: string
  readonly mode: Mode
  readonly prepared: PreparedRequest
}

function* cases(graph: PackageGraph, builds: readonly (readonly [string, BuildSettings])[]): Iterable<Case> {
  for (const [build, settings] of builds) {
    const prepared = ofBuild(graph, build, () => prepareRequest(graph, requestOf(settings)))
    yield { build, mode: 'build', prepared }
    yield { build, mode: 'test', prepared: withIntent(prepared, 'test', ALL_TARGETS) }
  }
}

function collectFacts(
  graph: PackageGraph,
  matrix: readonly MatrixRow[],
  builds: readonly (readonly [string, BuildSettings])[],
  choose: ChooseTarget,
): Collected {
  const pairs = matrix.flatMap(({ buildPlatform, hostPlatforms }) =>
    hostPlatforms.map((hostPlatform) => ({ buildPlatform, hostPlatform })),
  )
  const points: Point[] = []
  // Each build in two modes.
  const size = builds.length * 2 * pairs.length * ROLES.length
  const compiled = new Map<string, readonly Package[]>(builds.map(([name]) => [name, []]))
  const byPackage = new Map<Package, Map<string, GrowingVariant>>()
  for (const { build, mode, prepared } of cases(graph, builds)) {
    const factsAt = factsByPair(prepared, choose)
    const found = new Map<FactsByRole, Record<Role, number[]>>()
    for (const pair of pairs) {
      const facts = ofBuild(graph, build, () => factsAt(pair.buildPlatform, pair.hostPlatform))
      const indices = getOrInsert(found, facts, () => ({ host: [], build: [] }))
      for (const role of ROLES) {
        indices[role].push(points.length)
        points.push({
          build,
          mode,
          ...pair,
          role,
          platform: role === 'build' ? pair.buildPlatform : pair.hostPlatform,
        })
      }
    }
    const reached = new Set<Package>(compiled.get(build))
    for (const [facts, indices] of found) {
      for (const role of ROLES) {
        for (const [item, each] of facts[role]) {
          variantOf(byPackage, item, each, role, size).growing.add(indices[role])
          reached.add(item)
        }
      }
    }
    compiled.set(
      build,
      prepared.selected.filter((item) => reached.has(item)),
    )
  }
  const sorted = [...byPackage].toSorted(([a], [b]) => a.index - b.index)
  const variants = sorted.map(([item, map]) => [item, [...map.values()].map(grown)] as const)
  return { points, compiled, variants: new Map(variants) }
}

function grown({ growing, ...variant }: GrowingVariant): Variant {
  return { ...variant, points: growing.set() }
}

function variantOf(
  byPackage: Map<Package, Map<string, GrowingVariant>>,
  item: Package,
  facts: CrateFacts,
  role: Role,
  size: number,
): GrowingVariant {
  const variants = getOrInsert(byPackage, item, () => new Map<string, GrowingVariant>())
  return getOrInsert(variants, variantKey(facts, role), () => ({ facts, role, growing: growingSet(size) }))
}

function variantKey(facts: CrateFacts, role: Role): string {
  const ids = (list: readonly DependencyFact[]): string => list.map(({ to }) => to.index).join(' ')
  const { features, dependencies, devDependencies, buildDependencies, targets } = facts
  return [
    role,
    features.join(' '),
    ids(dependencies),
    ids(devDependencies),
    ids(buildDependencies),
    targets.join(' '),
  ].join('|')
}

/** The cargo request of a named build. */
export function requestOf({ packages, exclude, ...named }: BuildSettings): CompileRequest {
  const { features, allFeatures, noDefaultFeatures } = named
  return {
    ...BUILD_WORKSPACE,
    packages: packages === undefined ? { kind: 'workspace', exclude } : { kind: 'packages', specs: packages },
    features: parseCliFeatures({ features, allFeatures, noDefaultFeatures }),
  }
}

/**
 * The facts for pairs of platforms. A platform matters only through the `[target.X]` tables that apply on
 * both sides, so pairs with the same tables are computed once.
 */
function factsByPair(
  prepared: PreparedRequest,
  choose: ChooseTarget,
): (buildPlatform: string, hostPlatform: string) => FactsByRole {
  const { config } = prepared.graph.workspace
  const tables = platformTables(prepared.edges)
  const known = new Map<string, FactsByRole>()
  return (buildPlatform, hostPlatform) => {
    const { flags, isExplicit } = choose(hostPlatform)
    const kind: CompileKind = buildPlatform === hostPlatform && !isExplicit ? null : hostPlatform
    const platforms = { host: buildPlatform, cfgsOf: cfgsWithFlags(config, buildPlatform, kind, flags) }
    const { isActive } = targetData(platforms.host, platforms.cfgsOf)
    const overrides = overriddenScripts(config, [buildPlatform, hostPlatform])
    const active = tables.map((table) => `${isActive(table, null)} ${isActive(table, kind)}`)
    const key = JSON.stringify([active, overrides])
    const facts = known.get(key) ?? factsOf(resolveRequest(prepared, [kind], platforms), kind)
    known.set(key, facts)
    return facts
  }
}

/** The `X` of all active `[target.X]` tables with dependencies. */
function platformTables(edges: ActiveEdges): readonly string[] {
  const tables = new Set<string>()
  for (const list of edges) {
    for (const { dependencies } of list) {
      for (const { platform } of dependencies) if (platform !== undefined) tables.add(platform)
    }
  }
  return [...tables]
}

function planCrate(
  item: Package,
  variants: readonly Variant[],
  keys: ReadonlyMap<Package, string>,
  table: ConditionTable,
  collected: Collected,
): PlannedCrate {
  const present = union(variants)
  const named = (list: readonly DependencyFact[]): readonly string[] => list.map(({ to }) => keys.get(to)!)
  const facts: readonly (readonly [string, (facts: CrateFacts) => readonly string[]])[] = [
    ['features', (each) => each.features],
    ['deps', (each) => named(each.dependencies)],
    ['devDeps', (each) => named(each.devDependencies)],
    ['buildDeps', (each) => named(each.buildDependencies)],
  ]
  const renames = new Map<string, string>()
  for (const { facts: each } of variants) {
    for (const { to, rename } of [...each.dependencies, ...each.devDependencies, ...each.buildDependencies]) {
      if (rename !== undefined) renames.set(keys.get(to)!, rename)
    }
  }
  return {
    key: keys.get(item)!,
    package: item,
    items: [
      ...facts.flatMap(([fact, itemsOf]) => conditionalItems(fact, itemsOf, variants, present, table)),
      ...plannedTargets(item, variants, collected, table),
    ],
    renames: [...renames].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

/** A member's binaries, and in mode `test` its tests, examples and benchmarks: only of role `host`. */
function plannedTargets(
  item: Package,
  variants: readonly Variant[],
  { points, compiled }: Collected,
  table: ConditionTable,
): readonly ConditionalItems[] {
  if (!item.isMember) return []
  const builds = new Set([...compiled].flatMap(([name, members]) => (members.includes(item) ? [name] : [])))
  const compiledAt = pointsWhere(points, ({ role, build }) => role === 'host' && builds.has(build))
  const testedAt = compiledAt & pointsWhere(points, ({ mode }) => mode === 'test')
  const programs = (facts: CrateFacts): readonly string[] =>
    facts.targets.filter((name) => name.startsWith('bin '))
  const others = (facts: CrateFacts): readonly string[] =>
    facts.targets.filter((name) => !name.startsWith('bin '))
  return [
    ...conditionalItems('targets', programs, variants, compiledAt, table),
    ...conditionalItems('targets', others, variants, testedAt, table),
  ]
}

function union(variants: readonly Variant[]): PointSet {
  return variants.reduce((set, variant) => set | variant.points, 0n)
}

/** Groups the items of a fact by their condition; unconditional ones come first. */
function conditionalItems(
  fact: string,
  itemsOf: (facts: CrateFacts) => readonly string[],
  variants: readonly Variant[],
  present: PointSet,
  table: ConditionTable,
): readonly ConditionalItems[] {
  const points = new Map<string, PointSet>()
  for (const variant of variants) {
    const counted = variant.points & present
    if (counted === 0n) continue
    for (const each of itemsOf(variant.facts)) points.set(each, (points.get(each) ?? 0n) | counted)
  }
  const groups = new Map<string, string[]>()
  for (const [each, wanted] of points) {
    const name = table.conditionFor(wanted, present)?.name ?? ''
    append(groups, name, each)
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, items]) => ({ fact, condition: name === '' ? undefined : name, items: items.toSorted() }))
}
