/**
 * Joins manifests with the lockfile: every dependency in a manifest gets the package that the lockfile chose
 * for it.
 *
 * In: CargoWorkspace. Out: PackageGraph, comparable with `cargo metadata`.
 * Mirrors the locking of summaries in `core/registry.rs` (`lock`) and `core/resolver/encode.rs` of cargo 0.96.
 */
import { checkLockfile } from './check-lockfile.ts'
import { buildFeatureMap } from '../manifest/feature-value.ts'
import type { LockedPackage } from '../lockfile.ts'
import type { Dependency } from '../manifest/manifest.ts'
import { comparePackageIds, type Package, type PackageEdge, type PackageGraph } from './package-graph.ts'
import { packageIdSpec } from '../ids/package-id-spec.ts'
import { canonicalUrl, sameSource } from '../ids/source-id.ts'
import { compareVersions, matchesVersionReq, versionReqOf } from '../ids/version-req.ts'
import type { CargoWorkspace, LoadedPackage } from '../workspace/workspace.ts'
import { append, groupBy } from '../../maps.ts'

/**
 * Builds the graph of all locked packages, and refuses a lockfile that cargo would change.
 *
 * @throws Cargo2NixError `bad-manifest` for a feature table or version requirement that cargo refuses, plus
 *   everything that `checkLockfile` throws.
 */
export function buildPackageGraph(workspace: CargoWorkspace): PackageGraph {
  const { asLocked, asRequested } = joinPackages(workspace, false)
  checkLockfile(asLocked)
  // Its lockfile is the toolchain's, and has more than is compiled.
  return workspace.std === undefined
    ? asRequested
    : { ...asRequested, std: joinPackages(workspace.std, true).asRequested }
}

interface JoinedGraphs {
  readonly asLocked: PackageGraph
  /**
   * Only the command line enables features of a dependency that no member requests (`--features
   * dependency/feature`). The lockfile does not list what they need under that dependency; cargo then
   * resolves again, and prefers what is locked elsewhere.
   */
  readonly asRequested: PackageGraph
}

function joinPackages(workspace: CargoWorkspace, isStd: boolean): JoinedGraphs {
  const memberSet = new Set(workspace.members)
  const order = workspace.packages.map((_, position) => position)
  order.sort((a, b) => compareLoaded(workspace.packages[a]!, workspace.packages[b]!))
  const packages = order.map((position, index) =>
    toPackage(workspace.packages[position]!, index, !isStd && memberSet.has(position), isStd),
  )
  const byPosition = new Array<Package>(packages.length)
  order.forEach((position, index) => (byPosition[position] = packages[index]!))
  const byLocked = new Map<LockedPackage, Package>()
  workspace.packages.forEach((loaded, position) => byLocked.set(loaded.locked, byPosition[position]!))

  const join = (position: number, elsewhere: Candidates): Joined =>
    joinDependencies(workspace, workspace.packages[position]!, byLocked, elsewhere)
  const joined = order.map((position) => join(position, () => []))
  const elsewhere = lockedVersions(workspace)
  const rejoined = joined.map((each, index) =>
    each.unlocked.length === 0 ? each : join(order[index]!, elsewhere),
  )
  const at = (position: number | undefined): Package | undefined =>
    position === undefined ? undefined : byPosition[position]
  const common = {
    packages,
    lockedEdges: joined.map(({ locked }) => locked),
    members: workspace.members.map((position) => byPosition[position]!),
    defaultMembers: workspace.defaultMembers.map((position) => byPosition[position]!),
    rootPackage: at(workspace.rootPackage),
    currentPackage: at(workspace.currentPackage),
    workspace,
    std: undefined,
  }
  return {
    asLocked: { ...common, ...joinedFields(joined) },
    asRequested: { ...common, ...joinedFields(rejoined) },
  }
}

function joinedFields(joined: readonly Joined[]): Pick<PackageGraph, 'edges' | 'unlocked'> {
  return { edges: joined.map(({ edges }) => edges), unlocked: joined.map(({ unlocked }) => unlocked) }
}

function compareLoaded(a: LoadedPackage, b: LoadedPackage): number {
  return comparePackageIds({ ...a.manifest, source: a.source }, { ...b.manifest, source: b.source })
}

function toPackage(loaded: LoadedPackage, index: number, isMember: boolean, isStd: boolean): Package {
  const { manifest, source, locked, checkout, replacement } = loaded
  return {
    index,
    name: manifest.name,
    version: manifest.version,
    source,
    spec: packageIdSpec(manifest.name, manifest.version, source),
    checksum: locked.checksum,
    checkout,
    replacement,
    manifest,
    isMember,
    isLocal: source.kind === 'path' && !isStd,
    isStd,
    features: buildFeatureMap(manifest),
    library: manifest.targets.find((target) => target.kind === 'lib'),
    buildScript: manifest.targets.find((target) => target.kind === 'custom-build'),
    hasAnyProcMacro: manifest.targets.some((target) => target.procMacro),
  }
}

interface Joined {
  readonly edges: readonly PackageEdge[]
  readonly unlocked: readonly Dependency[]
  readonly locked: readonly Package[]
}

type ByLocked = ReadonlyMap<LockedPackage, Package>

/** Finds the locked packages of a name. */
type Candidates = (name: string) => readonly LockedPackage[]

/** The whole lockfile, the highest version first. */
function lockedVersions({ lockfile }: CargoWorkspace): Candidates {
  const byName = groupBy(lockfile.packages, ({ name }) => name)
  for (const same of byName.values()) same.sort((a, b) => inCargoOrder(b, a))
  return (name) => byName.get(name) ?? []
}

function joinDependencies(
  workspace: CargoWorkspace,
  loaded: LoadedPackage,
  byLocked: ByLocked,
  elsewhere: Candidates,
): Joined {
  const { lockfile } = workspace
  const candidates = loaded.locked.dependencies
    .map((index) => lockfile.packages[index]!)
    .toSorted(inCargoOrder)
  const packageOf = (locked: LockedPackage): Package | undefined =>
    byLocked.get(locked.replace === undefined ? locked : lockfile.packages[locked.replace]!)
  const grouped = new Map<Package, Dependency[]>()
  const unlocked: Dependency[] = []
  for (const dependency of loaded.manifest.dependencies) {
    const fits = (candidate: LockedPackage): boolean => isLockedAs(workspace, dependency, candidate, byLocked)
    const found = candidates.find(fits) ?? elsewhere(dependency.packageName).find(fits)
    const to = found && packageOf(found)
    if (to === undefined && found !== undefined && isAbsent(workspace, found)) continue
    if (to === undefined) {
      unlocked.push(dependency)
      continue
    }
    append(grouped, to, dependency)
  }
  const edges = [...grouped].map(([to, dependencies]) => ({ to, dependencies }))
  edges.sort((a, b) => a.to.index - b.to.index)
  const locked = candidates.map(packageOf).filter((item) => item !== undefined)
  return { edges, unlocked, locked }
}

function isAbsent({ absent, lockfile }: CargoWorkspace, locked: LockedPackage): boolean {
  return absent.has(locked.replace === undefined ? locked : lockfile.packages[locked.replace]!)
}

/** Of several matching versions, cargo takes the first in its order. */
function inCargoOrder(a: LockedPackage, b: LockedPackage): number {
  return a.name === b.name ? compareVersions(a.version, b.version) : 0
}

/** Whether the candidate is what the dependency names, or a `[patch]` replaces that. */
function isLockedAs(
  { patches }: CargoWorkspace,
  dependency: Dependency,
  candidate: LockedPackage,
  byLocked: ByLocked,
): boolean {
  if (candidate.name !== dependency.packageName) return false
  if (!matchesVersionReq(versionReqOf(dependency), candidate.version)) return false
  const source = candidate.source ?? byLocked.get(candidate)?.source
  if (source === undefined) return false
  if (sameSource(source, dependency.source)) return true
  if (dependency.source.kind === 'path') return false
  const patched = canonicalUrl(dependency.source.url)
  return patches.some(
    (patch) =>
      patch.dependency.packageName === candidate.name &&
      canonicalUrl(patch.url) === patched &&
      sameSource(patch.dependency.source, source),
  )
}
