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
import { resolveDependencies, type ActiveEdges } from './resolve-dependencies.ts'
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

/** The unit graph with what it was made from. */
export interface Expanded {
  readonly unitGraph: UnitGraph
  /** One for each group of packages whose features are united: one, unless the configuration says `package`. */
  readonly expansions: readonly Expansion[]
}

/** What a request means whatever the platform; `expand` turns it into units for one. */
export interface PreparedRequest {
  readonly graph: PackageGraph
  readonly request: CompileRequest
  readonly groups: readonly UnificationGroup[]
  readonly requests: readonly MemberRequest[]
  readonly edges: ActiveEdges
}

/**
 * Selects packages and follows their dependencies through the lockfile.
 *
 * @throws Cargo2NixError where cargo would refuse the request.
 */
export function prepareRequest(graph: PackageGraph, request: CompileRequest): PreparedRequest {
  const selected = selectPackages(graph, request.packages)
  const groups = unificationGroups(graph, selected)
  const united = groups.flatMap((group) => group.resolved)
  const requests = membersWithFeatures(graph, united, request.features)
  return { graph, request, groups, requests, edges: resolveDependencies(graph, requests) }
}

/**
 * Works out all units of a request for the platforms `kinds`.
 *
 * @throws Cargo2NixError where cargo would refuse it.
 */
export function expand(
  prepared: PreparedRequest,
  kinds: readonly CompileKind[],
  platforms: Platforms,
): Expanded {
  const { graph, requests, edges } = prepared
  const request: CompileRequest = { ...prepared.request, kinds }
  const targets = targetData(platforms.host, platforms.cfgsOf)
  const profiles = profileMaker(graph, request.profile, platforms.host)
  const interner = unitInterner()
  const roots: Unit[] = []
  const units = new Map<Unit, readonly UnitDependency[]>()
  const expansions: Expansion[] = []
  for (const group of prepared.groups) {
    const features = resolveFeatures(graph, edges, requestsOf(requests, group), targets, {
      resolver: graph.workspace.resolver,
      withDevDependencies: needsDevDependencies(request),
      kinds,
    })
    const expansion: Expansion = { graph, request, edges, features, targets, profiles, interner }
    const groupRoots = rootUnits(expansion, group.compiled)
    for (const [unit, dependencies] of unitDependencies(expansion, groupRoots)) units.set(unit, dependencies)
    roots.push(...groupRoots)
    expansions.push(expansion)
  }
  const documented =
    request.intent === 'doc' && request.documentDependencies ? removeDuplicateDocs(request, roots, units) : units
  const toHost = kinds.includes(null) ? platforms.host : undefined
  return { unitGraph: shareUnits(roots, documented, interner, toHost), expansions }
}

/** Packages whose features are united, and those of them that are compiled. */
export interface UnificationGroup {
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
