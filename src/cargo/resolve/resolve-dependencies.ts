/**
 * Which dependency edges take part, regardless of the platform: the result of cargo's dependency resolver
 * when the lockfile has already chosen every version.
 *
 * In: PackageGraph, the members with their requested features. Out: the graph's edges, without those of
 * optional dependencies that nothing enables.
 * Mirrors `core/resolver/dep_cache.rs` of cargo 0.96: features are unified over all platforms and kinds, and
 * weak features count as strong ones. `resolve-features.ts` narrows this.
 */
import { Cargo2NixError } from '../../errors.ts'
import { withoutCredentials } from '../../without-credentials.ts'
import type { FeatureValue } from '../compile-request.ts'
import { wantsDefault } from '../manifest/feature-value.ts'
import { keyOfDependency } from '../manifest/dependency-tables.ts'
import type { Dependency } from '../manifest/manifest.ts'
import { outdatedLockfile } from './outdated-lockfile.ts'
import type { Package, PackageEdge, PackageGraph } from './package-graph.ts'
import type { MemberRequest } from './select-packages.ts'
import { printSourceId, sameSource } from '../ids/source-id.ts'
import { getOrInsert } from '../../maps.ts'

/** Keyed by `Package.index`; empty for packages that nothing reaches. */
export type ActiveEdges = readonly (readonly PackageEdge[])[]

/**
 * A package as the resolver activates it: a requested member, with its dev-dependencies, or a dependency.
 * What is requested of it grows until nothing changes.
 */
interface Activation {
  readonly item: Package
  readonly isRoot: boolean
  readonly features: Set<string>
  /** Enabled dependencies by their name in the manifest, with the features requested of them. */
  readonly dependencies: Map<string, Set<string>>
  queued: boolean
}

interface Walk {
  readonly graph: PackageGraph
  /** Keyed by `Package.index`. */
  readonly roots: (Activation | undefined)[]
  readonly dependencies: (Activation | undefined)[]
  readonly queue: Activation[]
}

/**
 * Follows features and dependencies from the members.
 *
 * @throws Cargo2NixError `lockfile-outdated` if the lockfile has no package for an active dependency,
 *   `bad-manifest` or `bad-argument` if a feature does not exist.
 */
export function resolveDependencies(graph: PackageGraph, requests: readonly MemberRequest[]): ActiveEdges {
  const walk: Walk = { graph, roots: [], dependencies: [], queue: [] }
  for (const request of requests) activateMember(walk, request)
  for (let next = walk.queue.pop(); next !== undefined; next = walk.queue.pop()) {
    next.queued = false
    activateDependencies(walk, next)
  }
  return graph.packages.map((item) => activeEdges(walk, item))
}

/** The packages that a request needs, in cargo's order. */
export function reachedPackages(
  graph: PackageGraph,
  requests: readonly MemberRequest[],
  edges: ActiveEdges,
): readonly Package[] {
  const reached = new Set(requests.map(({ member }) => member.index))
  for (const each of edges) for (const { to } of each) reached.add(to.index)
  return graph.packages.filter(({ index }) => reached.has(index))
}

function activate(walk: Walk, item: Package, isRoot: boolean): Activation {
  const known = (isRoot ? walk.roots : walk.dependencies)[item.index]
  if (known !== undefined) return known
  const fresh: Activation = { item, isRoot, features: new Set(), dependencies: new Map(), queued: true }
  ;(isRoot ? walk.roots : walk.dependencies)[item.index] = fresh
  walk.queue.push(fresh)
  return fresh
}

function activateMember(walk: Walk, { member, features }: MemberRequest): void {
  const activation = activate(walk, member, true)
  if (features.allFeatures) for (const name of member.features.keys()) requireFeature(activation, name)
  for (const value of features.features) {
    const name = requireValue(activation, value)
    if (name !== undefined) requireFeature(activation, name)
  }
  if (features.usesDefaultFeatures && member.features.has('default')) requireFeature(activation, 'default')
  refuseMissingDependencies(member, activation)
}

function activateDependencies(walk: Walk, from: Activation): void {
  for (const { to, dependencies } of walk.graph.edges[from.item.index]!) {
    for (const dependency of dependencies) {
      if (!isActive(dependency, from)) continue
      const target = activate(walk, to, false)
      const before = target.features.size + countRequests(target)
      for (const name of requestedFeatures(dependency, from, to)) requireFeature(target, name, from.item)
      if (target.queued || target.features.size + countRequests(target) === before) continue
      target.queued = true
      walk.queue.push(target)
    }
  }
}

function isActive(dependency: Dependency, { isRoot, dependencies }: Activation): boolean {
  if (dependency.kind === 'development' && !isRoot) return false
  return !dependency.optional || dependencies.has(dependency.nameInToml)
}

function* requestedFeatures(dependency: Dependency, from: Activation, to: Package): Iterable<string> {
  yield* dependency.features
  yield* from.dependencies.get(dependency.nameInToml) ?? []
  if (wantsDefault(dependency, to.features)) yield 'default'
}

function countRequests(activation: Activation): number {
  let count = activation.dependencies.size
  for (const features of activation.dependencies.values()) count += features.size
  return count
}

/** Features may refer to each other deeper than the call stack. */
function requireFeature(activation: Activation, name: string, dependent?: Package): void {
  const open = [name]
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (activation.features.has(each)) continue
    const { item } = activation
    const values = item.features.get(each)
    if (values === undefined) throw missingFeature(item, each, dependent)
    activation.features.add(each)
    for (const value of values) {
      if (value.kind === 'feature' && value.name === each) throw cyclicFeature(item, each)
      const next = requireValue(activation, value)
      if (next !== undefined) open.push(next)
    }
  }
}

/** The feature that the value enables. */
function requireValue(activation: Activation, value: FeatureValue): string | undefined {
  if (value.kind === 'feature') return value.name
  const { depName } = value
  const requested = getOrInsert(activation.dependencies, depName, () => new Set())
  if (value.kind === 'dep') return undefined
  requested.add(value.feature)
  if (value.weak) return undefined
  const { item } = activation
  const isOptional = item.manifest.dependencies.some((each) => each.nameInToml === depName && each.optional)
  return isOptional && item.features.has(depName) ? depName : undefined
}

function cyclicFeature(item: Package, name: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-manifest',
    path: item.manifest.manifestPath,
    message: `features.${name}: the feature depends on itself`,
    hint: 'take it out of its own list',
  })
}

function missingFeature(item: Package, name: string, dependent: Package | undefined): Cargo2NixError {
  const message = `package \`${item.name} v${item.version}\` does not have the feature \`${name}\``
  if (dependent === undefined) {
    const names = [...item.features.keys()].toSorted().join(', ')
    return new Cargo2NixError({ code: 'bad-argument', message, hint: `it has: ${names || 'none'}` })
  }
  return new Cargo2NixError({
    code: 'bad-manifest',
    path: dependent.manifest.manifestPath,
    message: `${message}, which \`${dependent.name}\` asks for`,
    hint: 'correct the dependency, or run `cargo update` to lock a version that has the feature',
  })
}

/** `--features name/feature` if the package has no dependency of that name. */
function refuseMissingDependencies(member: Package, { dependencies }: Activation): void {
  for (const name of dependencies.keys()) {
    if (member.manifest.dependencies.some((dependency) => dependency.nameInToml === name)) continue
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `package \`${member.name}\` does not have a dependency named \`${name}\``,
      hint: 'correct --features',
    })
  }
}

function activeEdges({ graph, roots, dependencies }: Walk, item: Package): readonly PackageEdge[] {
  const activations = [roots[item.index], dependencies[item.index]].filter((each) => each !== undefined)
  if (activations.length === 0) return []
  const counts = (dependency: Dependency): boolean => activations.some((each) => isActive(dependency, each))
  const unlocked = graph.unlocked[item.index]!.find(counts)
  if (unlocked !== undefined) throw unlockedError(graph, item, unlocked)
  const edges: PackageEdge[] = []
  for (const edge of graph.edges[item.index]!) {
    const active = edge.dependencies.filter(counts)
    if (active.length > 0) edges.push({ to: edge.to, dependencies: active })
  }
  return edges
}

function unlockedError(graph: PackageGraph, item: Package, dependency: Dependency): Cargo2NixError {
  const { packageName, versionReq, source } = dependency
  const there = graph.packages.find((each) => source.kind === 'path' && sameSource(each.source, source))
  if (there !== undefined && there.name !== packageName) throw otherName(item, dependency, there)
  const wanted = source.kind === 'git' ? withoutCredentials(printSourceId(source, 'plain')!) : versionReq
  return outdatedLockfile(
    graph,
    `package \`${item.name}\` depends on \`${packageName} ${wanted}\`, for which the lockfile lists no version`,
  )
}

/** Cargo looks for a package of the dependency's name, also where a path leads to one. */
function otherName(item: Package, dependency: Dependency, there: Package): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-manifest',
    path: item.manifest.manifestPath,
    message: `${keyOfDependency(dependency)}: the package there is \`${there.name}\`, not \`${dependency.packageName}\``,
    hint: `add \`package = "${there.name}"\`, or correct the path`,
  })
}
