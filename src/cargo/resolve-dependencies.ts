/**
 * Which dependency edges take part at all, whatever the platform: the outcome of cargo's dependency
 * resolver when every choice of a version is already made by the lockfile.
 *
 * In: PackageGraph, the members with their requested features. Out: the graph's edges without those of
 * optional dependencies that nothing enables.
 * Mirrors `core/resolver/dep_cache.rs` of cargo 0.96: features are united over all platforms and kinds, and
 * weak features count as strong ones. `resolve-features.ts` narrows this.
 */
import { Cargo2NixError } from '../errors.ts'
import { wantsDefault, type FeatureValue } from './feature-value.ts'
import type { Dependency } from './manifest.ts'
import type { Package, PackageEdge, PackageGraph } from './package-graph.ts'
import { refuseCycles } from './refuse-cycles.ts'
import type { MemberRequest } from './select-packages.ts'

/** By `Package.index`; empty for packages that nothing reaches. */
export type ActiveEdges = readonly (readonly PackageEdge[])[]

/** What is known to be wanted of one package; grows until nothing changes. */
interface Wanted {
  readonly features: Set<string>
  /** Enabled dependencies by their name in the manifest, with features asked of them. */
  readonly dependencies: Map<string, Set<string>>
  devDependencies: boolean
  queued: boolean
}

/**
 * Follows features and dependencies from the members.
 *
 * @throws Cargo2NixError `lockfile-outdated` where the lockfile has no package for an active dependency,
 *   `bad-manifest` or `bad-argument` where a feature does not exist.
 */
export function resolveDependencies(graph: PackageGraph, requests: readonly MemberRequest[]): ActiveEdges {
  const wanted = new Array<Wanted | undefined>(graph.packages.length)
  const queue: Package[] = []
  const want = (item: Package): Wanted => {
    let state = wanted[item.index]
    if (state === undefined) {
      state = { features: new Set(), dependencies: new Map(), devDependencies: false, queued: true }
      wanted[item.index] = state
      queue.push(item)
    }
    return state
  }
  const requeue = (item: Package, state: Wanted): void => {
    if (state.queued) return
    state.queued = true
    queue.push(item)
  }
  for (const { member, features } of requests) {
    const state = want(member)
    state.devDependencies = true
    requeue(member, state)
    if (features.allFeatures) for (const name of member.features.keys()) requireFeature(member, state, name)
    for (const value of features.features) requireValue(member, state, value)
    if (features.usesDefaultFeatures && member.features.has('default'))
      requireFeature(member, state, 'default')
    refuseMissingDependencies(member, state)
  }
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    const state = want(item)
    state.queued = false
    for (const { to, dependencies } of graph.edges[item.index]!) {
      for (const dependency of dependencies) {
        if (!isActive(dependency, state)) continue
        const target = want(to)
        const before = target.features.size + countRequests(target)
        for (const name of requestedFeatures(dependency, state, to)) requireFeature(to, target, name, item)
        if (target.features.size + countRequests(target) !== before) requeue(to, target)
      }
    }
  }
  const active = graph.packages.map((item) => {
    const state = wanted[item.index]
    return state === undefined ? [] : activeEdges(graph, item, state)
  })
  refuseCycles(graph, active)
  return active
}

function isActive(dependency: Dependency, state: Wanted): boolean {
  if (dependency.kind === 'development' && !state.devDependencies) return false
  return !dependency.optional || state.dependencies.has(dependency.nameInToml)
}

function* requestedFeatures(dependency: Dependency, state: Wanted, to: Package): Iterable<string> {
  yield* dependency.features
  yield* state.dependencies.get(dependency.nameInToml) ?? []
  if (wantsDefault(dependency, to.features)) yield 'default'
}

function countRequests(state: Wanted): number {
  let count = state.dependencies.size
  for (const features of state.dependencies.values()) count += features.size
  return count
}

function requireFeature(item: Package, state: Wanted, name: string, dependent?: Package): void {
  if (state.features.has(name)) return
  const values = item.features.get(name)
  if (values === undefined) throw missingFeature(item, name, dependent)
  state.features.add(name)
  for (const value of values) requireValue(item, state, value)
}

function requireValue(item: Package, state: Wanted, value: FeatureValue): void {
  if (value.kind === 'feature') return requireFeature(item, state, value.name)
  const { depName } = value
  let requested = state.dependencies.get(depName)
  if (requested === undefined) {
    requested = new Set()
    state.dependencies.set(depName, requested)
  }
  if (value.kind === 'dep') return
  requested.add(value.feature)
  const isOptional = item.manifest.dependencies.some((each) => each.nameInToml === depName && each.optional)
  if (!value.weak && isOptional && item.features.has(depName)) requireFeature(item, state, depName)
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

/** `--features name/feature` where the package has no dependency of that name. */
function refuseMissingDependencies(member: Package, state: Wanted): void {
  for (const name of state.dependencies.keys()) {
    if (member.manifest.dependencies.some((dependency) => dependency.nameInToml === name)) continue
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `package \`${member.name}\` does not have a dependency named \`${name}\``,
      hint: 'correct --features',
    })
  }
}

function activeEdges(graph: PackageGraph, item: Package, state: Wanted): readonly PackageEdge[] {
  for (const dependency of graph.unlocked[item.index]!) {
    if (isActive(dependency, state)) throw outdated(graph, item, dependency)
  }
  const edges: PackageEdge[] = []
  for (const edge of graph.edges[item.index]!) {
    const dependencies = edge.dependencies.filter((dependency) => isActive(dependency, state))
    if (dependencies.length > 0) edges.push({ to: edge.to, dependencies })
  }
  return edges
}

function outdated(graph: PackageGraph, item: Package, dependency: Dependency): Cargo2NixError {
  const { packageName, versionReq } = dependency
  return new Cargo2NixError({
    code: 'lockfile-outdated',
    path: `${graph.workspace.root}/Cargo.lock`,
    message: `package \`${item.name}\` depends on \`${packageName} ${versionReq}\`, for which the lockfile lists no version`,
    hint: 'run `cargo update --workspace` (or any cargo build without --locked), then generate again',
  })
}
