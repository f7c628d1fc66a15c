/**
 * Joins manifests with the lockfile: every dependency that a manifest names gets the package that the
 * lockfile chose for it.
 *
 * In: CargoWorkspace. Out: PackageGraph, comparable with `cargo metadata`.
 * Mirrors the locking of summaries in `core/registry.rs` (`lock`) and `core/resolver/encode.rs` of cargo 0.96.
 * Assumes that the lockfile is complete; `resolve-dependencies.ts` says where it is not.
 */
import { buildFeatureMap, type FeatureMap } from './feature-value.ts'
import type { LockedPackage } from './lockfile.ts'
import type { Dependency, Manifest, Target } from './manifest.ts'
import { packageIdSpec } from './package-id-spec.ts'
import { sameSource, type SourceId } from './source-id.ts'
import { compareVersions, matchesVersionReq, parseVersionReq } from './version-req.ts'
import type { CargoWorkspace, LoadedPackage } from './workspace.ts'

/** A locked package with its manifest. `index` is its place in `PackageGraph.packages`. */
export interface Package {
  readonly index: number
  readonly name: string
  readonly version: string
  readonly source: SourceId
  /** Cargo's package id specification, as `--unit-graph` prints it. */
  readonly spec: string
  readonly checksum: string | undefined
  readonly manifest: Manifest
  readonly isMember: boolean
  /** A path package: cargo compiles it incrementally and does not cap its lints. */
  readonly isLocal: boolean
  readonly features: FeatureMap
  readonly library: Target | undefined
  readonly buildScript: Target | undefined
  /** Any target, examples included, is a proc macro. */
  readonly hasAnyProcMacro: boolean
}

/** All dependencies of one package on another one. */
export interface PackageEdge {
  readonly to: Package
  readonly dependencies: readonly Dependency[]
}

export interface PackageGraph {
  /** In cargo's order of package ids: name, version, source. */
  readonly packages: readonly Package[]
  /** By `Package.index`: edges sorted by the package they lead to. */
  readonly edges: readonly (readonly PackageEdge[])[]
  /** By `Package.index`: dependencies for which the lockfile has no package (inactive ones, if it is current). */
  readonly unlocked: readonly (readonly Dependency[])[]
  readonly members: readonly Package[]
  readonly defaultMembers: readonly Package[]
  readonly rootPackage: Package | undefined
  readonly currentPackage: Package | undefined
  readonly workspace: CargoWorkspace
}

/**
 * Builds the graph of all locked packages.
 *
 * @throws Cargo2NixError `bad-manifest` for a feature table or version requirement that cargo refuses.
 */
export function buildPackageGraph(workspace: CargoWorkspace): PackageGraph {
  const memberSet = new Set(workspace.members)
  const order = workspace.packages.map((_, position) => position)
  order.sort((a, b) => compareLoaded(workspace.packages[a]!, workspace.packages[b]!))
  const packages = order.map((position, index) =>
    toPackage(workspace.packages[position]!, index, memberSet.has(position)),
  )
  const byPosition = new Array<Package>(packages.length)
  order.forEach((position, index) => (byPosition[position] = packages[index]!))
  const byLocked = new Map<LockedPackage, Package>()
  workspace.packages.forEach((loaded, position) => byLocked.set(loaded.locked, byPosition[position]!))

  const edges: PackageEdge[][] = []
  const unlocked: Dependency[][] = []
  for (const position of order) {
    const joined = joinDependencies(workspace, workspace.packages[position]!, byLocked)
    edges.push(joined.edges)
    unlocked.push(joined.unlocked)
  }
  const at = (position: number | undefined): Package | undefined =>
    position === undefined ? undefined : byPosition[position]
  return {
    packages,
    edges,
    unlocked,
    members: workspace.members.map((position) => byPosition[position]!),
    defaultMembers: workspace.defaultMembers.map((position) => byPosition[position]!),
    rootPackage: at(workspace.rootPackage),
    currentPackage: at(workspace.currentPackage),
    workspace,
  }
}

function compareLoaded(a: LoadedPackage, b: LoadedPackage): number {
  if (a.manifest.name !== b.manifest.name) return a.manifest.name < b.manifest.name ? -1 : 1
  const byVersion = compareVersions(a.manifest.version, b.manifest.version)
  if (byVersion !== 0) return byVersion
  const [left, right] = [sourceKey(a.source), sourceKey(b.source)]
  return left < right ? -1 : left > right ? 1 : 0
}

function sourceKey(source: SourceId): string {
  return source.kind === 'path' ? `path ${source.path}` : `${source.kind} ${source.url}`
}

function toPackage(loaded: LoadedPackage, index: number, isMember: boolean): Package {
  const { manifest, source, locked } = loaded
  return {
    index,
    name: manifest.name,
    version: manifest.version,
    source,
    spec: packageIdSpec(manifest.name, manifest.version, source),
    checksum: locked.checksum,
    manifest,
    isMember,
    isLocal: source.kind === 'path',
    features: buildFeatureMap(manifest),
    library: manifest.targets.find((target) => target.kind === 'lib'),
    buildScript: manifest.targets.find((target) => target.kind === 'custom-build'),
    hasAnyProcMacro: manifest.targets.some((target) => target.procMacro),
  }
}

interface Joined {
  readonly edges: PackageEdge[]
  readonly unlocked: Dependency[]
}

function joinDependencies(
  workspace: CargoWorkspace,
  loaded: LoadedPackage,
  byLocked: ReadonlyMap<LockedPackage, Package>,
): Joined {
  const { lockfile } = workspace
  const candidates = loaded.locked.dependencies.map((index) => lockfile.packages[index]!)
  const grouped = new Map<Package, Dependency[]>()
  const unlocked: Dependency[] = []
  for (const dependency of loaded.manifest.dependencies) {
    const found = findLocked(dependency, candidates, byLocked)
    const replaced = found?.replace === undefined ? found : lockfile.packages[found.replace]
    const to = replaced && byLocked.get(replaced)
    if (to === undefined) {
      unlocked.push(dependency)
      continue
    }
    const group = grouped.get(to)
    if (group === undefined) grouped.set(to, [dependency])
    else group.push(dependency)
  }
  const edges = [...grouped].map(([to, dependencies]) => ({ to, dependencies }))
  edges.sort((a, b) => a.to.index - b.to.index)
  return { edges, unlocked }
}

/** The first locked dependency that fits, source included; else the first that fits but for its source: a `[patch]`. */
function findLocked(
  dependency: Dependency,
  candidates: readonly LockedPackage[],
  byLocked: ReadonlyMap<LockedPackage, Package>,
): LockedPackage | undefined {
  let patched: LockedPackage | undefined
  for (const candidate of candidates) {
    if (candidate.name !== dependency.packageName) continue
    if (!matchesVersionReq(parseVersionReq(dependency.versionReq), candidate.version)) continue
    const source = candidate.source ?? byLocked.get(candidate)?.source
    if (source !== undefined && sameSource(source, dependency.source)) return candidate
    patched ??= candidate
  }
  return patched
}
