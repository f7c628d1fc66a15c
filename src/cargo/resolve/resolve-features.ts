/**
 * Which features and optional dependencies each package gets, for target and host.
 *
 * In: PackageGraph, active edges, the members with their requested features, platforms.
 * Out: ResolvedFeatures, comparable with `cargo tree -e features`.
 * Mirrors `core/resolver/features.rs` of cargo 0.96 (`FeatureResolver`). Resolver 1 unifies everything under
 * one key; 2 and 3 keep host dependencies separate, drop dependencies of inactive platforms, and ignore
 * dev-dependencies unless tests, examples or benchmarks are compiled.
 */
import type { CompileKind, FeatureValue } from '../compile-request.ts'
import { parseFeatureValue, wantsDefault } from '../manifest/feature-value.ts'
import type { Dependency } from '../manifest/manifest.ts'
import type { Package, PackageGraph } from './package-graph.ts'
import type { ActiveEdges } from './resolve-dependencies.ts'
import type { MemberRequest } from './select-packages.ts'
import type { TargetData } from '../platform/target-data.ts'
import { getOrInsert } from '../../maps.ts'

/**
 * Cargo's `FeaturesFor`: `hostDep` is for build scripts, proc macros and their dependencies. An artifact that names its
 * target has features of its own, and so has everything below it (`ArtifactDep`).
 */
export type FeaturesFor = 'normalOrDev' | 'hostDep' | ArtifactFor

export type ArtifactFor = `artifact for ${string}`

export function artifactFor(triple: string): ArtifactFor {
  return `artifact for ${triple}`
}

/** The triple of an `ArtifactFor`. */
export function tripleOfArtifact(featuresFor: FeaturesFor): string | undefined {
  return featuresFor.startsWith('artifact for ') ? featuresFor.slice('artifact for '.length) : undefined
}

/** A package in a role. */
export type FeaturesKey = number | string

export interface ResolvedFeatures {
  /** Host dependencies have their own features. */
  readonly decoupleHostDeps: boolean
  /** Keyed by `featuresKey`: sorted names. No entry: the package is not reached. */
  readonly activatedFeatures: ReadonlyMap<FeaturesKey, readonly string[]>
  /** Keyed by `featuresKey`: enabled optional dependencies, by their names in the manifest. */
  readonly activatedDependencies: ReadonlyMap<FeaturesKey, ReadonlySet<string>>
}

export interface FeatureOptions {
  readonly resolver: '1' | '2' | '3'
  readonly withDevDependencies: boolean
  readonly kinds: readonly CompileKind[]
}

interface ReachedDependency {
  readonly dependency: Dependency
  readonly featuresFor: FeaturesFor
}

interface ReachedPackage {
  readonly to: Package
  readonly dependencies: readonly ReachedDependency[]
}

/** State that grows during resolution; all keys are those of `keyOf`. */
interface State {
  readonly edges: ActiveEdges
  readonly targets: TargetData
  readonly options: FeatureOptions
  readonly isNew: boolean
  readonly features: Map<FeaturesKey, Set<string>>
  readonly dependencies: Map<FeaturesKey, Set<string>>
  readonly processed: Set<FeaturesKey>
  readonly reached: Map<FeaturesKey, readonly ReachedPackage[]>
  /** `dep?/feature` of dependencies that nothing has enabled yet, by key and name. */
  readonly deferred: Map<string, Set<string>>
  /** Pending activations: graphs may be deeper than the call stack, and the order does not matter. */
  readonly pending: Activation[]
}

/** A package needed in a role, with the features requested of it. */
interface Activation {
  readonly item: Package
  readonly featuresFor: FeaturesFor
  readonly values: readonly FeatureValue[]
}

/** The key of `ResolvedFeatures`' maps. */
function featuresKey(resolved: ResolvedFeatures, item: Package, featuresFor: FeaturesFor): FeaturesKey {
  return keyOf(item, resolved.decoupleHostDeps ? featuresFor : 'normalOrDev')
}

/** Sorted features; undefined if the package is not reached in that role. */
export function activatedFeatures(
  resolved: ResolvedFeatures,
  item: Package,
  featuresFor: FeaturesFor,
): readonly string[] | undefined {
  return resolved.activatedFeatures.get(featuresKey(resolved, item, featuresFor))
}

/** Whether an optional dependency is enabled. */
export function isDependencyActivated(
  resolved: ResolvedFeatures,
  item: Package,
  featuresFor: FeaturesFor,
  nameInToml: string,
): boolean {
  const names = resolved.activatedDependencies.get(featuresKey(resolved, item, featuresFor))
  return names !== undefined && names.has(nameInToml)
}

/** Resolves the features of all packages that the requested members reach. */
export function resolveFeatures(
  graph: PackageGraph,
  edges: ActiveEdges,
  requests: readonly MemberRequest[],
  targets: TargetData,
  options: FeatureOptions,
): ResolvedFeatures {
  const state: State = {
    edges,
    targets,
    options,
    isNew: options.resolver !== '1',
    features: new Map(),
    dependencies: new Map(),
    processed: new Set(),
    reached: new Map(),
    deferred: new Map(),
    pending: [],
  }
  const members = new Set(graph.members)
  for (const { member, features } of requests) {
    if (!members.has(member)) continue
    const values = [...features.features]
    const names = features.allFeatures ? [...member.features.keys()] : []
    if (features.usesDefaultFeatures && member.features.has('default')) names.push('default')
    for (const name of names) values.push({ kind: 'feature', name })
    // A proc macro's binaries and tests are compiled for the target, so it gets features in both roles.
    state.pending.push({ item: member, featuresFor: 'normalOrDev', values })
    if (state.isNew && member.hasAnyProcMacro)
      state.pending.push({ item: member, featuresFor: 'hostDep', values })
  }
  for (let next = state.pending.pop(); next !== undefined; next = state.pending.pop())
    activatePackage(state, next)
  return {
    decoupleHostDeps: state.isNew,
    activatedFeatures: new Map([...state.features].map(([key, names]) => [key, [...names].toSorted()])),
    activatedDependencies: state.dependencies,
  }
}

function keyOf(item: Package, featuresFor: FeaturesFor): FeaturesKey {
  if (featuresFor === 'normalOrDev') return item.index * 2
  return featuresFor === 'hostDep' ? item.index * 2 + 1 : `${item.index} ${featuresFor}`
}

function savedKey(state: State, item: Package, featuresFor: FeaturesFor): FeaturesKey {
  return keyOf(item, state.isNew ? featuresFor : 'normalOrDev')
}

function activatePackage(state: State, { item, featuresFor, values }: Activation): void {
  getOrInsert(state.features, savedKey(state, item, featuresFor), () => new Set())
  activateValues(state, item, featuresFor, values)
  const key = keyOf(item, featuresFor)
  if (state.processed.has(key)) return
  state.processed.add(key)
  for (const { to, dependencies } of reachedFrom(state, item, featuresFor)) {
    for (const reached of dependencies) {
      if (reached.dependency.optional) continue
      state.pending.push({
        item: to,
        featuresFor: reached.featuresFor,
        values: requestedBy(reached.dependency, to),
      })
    }
  }
}

/** Features may refer to each other deeper than the call stack. */
function activateValues(
  state: State,
  item: Package,
  featuresFor: FeaturesFor,
  values: readonly FeatureValue[],
): void {
  const open = [...values]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    for (const more of activateValue(state, item, featuresFor, value)) open.push(more)
  }
}

/** What the value enables. */
function activateValue(
  state: State,
  item: Package,
  featuresFor: FeaturesFor,
  value: FeatureValue,
): readonly FeatureValue[] {
  if (value.kind === 'feature') return activateFeature(state, item, featuresFor, value.name)
  if (value.kind === 'dep-feature') return activateDependencyFeature(state, item, featuresFor, value)
  activateDependency(state, item, featuresFor, value.depName)
  return []
}

function activateFeature(
  state: State,
  item: Package,
  featuresFor: FeaturesFor,
  name: string,
): readonly FeatureValue[] {
  const enabled = getOrInsert(state.features, savedKey(state, item, featuresFor), () => new Set())
  if (enabled.has(name)) return []
  enabled.add(name)
  return item.features.get(name) ?? []
}

function activateDependency(state: State, item: Package, featuresFor: FeaturesFor, name: string): void {
  getOrInsert(state.dependencies, savedKey(state, item, featuresFor), () => new Set()).add(name)
  const deferredKey = `${keyOf(item, featuresFor)} ${name}`
  const deferred = [...(state.deferred.get(deferredKey) ?? [])].map(parseFeatureValue)
  state.deferred.delete(deferredKey)
  for (const { to, dependencies } of reachedFrom(state, item, featuresFor)) {
    for (const reached of dependencies) {
      if (reached.dependency.nameInToml !== name) continue
      const values = [...deferred, ...requestedBy(reached.dependency, to)]
      state.pending.push({ item: to, featuresFor: reached.featuresFor, values })
    }
  }
}

function activateDependencyFeature(
  state: State,
  item: Package,
  featuresFor: FeaturesFor,
  value: FeatureValue & { kind: 'dep-feature' },
): readonly FeatureValue[] {
  const { depName, feature, weak } = value
  const more: FeatureValue[] = []
  for (const { to, dependencies } of reachedFrom(state, item, featuresFor)) {
    for (const reached of dependencies) {
      if (reached.dependency.nameInToml !== depName) continue
      if (reached.dependency.optional) {
        const enabled = state.dependencies.get(savedKey(state, item, featuresFor))
        if (weak && !(enabled !== undefined && enabled.has(depName))) {
          getOrInsert(state.deferred, `${keyOf(item, featuresFor)} ${depName}`, () => new Set()).add(feature)
          continue
        }
        activateDependency(state, item, featuresFor, depName)
        // `dep:` hides the implicit feature (rust-lang/cargo#10788), so there may be none.
        if (!weak && item.features.has(depName)) more.push({ kind: 'feature', name: depName })
      }
      state.pending.push({ item: to, featuresFor: reached.featuresFor, values: [parseFeatureValue(feature)] })
    }
  }
  return more
}

function requestedBy(dependency: Dependency, to: Package): readonly FeatureValue[] {
  const values = dependency.features.map(parseFeatureValue)
  if (wantsDefault(dependency, to.features)) values.push({ kind: 'feature', name: 'default' })
  return values
}

/** The dependencies that apply to a package in a role, each with the role in which it is reached. */
function reachedFrom(state: State, item: Package, featuresFor: FeaturesFor): readonly ReachedPackage[] {
  const key = keyOf(item, featuresFor)
  const known = state.reached.get(key)
  if (known !== undefined) return known
  const reached: ReachedPackage[] = []
  for (const { to, dependencies } of state.edges[item.index]!) {
    const counted = dependencies.filter((dependency) => counts(state, dependency, featuresFor))
    if (counted.length === 0) continue
    reached.push({
      to,
      dependencies: counted.flatMap((dependency) =>
        rolesOf(state, featuresFor, dependency, to).map((role) => ({ dependency, featuresFor: role })),
      ),
    })
  }
  state.reached.set(key, reached)
  return reached
}

function counts(state: State, dependency: Dependency, featuresFor: FeaturesFor): boolean {
  if (!state.isNew) return true
  if (dependency.kind === 'development' && !state.options.withDevDependencies) return false
  const { targets, options } = state
  if (dependency.kind === 'build' || featuresFor === 'hostDep')
    return targets.isActive(dependency.platform, null)
  const triple = tripleOfArtifact(featuresFor)
  if (triple !== undefined) return targets.isActive(dependency.platform, triple)
  return options.kinds.some((kind) => targets.isActive(dependency.platform, kind))
}

/** An artifact that names its target is a package of its own, beside its library. */
function rolesOf(
  state: State,
  role: FeaturesFor,
  dependency: Dependency,
  to: Package,
): readonly FeaturesFor[] {
  const asLibrary = roleOf(state, role, dependency, to)
  const { artifact } = dependency
  if (artifact?.target === undefined) return [asLibrary]
  const { kinds } = state.options
  const triples =
    artifact.target === 'target' ? kinds.map((kind) => kind ?? state.targets.host) : [artifact.target]
  return [...triples.map(artifactFor), ...(artifact.withLibrary ? [asLibrary] : [])]
}

function roleOf(state: State, role: FeaturesFor, dependency: Dependency, to: Package): FeaturesFor {
  if (!state.isNew || role === 'hostDep') return role
  return dependency.kind === 'build' || to.library?.procMacro === true ? 'hostDep' : role
}
