/**
 * From the package graph and a request to the unit graph: resolve and expand.
 *
 * In: PackageGraph, CompileRequest, the host and what rustc knows of platforms. Out: UnitGraph, comparable with
 * `cargo build --unit-graph`.
 * Mirrors `create_bcx` in `ops/cargo_compile/mod.rs` and `resolve_ws_with_opts` in `ops/resolve.rs` of cargo 0.96.
 */
import type { CfgSet } from './cfg-expr.ts'
import {
  needsDevDependencies,
  TEST_INTENTS,
  type CompileKind,
  type CompileRequest,
} from './compile-request.ts'
import { Cargo2NixError } from '../errors.ts'
import { removeDuplicateDocs } from './duplicate-docs.ts'
import type { Expansion } from './expansion.ts'
import type { Package, PackageGraph } from './package-graph.ts'
import { profileMaker } from './profile.ts'
import { reachedPackages, resolveDependencies, type ActiveEdges } from './resolve-dependencies.ts'
import { resolveFeatures } from './resolve-features.ts'
import { rootUnits } from './root-units.ts'
import { membersWithFeatures, packageSpecs, selectPackages, type MemberRequest } from './select-packages.ts'
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
  const specs = packageSpecs(graph, request.packages)
  const isWide = graph.workspace.config.featureUnification === 'workspace'
  const united = isWide ? packageSpecs(graph, { kind: 'workspace', exclude: [] }) : specs
  const requests = membersWithFeatures(graph, united, request.features)
  const edges = resolveDependencies(graph, requests)
  const selected = selectPackages(specs, reachedPackages(graph, requests, edges))
  refuseUntestable(request, selected)
  return { graph, request, groups: unificationGroups(graph, selected), requests, edges }
}

/** Dev-dependencies of packages that are no members are not in the lockfile. */
function refuseUntestable({ intent }: CompileRequest, selected: readonly Package[]): void {
  if (!TEST_INTENTS.includes(intent)) return
  for (const item of selected) {
    if (item.isMember || !item.manifest.dependencies.some(({ kind }) => kind === 'development')) continue
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `package \`${item.name}\` has dev-dependencies and is no member of the workspace, so it cannot be tested`,
      hint: 'leave it out of --package',
    })
  }
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
  const withDevDependencies = needsDevDependencies(prepared.request) || scrapesExamples(prepared)
  const request: CompileRequest = { ...prepared.request, kinds }
  const targets = targetData(platforms.host, platforms.cfgsOf)
  const profiles = profileMaker(graph, request.profile, platforms.host)
  const interner = unitInterner()
  const isScriptOverridden = (kind: CompileKind, links: string): boolean =>
    Object.hasOwn(graph.workspace.config.target[kind ?? platforms.host]?.linksOverrides ?? {}, links)
  const roots: Unit[] = []
  const units = new Map<Unit, readonly UnitDependency[]>()
  const expansions: Expansion[] = []
  for (const group of prepared.groups) {
    const features = resolveFeatures(graph, edges, requestsOf(requests, group), targets, {
      resolver: graph.workspace.resolver,
      withDevDependencies,
      kinds,
    })
    const expansion: Expansion = {
      graph,
      request,
      edges,
      withDevDependencies,
      features,
      targets,
      profiles,
      interner,
      isScriptOverridden,
    }
    const groupRoots = rootUnits(expansion, group.compiled)
    for (const [unit, dependencies] of unitDependencies(expansion, groupRoots)) units.set(unit, dependencies)
    roots.push(...groupRoots)
    expansions.push(expansion)
  }
  const documented =
    request.intent === 'doc' && request.documentDependencies
      ? removeDuplicateDocs(request, roots, units)
      : units
  const toHost = kinds.includes(null) ? platforms.host : undefined
  return { unitGraph: shareUnits(roots, documented, interner, toHost), expansions }
}

/** Documentation may show how examples use a library, and examples use dev-dependencies. */
function scrapesExamples({ request, requests }: PreparedRequest): boolean {
  if (request.intent !== 'doc') return false
  const targets = requests.flatMap(({ member }) => member.manifest.targets)
  return targets.some((target) => target.kind === 'example' && target.docScrapeExamples === true)
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
