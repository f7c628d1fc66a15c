/**
 * What is true of each package at one point of the matrix.
 *
 * In: an expanded request. Out: for every package and role that a unit has, its features and dependencies.
 * The generated Nix derives units from these facts again: a library or program has `dependencies`, a test also
 * `devDependencies`, a build script `buildDependencies`; proc macros, and all below them and below build
 * scripts, are of role `build`.
 */
import type { CompileKind } from '../cargo/compile-request.ts'
import { isUsed, type Expansion } from '../cargo/expansion.ts'
import type { DependencyKind, TargetKind } from '../cargo/manifest.ts'
import type { Package } from '../cargo/package-graph.ts'
import { activatedFeatures, type FeaturesFor } from '../cargo/resolve-features.ts'
import { externCrateName } from '../cargo/unit-dependencies.ts'
import type { Expanded } from '../cargo/unit-graph.ts'
import { crateName, type Unit } from '../cargo/unit.ts'
import type { Role } from './points.ts'

export interface DependencyFact {
  readonly to: Package
  /** The name in code, where it is not the crate's own. */
  readonly rename: string | undefined
}

export interface CrateFacts {
  readonly features: readonly string[]
  readonly dependencies: readonly DependencyFact[]
  readonly devDependencies: readonly DependencyFact[]
  readonly buildDependencies: readonly DependencyFact[]
  /** Programs, tests, examples and benchmarks that are compiled, as `kind name`. */
  readonly targets: readonly string[]
}

/** By role, then by package. */
export type FactsByRole = Readonly<Record<Role, ReadonlyMap<Package, CrateFacts>>>

/** Collects the facts; `kind` is the platform that was asked for. */
export function factsOf(expanded: Expanded, kind: CompileKind): FactsByRole {
  const reached = reachedPackages(expanded)
  const facts = (role: Role, platform: CompileKind): ReadonlyMap<Package, CrateFacts> =>
    new Map(
      [...reached[role]].map(([item, targets]) => [
        item,
        packageFacts(expanded, item, role, platform, targets),
      ]),
    )
  return { host: facts('host', kind), build: facts('build', null) }
}

const LISTED: ReadonlySet<TargetKind> = new Set(['bin', 'test', 'example', 'bench'])

type Reached = Readonly<Record<Role, Map<Package, Set<string>>>>

function reachedPackages({ unitGraph }: Expanded): Reached {
  const reached: Reached = { host: new Map(), build: new Map() }
  const seen: Readonly<Record<Role, Set<Unit>>> = { host: new Set(), build: new Set() }
  const stack = unitGraph.roots.map((unit): [Unit, Role] => [unit, unit.target.procMacro ? 'build' : 'host'])
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const [unit, role] = top
    if (seen[role].has(unit)) continue
    seen[role].add(unit)
    const targets = entry(reached[role], unit.package)
    if (LISTED.has(unit.target.kind)) targets.add(`${unit.target.kind} ${unit.target.name}`)
    const isScript = unit.target.kind === 'custom-build' && unit.mode === 'build'
    for (const { unit: dependency } of unitGraph.dependencies.get(unit)!) {
      const isBuild = role === 'build' || isScript || dependency.target.procMacro
      stack.push([dependency, isBuild ? 'build' : 'host'])
    }
  }
  return reached
}

function entry(map: Map<Package, Set<string>>, item: Package): Set<string> {
  let set = map.get(item)
  if (set === undefined) map.set(item, (set = new Set()))
  return set
}

function featuresForRole(role: Role): FeaturesFor {
  return role === 'build' ? 'hostDep' : 'normalOrDev'
}

/** With features united by package (`feature-unification = "package"`), those of all groups together. */
function featuresOf({ expansions }: Expanded, item: Package, role: Role): readonly string[] {
  const lists = expansions.map(
    ({ features }) => activatedFeatures(features, item, featuresForRole(role)) ?? [],
  )
  return lists.length === 1 ? lists[0]! : [...new Set(lists.flat())].toSorted()
}

function packageFacts(
  expanded: Expanded,
  item: Package,
  role: Role,
  kind: CompileKind,
  targets: ReadonlySet<string>,
): CrateFacts {
  const dependenciesOf = (wanted: DependencyKind): readonly DependencyFact[] =>
    usedDependencies(expanded.expansions, item, role, wanted === 'build' ? null : kind, wanted)
  const dependencies = dependenciesOf('normal')
  const isKnown = new Set(dependencies.map(({ to }) => to))
  return {
    features: featuresOf(expanded, item, role),
    dependencies,
    devDependencies: item.isMember ? dependenciesOf('development').filter(({ to }) => !isKnown.has(to)) : [],
    buildDependencies: item.buildScript === undefined ? [] : dependenciesOf('build'),
    targets: [...targets].toSorted(),
  }
}

function usedDependencies(
  expansions: readonly Expansion[],
  item: Package,
  role: Role,
  kind: CompileKind,
  wanted: DependencyKind,
): readonly DependencyFact[] {
  const found: DependencyFact[] = []
  for (const expansion of expansions) {
    for (const { to, dependencies } of expansion.edges[item.index]!) {
      if (to.library === undefined || found.some((each) => each.to === to)) continue
      const isWanted = dependencies.some(
        (dependency) =>
          dependency.kind === wanted && isUsed(expansion, item, kind, featuresForRole(role), dependency),
      )
      if (!isWanted) continue
      const name = externCrateName(expansion, item, to, to.library)
      found.push({ to, rename: name === crateName(to.library) ? undefined : name })
    }
  }
  return found
}
