/**
 * From the package graph and a request to the unit graph: resolve and expand.
 *
 * In: PackageGraph, CompileRequest, the host and what rustc knows of platforms. Out: UnitGraph, comparable with
 * `cargo build --unit-graph`.
 * Mirrors `create_bcx` in `ops/cargo_compile/mod.rs` and `resolve_ws_with_opts` in `ops/resolve.rs` of cargo 0.96.
 */
import type { CfgSet } from './cfg-expr.ts'
import { needsDevDependencies, type CompileKind, type CompileRequest } from './compile-request.ts'
import { removeDuplicateDocs } from './duplicate-docs.ts'
import type { Expansion } from './expansion.ts'
import type { Package, PackageGraph } from './package-graph.ts'
import { profileMaker } from './profile.ts'
import { resolveDependencies } from './resolve-dependencies.ts'
import { resolveFeatures } from './resolve-features.ts'
import { rootUnits } from './root-units.ts'
import { membersWithFeatures, selectPackages, type MemberRequest } from './select-packages.ts'
import { shareUnits } from './share-units.ts'
import { targetData } from './target-data.ts'
import { unitDependencies } from './unit-dependencies.ts'
import { unitInterner, type Unit, type UnitDependency, type UnitGraph } from './unit.ts'

export interface Platforms {
  /** The triple of the machine that compiles. */
  readonly host: string
  /** The cfgs that rustc sets for a kind, rustflags included. */
  readonly cfgsOf: (kind: CompileKind) => CfgSet
}

/**
 * Works out all units of a request.
 *
 * @throws Cargo2NixError where cargo would refuse the request.
 */
export function unitGraph(graph: PackageGraph, request: CompileRequest, platforms: Platforms): UnitGraph {
  const selected = selectPackages(graph, request.packages)
  const groups = unificationGroups(graph, selected)
  const united = groups.flatMap((group) => group.resolved)
  const requests = membersWithFeatures(graph, united, request.features)
  const edges = resolveDependencies(graph, requests)
  const targets = targetData(platforms.host, platforms.cfgsOf)
  const profiles = profileMaker(graph, request.profile, platforms.host)
  const interner = unitInterner()
  const roots: Unit[] = []
  const units = new Map<Unit, readonly UnitDependency[]>()
  for (const group of groups) {
    const features = resolveFeatures(graph, edges, requestsOf(requests, group), targets, {
      resolver: graph.workspace.resolver,
      withDevDependencies: needsDevDependencies(request),
      kinds: request.kinds,
    })
    const expansion: Expansion = { graph, request, edges, features, targets, profiles, interner }
    const groupRoots = rootUnits(expansion, group.compiled)
    for (const [unit, dependencies] of unitDependencies(expansion, groupRoots)) units.set(unit, dependencies)
    roots.push(...groupRoots)
  }
  const documented =
    request.intent === 'doc' && request.documentDependencies
      ? removeDuplicateDocs(request, roots, units)
      : units
  const toHost = request.kinds.includes(null) ? platforms.host : undefined
  return shareUnits(roots, documented, interner, toHost)
}

/** Packages whose features are united, and those of them that are compiled. */
interface UnificationGroup {
  readonly resolved: readonly Package[]
  readonly compiled: readonly Package[]
}

function unificationGroups(graph: PackageGraph, selected: readonly Package[]): readonly UnificationGroup[] {
  const { featureUnification } = graph.workspace.config
  if (featureUnification === 'workspace') return [{ resolved: graph.members, compiled: selected }]
  if (featureUnification === 'selected') return [{ resolved: selected, compiled: selected }]
  return selected.map((item) => ({ resolved: [item], compiled: [item] }))
}

function requestsOf(requests: readonly MemberRequest[], group: UnificationGroup): readonly MemberRequest[] {
  const mine = requests.filter(({ member }) => group.resolved.includes(member))
  // Resolver 1 adds the current package, and `--package` of a dependency resolves all members.
  return mine.length === group.resolved.length && requests.length === mine.length ? mine : requests
}
