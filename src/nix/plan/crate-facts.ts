/**
 * The facts of each package at one point of the matrix.
 *
 * In: a request with resolved features. Out: for every package and role that a unit has, its features and
 * dependencies. The generated Nix derives units from these facts: a library or binary has `dependencies`, a
 * test also `devDependencies`, a build script `buildDependencies`. Proc macros, and everything below them and
 * below build scripts, have role `build`.
 */
import type { CompileKind } from '../../cargo/compile-request.ts'
import { isUsed, type Expansion } from '../../cargo/units/expansion.ts'
import type { Dependency, DependencyKind, TargetKind } from '../../cargo/manifest/manifest.ts'
import type { Package } from '../../cargo/resolve/package-graph.ts'
import { refuseSharedLinks } from '../../cargo/resolve/shared-links.ts'
import { activatedFeatures, type FeaturesFor } from '../../cargo/resolve/resolve-features.ts'
import { externCrateName } from '../../cargo/units/unit-dependencies.ts'
import type { ResolvedRequest } from '../../cargo/units/unit-graph.ts'
import { crateName, isAnyTest, type Unit } from '../../cargo/units/unit.ts'
import { roleBelow, type Role } from './points.ts'

export interface DependencyFact {
  readonly to: Package
  /** The name in code, if it differs from the crate's own. */
  readonly rename: string | undefined
}

export interface CrateFacts {
  readonly features: readonly string[]
  readonly dependencies: readonly DependencyFact[]
  readonly devDependencies: readonly DependencyFact[]
  readonly buildDependencies: readonly DependencyFact[]
  /** The binaries, tests, examples and benchmarks to compile, as `kind name`. */
  readonly targets: readonly string[]
}

/** Keyed by role, then by package. */
export type FactsByRole = Readonly<Record<Role, ReadonlyMap<Package, CrateFacts>>>

interface Found {
  readonly expansion: Expansion
  readonly kind: CompileKind
  readonly facts: Readonly<Record<Role, Map<Package, CrateFacts>>>
  /** Targets of members that are compiled, as in `CrateFacts.targets`. */
  readonly targets: ReadonlyMap<Package, readonly string[]>
}

/**
 * Collects the facts; `kind` is the requested platform.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo would refuse the unit graph.
 */
export function factsOf({ expansion, roots }: ResolvedRequest, kind: CompileKind): FactsByRole {
  const found: Found = {
    expansion,
    kind,
    facts: { host: new Map(), build: new Map() },
    targets: targetsOf(roots),
  }
  const stack = roots.flatMap((root) => reachedByRoot(found, root))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { item, role } = top
    if (found.facts[role].has(item)) continue
    const { dependencies, buildDependencies } = factsAt(found, item, role)
    for (const { to } of dependencies) stack.push(reach(to, role))
    for (const { to } of buildDependencies) stack.push({ item: to, role: 'build' })
  }
  refuseSharedLinks(new Set([...found.facts.host.keys(), ...found.facts.build.keys()]))
  return found.facts
}

interface Reached {
  readonly item: Package
  readonly role: Role
}

function reach(item: Package, role: Role): Reached {
  return { item, role: roleBelow(item, role) }
}

/** A root's package, its library, and what only tests depend on. */
function reachedByRoot(found: Found, { package: item, target, mode }: Unit): readonly Reached[] {
  const role: Role = target.procMacro ? 'build' : 'host'
  const takesDev = isAnyTest(mode) || target.kind === 'test' || target.kind === 'example'
  const library = item.library === undefined ? [] : [reach(item, role)]
  const dev = takesDev ? devDependencies(found, item, role).map(({ to }) => reach(to, role)) : []
  return [{ item, role }, ...library, ...dev]
}

const LISTED: ReadonlySet<TargetKind> = new Set(['bin', 'test', 'example', 'bench'])

function targetsOf(roots: readonly Unit[]): ReadonlyMap<Package, readonly string[]> {
  const targets = new Map<Package, Set<string>>()
  for (const { package: item, target } of roots) {
    if (!LISTED.has(target.kind)) continue
    const names = targets.get(item) ?? new Set()
    targets.set(item, names.add(`${target.kind} ${target.name}`))
  }
  return new Map([...targets].map(([item, names]) => [item, [...names].toSorted()]))
}

function factsAt(found: Found, item: Package, role: Role): CrateFacts {
  const known = found.facts[role].get(item)
  if (known !== undefined) return known
  const facts: CrateFacts = {
    features: activatedFeatures(found.expansion.features, item, featuresForRole(role)) ?? [],
    dependencies: usedDependencies(found, item, role, 'normal'),
    devDependencies: item.isMember ? devDependencies(found, item, role) : [],
    buildDependencies: hasScript(found, item, role) ? usedDependencies(found, item, role, 'build') : [],
    targets: role === 'host' ? (found.targets.get(item) ?? []) : [],
  }
  found.facts[role].set(item, facts)
  return facts
}

/** Whether to compile a build script: the configuration may replace its output. */
function hasScript({ expansion, kind }: Found, item: Package, role: Role): boolean {
  const { links } = item.manifest
  if (item.buildScript === undefined || links === undefined) return item.buildScript !== undefined
  return !expansion.isScriptOverridden(role === 'build' ? null : kind, links)
}

function devDependencies(found: Found, item: Package, role: Role): readonly DependencyFact[] {
  const normal = new Set(usedDependencies(found, item, role, 'normal').map(({ to }) => to))
  return usedDependencies(found, item, role, 'development').filter(({ to }) => !normal.has(to))
}

function featuresForRole(role: Role): FeaturesFor {
  return role === 'build' ? 'hostDep' : 'normalOrDev'
}

function usedDependencies(
  { expansion, kind }: Found,
  item: Package,
  role: Role,
  wanted: DependencyKind,
): readonly DependencyFact[] {
  const platform = role === 'build' || wanted === 'build' ? null : kind
  return expansion.edges[item.index]!.flatMap(({ to, dependencies }) => {
    const isWanted = dependencies.some(
      (dependency) =>
        dependency.kind === wanted && isUsed(expansion, item, platform, featuresForRole(role), dependency),
    )
    if (to.library === undefined || !isWanted) return []
    return [{ to, rename: renameOf(expansion, item, to, dependencies) }]
  })
}

function renameOf(
  expansion: Expansion,
  from: Package,
  to: Package,
  dependencies: readonly Dependency[],
): string | undefined {
  if (!dependencies.some(({ renamed }) => renamed)) return undefined
  const name = externCrateName(expansion, from, to, to.library!)
  return name === crateName(to.library!) ? undefined : name
}
