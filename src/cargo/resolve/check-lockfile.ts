/**
 * Refuses a lockfile that cargo would write differently, as `--locked` does.
 *
 * In: PackageGraph. Out: nothing, or an error that names the package and what changed.
 * Mirrors `resolve_with_registry` in `ops/resolve.rs` and `write_pkg_lockfile` in `ops/lockfile.rs` of cargo 0.96,
 * which resolve all members with all features and compare. Here the versions are already chosen, so nothing
 * is searched for: what is needed must be locked, and what is locked must be needed.
 */
import { DEFAULT_FEATURES, type CliFeatures } from '../compile-request.ts'
import type { Package, PackageGraph } from './package-graph.ts'
import type { Patch } from '../workspace/patch-tables.ts'
import { outdatedLockfile } from './outdated-lockfile.ts'
import { refuseCycles } from './refuse-cycles.ts'
import { refuseSharedLinks } from './shared-links.ts'
import { reachedPackages, resolveDependencies, type ActiveEdges } from './resolve-dependencies.ts'
import { canonicalUrl, sameSource } from '../ids/source-id.ts'
import type { UnusedPatch } from '../lockfile.ts'
import { matchesVersionReq, versionReqOf } from '../ids/version-req.ts'

const ALL_FEATURES: CliFeatures = { ...DEFAULT_FEATURES, allFeatures: true }

/**
 * Checks the whole lockfile.
 *
 * @throws Cargo2NixError `lockfile-outdated` if cargo would change it, `bad-manifest` if it could not
 *   resolve.
 */
export function checkLockfile(graph: PackageGraph): void {
  const requests = graph.members.map((member) => ({ member, features: ALL_FEATURES }))
  const edges = resolveDependencies(graph, requests)
  refuseCycles(graph, edges)
  const needed = new Set(reachedPackages(graph, requests, edges))
  refuseSharedLinks(needed, 'resolverLinks')
  // What is absent may need packages that are present, by features that it enables.
  if (graph.workspace.absent.size > 0) return
  refuseUnneeded(graph, needed, edges)
  refusePatches(graph, needed)
}

function refuseUnneeded(graph: PackageGraph, needed: ReadonlySet<Package>, edges: ActiveEdges): void {
  for (const item of graph.packages) {
    const targets = new Set(edges[item.index]!.map(({ to }) => to))
    if (!needed.has(item)) {
      throw outdatedLockfile(graph, `\`${item.name} ${item.version}\` is locked, but nothing needs it`)
    }
    const unneeded = graph.lockedEdges[item.index]!.find((to) => !targets.has(to))
    if (unneeded === undefined) continue
    const names = `\`${item.name}\` on \`${unneeded.name} ${unneeded.version}\``
    throw outdatedLockfile(graph, `a dependency of ${names} is locked, but the manifest does not ask for it`)
  }
}

/** Patches are in the lockfile as packages, or in its list of unused ones. */
function refusePatches(graph: PackageGraph, needed: ReadonlySet<Package>): void {
  const { patches, lockfile } = graph.workspace
  const listed = [...lockfile.unusedPatches]
  for (const patch of patches) {
    if ([...needed].some((item) => isPatchedBy(item, patch))) continue
    const { packageName } = patch.dependency
    const fitting = [...needed].find((item) => fits(item, patch))
    if (fitting !== undefined) {
      throw outdatedLockfile(
        graph,
        `\`${packageName} ${fitting.version}\` is locked without the patch that stands for it`,
      )
    }
    const at = listed.findIndex((entry) => isEntryOf(entry, patch))
    if (at === -1)
      throw outdatedLockfile(
        graph,
        `the patch \`${packageName}\` is not locked, neither as used nor as unused`,
      )
    listed.splice(at, 1)
  }
  // Cargo forgets an unused patch without a source if no path package has its name.
  const left = listed.find(({ source }) => source !== undefined)
  if (left !== undefined)
    throw outdatedLockfile(graph, `the unused patch \`${left.name}\` is locked, but there is no such patch`)
}

/** Whether an unused patch could be used: it has the version that its source provided. */
function fits(item: Package, { url, version, dependency }: Patch): boolean {
  if (item.name !== dependency.packageName || item.version !== version || item.source.kind === 'path')
    return false
  return canonicalUrl(item.source.url) === canonicalUrl(url)
}

function isEntryOf(entry: UnusedPatch, { dependency, version }: Patch): boolean {
  if (entry.name !== dependency.packageName) return false
  if (version !== undefined && entry.version !== version) return false
  if (entry.source === undefined) return dependency.source.kind === 'path'
  return sameSource(entry.source, dependency.source)
}

/** Whether the package is what the patch replaces. */
function isPatchedBy(item: Package, { dependency }: Patch): boolean {
  if (item.name !== dependency.packageName || !sameSource(item.source, dependency.source)) return false
  return matchesVersionReq(versionReqOf(dependency), item.version)
}
