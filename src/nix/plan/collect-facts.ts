/**
 * The facts of every package, with the points of the matrix at which each variant of them holds.
 *
 * In: PackageGraph, the matrix and the named builds. Out: points, and the variants of each package.
 */
import { ALL_TARGETS, type CompileKind } from '../../cargo/compile-request.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import type { ActiveEdges } from '../../cargo/resolve/resolve-dependencies.ts'
import { tripleOfArtifact } from '../../cargo/resolve/resolve-features.ts'
import { targetData } from '../../cargo/platform/target-data.ts'
import {
  prepareRequest,
  resolveRequest,
  withIntent,
  type PreparedRequest,
} from '../../cargo/units/unit-graph.ts'
import { expandStd } from '../../cargo/units/standard-library.ts'
import {
  factsOf,
  type CrateFacts,
  type DependencyFact,
  type FactsByPlace,
  type Place,
} from './crate-facts.ts'
import type { ChooseTarget } from './link-flags.ts'
import { ofBuild, requestOf, type NamedBuild } from './named-builds.ts'
import { cfgsWithFlags } from './plan-targets.ts'
import { append, getOrInsert } from '../../maps.ts'
import { growingSet, type MatrixRow, type Mode, type Point, type PointSet } from './points.ts'
import { overriddenScripts } from './script-outputs.ts'

/** All points with the same facts for a package. */
export interface Variant {
  readonly facts: CrateFacts
  readonly points: PointSet
}

interface GrowingVariant extends Omit<Variant, 'points'> {
  readonly indices: (readonly number[])[]
}

export interface Collected {
  readonly points: readonly Point[]
  /** In cargo's order of packages. */
  readonly variants: ReadonlyMap<Package, readonly Variant[]>
  /** By build name: the members that it compiles. */
  readonly compiled: ReadonlyMap<string, readonly Package[]>
}

/** What is resolved for all pairs of the matrix. */
interface Case {
  readonly build: string
  readonly mode: Mode
  readonly prepared: PreparedRequest
}

function* cases(graph: PackageGraph, builds: readonly NamedBuild[]): Iterable<Case> {
  for (const [build, settings] of builds) {
    const prepare = (): PreparedRequest => prepareRequest(graph, requestOf(settings))
    const prepared = ofBuild(graph, build, prepare, settings.features)
    yield { build, mode: 'build', prepared }
    yield { build, mode: 'test', prepared: withIntent(prepared, 'test', ALL_TARGETS) }
  }
}

/** Resolves every case for every pair. */
export function collectFacts(
  graph: PackageGraph,
  matrix: readonly MatrixRow[],
  builds: readonly NamedBuild[],
  choose: ChooseTarget,
): Collected {
  const pairs = pairsOf(matrix)
  const points: Point[] = []
  const compiled = new Map<string, readonly Package[]>(builds.map(([name]) => [name, []]))
  const byPackage = new Map<Package, Map<string, GrowingVariant>>()
  const features = new Map(builds.map(([name, settings]) => [name, settings.features]))
  for (const { build, mode, prepared } of cases(graph, builds)) {
    const factsAt = factsByPair(prepared, choose)
    const found = new Map<FactsByPlace, Map<Place, number[]>>()
    for (const pair of pairs) {
      const facts = ofBuild(
        graph,
        build,
        () => factsAt(pair.buildPlatform, pair.hostPlatform),
        features.get(build),
      )
      const indices = getOrInsert(found, facts, () => new Map<Place, number[]>())
      for (const place of facts.keys()) {
        append(indices, place, points.length)
        points.push({ build, mode, ...pair, ...roleAt(place, pair) })
      }
    }
    const reached = new Set<Package>(compiled.get(build))
    for (const [facts, indices] of found) {
      for (const [place, ofPlace] of facts) {
        for (const [item, each] of ofPlace) {
          variantOf(byPackage, item, each, place).indices.push(indices.get(place)!)
          reached.add(item)
        }
      }
    }
    compiled.set(
      build,
      prepared.selected.filter((item) => reached.has(item)),
    )
  }
  return { points, compiled, variants: grownVariants(byPackage, points.length) }
}

export interface CollectedStd extends Pick<Collected, 'points' | 'variants'> {
  /** The crates that code may name. */
  readonly roots: readonly Package[]
}

/** The same for the standard library that is compiled along with a request. */
export function collectStdFacts(
  prepared: PreparedRequest,
  matrix: readonly MatrixRow[],
  choose: ChooseTarget,
): CollectedStd {
  const { config } = prepared.graph.workspace
  const std = prepared.std!
  const points: Point[] = []
  const byPackage = new Map<Package, Map<string, GrowingVariant>>()
  for (const pair of pairsOf(matrix)) {
    const { buildPlatform, hostPlatform } = pair
    const kind = kindOfPair(choose, pair)
    const { flags } = choose(hostPlatform)
    const platforms = { host: buildPlatform, cfgsOf: cfgsWithFlags(config, buildPlatform, kind, flags) }
    const { expansion } = resolveRequest(prepared, [kind], platforms)
    for (const [place, ofPlace] of factsOf(expandStd(std, expansion, [kind]), kind)) {
      for (const [item, each] of ofPlace)
        variantOf(byPackage, item, each, place).indices.push([points.length])
      points.push({ build: 'default', mode: 'build', ...pair, ...roleAt(place, pair) })
    }
  }
  return { points, variants: grownVariants(byPackage, points.length), roots: std.crates }
}

type Pair = Pick<Point, 'buildPlatform' | 'hostPlatform'>

function pairsOf(matrix: readonly MatrixRow[]): readonly Pair[] {
  return matrix.flatMap(({ buildPlatform, hostPlatforms }) =>
    hostPlatforms.map((hostPlatform) => ({ buildPlatform, hostPlatform })),
  )
}

function kindOfPair(choose: ChooseTarget, { buildPlatform, hostPlatform }: Pair): CompileKind {
  return buildPlatform === hostPlatform && !choose(hostPlatform).isExplicit ? null : hostPlatform
}

function grownVariants(
  byPackage: ReadonlyMap<Package, ReadonlyMap<string, GrowingVariant>>,
  size: number,
): Collected['variants'] {
  const sorted = [...byPackage].toSorted(([a], [b]) => a.index - b.index)
  const grown = ({ facts, indices }: GrowingVariant): Variant => {
    const set = growingSet(size)
    for (const each of indices) set.add(each)
    return { facts, points: set.set() }
  }
  return new Map(sorted.map(([item, map]) => [item, [...map.values()].map(grown)] as const))
}

function roleAt(place: Place, { buildPlatform, hostPlatform }: Pair): Pick<Point, 'role' | 'platform'> {
  if (place === 'host') return { role: 'host', platform: hostPlatform }
  if (place === 'build') return { role: 'build', platform: buildPlatform }
  return { role: 'artifact', platform: tripleOfArtifact(place)! }
}

function variantOf(
  byPackage: Map<Package, Map<string, GrowingVariant>>,
  item: Package,
  facts: CrateFacts,
  place: Place,
): GrowingVariant {
  const variants = getOrInsert(byPackage, item, () => new Map<string, GrowingVariant>())
  return getOrInsert(variants, variantKey(facts, place), () => ({ facts, indices: [] }))
}

function variantKey(facts: CrateFacts, place: Place): string {
  const ids = (list: readonly DependencyFact[]): string => list.map(({ to }) => to.index).join(' ')
  const { features, dependencies, devDependencies, buildDependencies, targets } = facts
  const artifacts = [facts.artifacts, facts.devArtifacts, facts.buildArtifacts]
  return [
    place,
    features.join(' '),
    ids(dependencies),
    ids(devDependencies),
    ids(buildDependencies),
    targets.join(' '),
    ...artifacts.map((list) => JSON.stringify(list.map((each) => ({ ...each, to: each.to.index })))),
  ].join('|')
}

/**
 * The facts for pairs of platforms. A platform matters only through the `[target.X]` tables that apply on
 * both sides, so pairs with the same tables are computed once.
 */
function factsByPair(
  prepared: PreparedRequest,
  choose: ChooseTarget,
): (buildPlatform: string, hostPlatform: string) => FactsByPlace {
  const { config } = prepared.graph.workspace
  const tables = platformTables(prepared.edges)
  // Facts about artifacts name platforms.
  const hasArtifacts = prepared.edges.some((edges) =>
    edges.some(({ dependencies }) => dependencies.some(({ artifact }) => artifact !== undefined)),
  )
  const known = new Map<string, FactsByPlace>()
  return (buildPlatform, hostPlatform) => {
    const { flags } = choose(hostPlatform)
    const kind = kindOfPair(choose, { buildPlatform, hostPlatform })
    const platforms = { host: buildPlatform, cfgsOf: cfgsWithFlags(config, buildPlatform, kind, flags) }
    const { isActive } = targetData(platforms.host, platforms.cfgsOf)
    const overrides = overriddenScripts(config, [buildPlatform, hostPlatform])
    const active = tables.map((table) => `${isActive(table, null)} ${isActive(table, kind)}`)
    const key = JSON.stringify([active, overrides, hasArtifacts ? [buildPlatform, hostPlatform] : []])
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
