/**
 * From the package graph and a request to the unit graph: resolve and expand.
 *
 * In: PackageGraph, CompileRequest, the host and what rustc knows about platforms. Out: UnitGraph, comparable
 * with `cargo build --unit-graph`.
 * Mirrors `create_bcx` in `ops/cargo_compile/mod.rs` and `resolve_ws_with_opts` in `ops/resolve.rs` of cargo 0.96.
 */
import type { CfgSet } from '../ids/cfg-expr.ts'
import {
  BUILD_WORKSPACE,
  needsDevDependencies,
  TEST_INTENTS,
  type CompileKind,
  type CompileRequest,
  type Intent,
  type TargetFilter,
} from '../compile-request.ts'
import { Cargo2NixError } from '../../errors.ts'
import { keyOfDependency } from '../manifest/dependency-tables.ts'
import type { Dependency } from '../manifest/manifest.ts'
import { unknownTarget } from '../platform/target-cfg.ts'
import { targetRow } from '../platform/target-table.ts'
import { removeDuplicateDocs } from './duplicate-docs.ts'
import type { Expansion } from './expansion.ts'
import type { Package, PackageGraph } from '../resolve/package-graph.ts'
import { profileMaker } from './profile.ts'
import { reachedPackages, resolveDependencies, type ActiveEdges } from '../resolve/resolve-dependencies.ts'
import { resolveFeatures } from '../resolve/resolve-features.ts'
import { rootUnits } from './root-units.ts'
import {
  membersWithFeatures,
  packageSpecs,
  selectPackages,
  type MemberRequest,
  type PackageSpec,
} from '../resolve/select-packages.ts'
import { shareUnits } from './share-units.ts'
import { expandStd, prepareStd, type PreparedStd } from './standard-library.ts'
import { rustdocflagsOf, rustflagsOf } from '../platform/target-rustflags.ts'
import { targetData } from '../platform/target-data.ts'
import { unitDependencies } from './unit-dependencies.ts'
import { unitInterner, type Unit, type UnitDependency, type UnitGraph, type UnitInterner } from './unit.ts'

export interface Platforms {
  /** The triple of the compiling machine. */
  readonly host: string
  /** The cfgs that rustc sets for a kind, rustflags included. */
  readonly cfgsOf: (kind: CompileKind) => CfgSet
}

/** A request whose features are resolved and whose root units are known. */
export interface ResolvedRequest {
  readonly expansion: Expansion
  readonly roots: readonly Unit[]
}

/** The parts of a request that do not depend on the platform; `expand` turns it into units for one. */
export interface PreparedRequest {
  readonly graph: PackageGraph
  readonly request: CompileRequest
  /** The packages to compile. */
  readonly selected: readonly Package[]
  readonly requests: readonly MemberRequest[]
  readonly edges: ActiveEdges
  /** What the request names. */
  readonly specs: readonly PackageSpec[]
  /** The standard library, if it is compiled along. */
  readonly std: PreparedStd | undefined
}

/**
 * Selects packages and follows their dependencies through the lockfile.
 *
 * @throws Cargo2NixError if cargo would refuse the request.
 */
export function prepareRequest(graph: PackageGraph, request: CompileRequest): PreparedRequest {
  const specs = packageSpecs(graph, request.packages)
  const unifies = graph.workspace.config.featureUnification === 'workspace'
  const resolved = unifies ? packageSpecs(graph, BUILD_WORKSPACE.packages) : specs
  // A feature must be that of a package that the request names, whatever else is resolved.
  const named = membersWithFeatures(graph, specs, request.features)
  const requests = unifies ? membersWithFeatures(graph, resolved, request.features) : named
  const edges = resolveDependencies(graph, requests)
  const all = selectPackages(specs, reachedPackages(graph, requests, edges))
  refuseUntestable(request, all)
  // Cargo compiles what has the name of something that it resolves features for.
  const names = new Set(requests.map(({ member }) => member.name))
  const selected = unifies ? all.filter(({ name }) => names.has(name)) : all
  return { graph, request, selected, requests, edges, specs, std: prepareStd(graph) }
}

/**
 * The parts of a request whose features are resolved on their own: with `resolver.feature-unification = "package"` one for
 * each package that it names, else the whole. Dependencies are the same in all of them, as in the lockfile.
 */
export function resolvedApart(prepared: PreparedRequest): readonly PreparedRequest[] {
  const { graph, request, specs, requests, selected } = prepared
  if (graph.workspace.config.featureUnification !== 'package') return [prepared]
  return specs.map((spec) => {
    const named = requests.filter(({ member }) => spec.matches(member))
    const features = { ...request.features, features: named.flatMap((each) => each.features.features) }
    const names = new Set(selected.filter(spec.matches).map(({ name }) => name))
    return {
      ...prepared,
      specs: [spec],
      requests: membersWithFeatures(graph, [spec], features),
      selected: selected.filter(({ name }) => names.has(name)),
    }
  })
}

/**
 * The same packages and features for another intent, without resolving the dependencies again.
 *
 * @throws Cargo2NixError if cargo would refuse the request.
 */
export function withIntent(prepared: PreparedRequest, intent: Intent, filter: TargetFilter): PreparedRequest {
  const request: CompileRequest = { ...prepared.request, intent, filter }
  refuseUntestable(request, prepared.selected)
  return { ...prepared, request }
}

/** The lockfile has no dev-dependencies of packages that are not members. */
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
 * Resolves the features of a request for the platforms `kinds`, and finds its root units.
 *
 * @throws Cargo2NixError if cargo would refuse it.
 */
export function resolveRequest(
  prepared: PreparedRequest,
  kinds: readonly CompileKind[],
  platforms: Platforms,
): ResolvedRequest {
  return resolvePart(prepared, kinds, platforms, unitInterner(), scrapesExamples(prepared))
}

function resolvePart(
  prepared: PreparedRequest,
  kinds: readonly CompileKind[],
  platforms: Platforms,
  interner: UnitInterner,
  scrapes: boolean,
): ResolvedRequest {
  const { graph, requests, edges, selected } = prepared
  const withDevDependencies = needsDevDependencies(prepared.request) || scrapes
  const request: CompileRequest = { ...prepared.request, kinds }
  // Like cargo, ask about all of them, whether or not something depends on the answer.
  const { target } = graph.workspace.config
  for (const kind of [...kinds, ...artifactTriples(prepared)]) {
    platforms.cfgsOf(kind)
    void target[kind ?? platforms.host]?.linksOverrides
  }
  const targets = targetData(platforms.host, platforms.cfgsOf)
  const options = { resolver: graph.workspace.resolver, withDevDependencies, kinds }
  const expansion: Expansion = {
    graph,
    request,
    edges,
    withDevDependencies,
    targets,
    features: resolveFeatures(graph, edges, requests, targets, options),
    profiles: profileMaker(graph, request.profile, platforms.host),
    interner,
    isScriptOverridden: (kind: CompileKind, links: string): boolean =>
      Object.hasOwn(graph.workspace.config.target[kind ?? platforms.host]?.linksOverrides ?? {}, links),
  }
  return { expansion, roots: rootUnits(expansion, selected) }
}

/** The targets of artifacts, about which rustc is asked, whether or not something needs them. */
function artifactTriples({ graph, edges }: PreparedRequest): ReadonlySet<string> {
  const ofMembers = graph.members.flatMap((item) => triplesOf(item, item.manifest.dependencies))
  const ofEdges = edges.flatMap((list, index) =>
    list.flatMap(({ dependencies }) => triplesOf(graph.packages[index]!, dependencies)),
  )
  return new Set([...ofMembers, ...ofEdges])
}

/** @throws Cargo2NixError `unknown-target` naming the manifest and the key */
function triplesOf({ manifest }: Package, dependencies: readonly Dependency[]): readonly string[] {
  return dependencies.flatMap((dependency) => {
    const triple = dependency.artifact?.target
    if (triple === undefined || triple === 'target') return []
    if (targetRow(triple) !== undefined) return [triple]
    const { message, hint } = triple.endsWith('.json')
      ? { message: `\`${triple}\`: custom targets are not supported here`, hint: 'name a built-in target' }
      : unknownTarget(triple)
    throw new Cargo2NixError({
      code: 'unknown-target',
      path: manifest.manifestPath,
      message: `${keyOfDependency(dependency)}.target: ${message}`,
      hint,
    })
  })
}

/**
 * Expands a request to all its units, for the platforms `kinds`.
 *
 * @throws Cargo2NixError if cargo would refuse it.
 */
export function expand(
  prepared: PreparedRequest,
  kinds: readonly CompileKind[],
  platforms: Platforms,
): UnitGraph {
  const { request } = prepared
  const interner = unitInterner()
  const roots: Unit[] = []
  const units = new Map<Unit, readonly UnitDependency[]>()
  for (const part of resolvedApart(prepared)) {
    const resolved = resolvePart(part, kinds, platforms, interner, scrapesExamples(prepared))
    // Of one unit in two parts, cargo takes the dependencies in the later one.
    const std = part.std && expandStd(part.std, resolved.expansion, kinds)
    for (const [unit, edges] of unitDependencies(resolved.expansion, resolved.roots, std))
      units.set(unit, edges)
    roots.push(...resolved.roots)
  }
  const removesDuplicates = request.intent === 'doc' && request.documentDependencies
  const documented = removesDuplicates ? removeDuplicateDocs({ ...request, kinds }, roots, units) : units
  const { host } = platforms
  const flagsOf = flagsOfKinds(prepared, host, kinds)
  const hasFlagsOfHost = (kind: CompileKind): boolean =>
    kind === null || kind === host || flagsOf(kind) === flagsOf(host)
  return shareUnits(roots, documented, interner, kinds.includes(null) ? host : undefined, hasFlagsOfHost)
}

/** What the configuration gives to units of a kind, as a text. */
function flagsOfKinds(
  { graph }: PreparedRequest,
  host: string,
  kinds: readonly CompileKind[],
): (triple: string) => string {
  const { config } = graph.workspace
  return (triple) =>
    JSON.stringify([
      rustflagsOf(config, host, kinds, triple === host ? null : triple),
      rustdocflagsOf(config, triple, 'newest'),
      config.target[triple]?.linksOverrides ?? {},
    ])
}

/** Documentation may show how examples use a library, and examples use dev-dependencies. */
function scrapesExamples({ request, requests }: PreparedRequest): boolean {
  if (request.intent !== 'doc') return false
  const targets = requests.flatMap(({ member }) => member.manifest.targets)
  return targets.some((target) => target.kind === 'example' && target.docScrapeExamples === true)
}
