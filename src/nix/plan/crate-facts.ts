/**
 * The facts of each package at one point of the matrix.
 *
 * In: a request with resolved features. Out: for every package and place that a unit has, its features and
 * dependencies. The generated Nix derives units from these facts: a library or binary has `dependencies`, a
 * test also `devDependencies`, a build script `buildDependencies`. Proc macros, and everything below them and
 * below build scripts, have role `build`; an artifact for a target of its own, and everything below it, role `artifact`.
 */
import type { CompileKind } from '../../cargo/compile-request.ts'
import { isUsed, type Expansion } from '../../cargo/units/expansion.ts'
import { artifactTargets, hasLibrary } from '../../cargo/manifest/artifact.ts'
import type { Dependency, DependencyKind, TargetKind } from '../../cargo/manifest/manifest.ts'
import type { Package } from '../../cargo/resolve/package-graph.ts'
import { refuseSharedLinks } from '../../cargo/resolve/shared-links.ts'
import {
  activatedFeatures,
  artifactFor,
  tripleOfArtifact,
  type ArtifactFor,
  type FeaturesFor,
} from '../../cargo/resolve/resolve-features.ts'
import { externCrateName } from '../../cargo/units/unit-dependencies.ts'
import type { ResolvedRequest } from '../../cargo/units/unit-graph.ts'
import { crateName, isAnyTest, type Unit } from '../../cargo/units/unit.ts'
import { roleBelow } from './points.ts'

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
  /** Files that the package's libraries and binaries are given, its tests, and the run of its build script. */
  readonly artifacts: readonly ArtifactFact[]
  readonly devArtifacts: readonly ArtifactFact[]
  readonly buildArtifacts: readonly ArtifactFact[]
}

/** A target of a package that another package depends on for its file. */
export interface ArtifactFact {
  readonly to: Package
  readonly kind: 'bin' | 'cdylib' | 'staticlib'
  readonly name: string
  /** The dependency's name in variables, before it is changed to upper case. */
  readonly dependency: string
  /** A triple or `target`, if the dependency names one. */
  readonly target: string | undefined
}

/** `host` and `build` are those of `Role`; each target of artifacts is a place of its own. */
export type Place = 'host' | 'build' | ArtifactFor

/** Keyed by place, then by package. */
export type FactsByPlace = ReadonlyMap<Place, ReadonlyMap<Package, CrateFacts>>

interface Found {
  readonly expansion: Expansion
  readonly kind: CompileKind
  readonly facts: Map<Place, Map<Package, CrateFacts>>
  /** Targets of members that are compiled, as in `CrateFacts.targets`. */
  readonly targets: ReadonlyMap<Package, readonly string[]>
}

/**
 * Collects the facts; `kind` is the requested platform.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo would refuse the unit graph.
 */
export function factsOf({ expansion, roots }: ResolvedRequest, kind: CompileKind): FactsByPlace {
  const found: Found = {
    expansion,
    kind,
    facts: new Map([
      ['host', new Map()],
      ['build', new Map()],
    ]),
    targets: targetsOf(roots),
  }
  const stack = roots.flatMap((root) => reachedByRoot(found, root))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { item, place } = top
    if (found.facts.get(place)?.has(item) === true) continue
    const { dependencies, buildDependencies, artifacts, buildArtifacts } = factsAt(found, item, place)
    for (const { to } of dependencies) stack.push(reach(to, place))
    for (const { to } of buildDependencies) stack.push({ item: to, place: 'build' })
    for (const each of artifacts) stack.push(...reachArtifact(found, each, place))
    for (const each of buildArtifacts) stack.push(...reachArtifact(found, each, 'build'))
  }
  refuseSharedLinks(new Set([...found.facts.values()].flatMap((facts) => [...facts.keys()])))
  return found.facts
}

interface Reached {
  readonly item: Package
  readonly place: Place
}

function reach(item: Package, place: Place): Reached {
  return { item, place: roleBelow(item, place) }
}

/** The package of an artifact, and its library. */
function reachArtifact(found: Found, { to, target }: ArtifactFact, place: Place): readonly Reached[] {
  const { kind, expansion } = found
  const triple = target === 'target' ? (kind ?? expansion.targets.host) : target
  const own = triple === undefined ? place : artifactFor(triple)
  return [{ item: to, place: own }, ...(to.library === undefined ? [] : [reach(to, own)])]
}

/** A root's package, its library, and what only tests depend on. */
function reachedByRoot(found: Found, { package: item, target, mode }: Unit): readonly Reached[] {
  const place: Place = target.procMacro ? 'build' : 'host'
  const takesDev = isAnyTest(mode) || target.kind === 'test' || target.kind === 'example'
  const library = item.library === undefined ? [] : [reach(item, place)]
  if (!takesDev) return [{ item, place }, ...library]
  const dev = devDependencies(found, item, place).map(({ to }) => reach(to, place))
  const artifacts = artifactsOf(found, item, place, 'development')
  return [
    { item, place },
    ...library,
    ...dev,
    ...artifacts.flatMap((each) => reachArtifact(found, each, place)),
  ]
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

function factsAt(found: Found, item: Package, place: Place): CrateFacts {
  const known = found.facts.get(place)?.get(item)
  if (known !== undefined) return known
  const runs = hasScript(found, item, place)
  const facts: CrateFacts = {
    features: activatedFeatures(found.expansion.features, item, featuresForPlace(place)) ?? [],
    dependencies: usedDependencies(found, item, place, 'normal'),
    devDependencies: item.isMember ? devDependencies(found, item, place) : [],
    buildDependencies: runs ? usedDependencies(found, item, place, 'build') : [],
    targets: place === 'host' ? (found.targets.get(item) ?? []) : [],
    artifacts: artifactsOf(found, item, place, 'normal'),
    devArtifacts: item.isMember ? artifactsOf(found, item, place, 'development') : [],
    buildArtifacts: runs ? artifactsOf(found, item, place, 'build') : [],
  }
  const ofPlace = found.facts.get(place) ?? new Map<Package, CrateFacts>()
  found.facts.set(place, ofPlace.set(item, facts))
  return facts
}

/** Whether to compile a build script: the configuration may replace its output. */
function hasScript(found: Found, item: Package, place: Place): boolean {
  const { links } = item.manifest
  if (item.buildScript === undefined || links === undefined) return item.buildScript !== undefined
  return !found.expansion.isScriptOverridden(kindOf(found, place), links)
}

function devDependencies(found: Found, item: Package, place: Place): readonly DependencyFact[] {
  const normal = new Set(usedDependencies(found, item, place, 'normal').map(({ to }) => to))
  return usedDependencies(found, item, place, 'development').filter(({ to }) => !normal.has(to))
}

function featuresForPlace(place: Place): FeaturesFor {
  if (place === 'host') return 'normalOrDev'
  return place === 'build' ? 'hostDep' : place
}

function kindOf({ kind }: Found, place: Place): CompileKind {
  if (place === 'host') return kind
  return place === 'build' ? null : tripleOfArtifact(place)!
}

function usedDependencies(
  found: Found,
  item: Package,
  place: Place,
  wanted: DependencyKind,
): readonly DependencyFact[] {
  const { expansion } = found
  const platform = wanted === 'build' ? null : kindOf(found, place)
  return expansion.edges[item.index]!.flatMap(({ to, dependencies }) => {
    const used = dependencies.filter(
      (dependency) =>
        dependency.kind === wanted && isUsed(expansion, item, platform, featuresForPlace(place), dependency),
    )
    if (to.library === undefined || !used.some(hasLibrary)) return []
    return [{ to, rename: renameOf(expansion, item, to, dependencies) }]
  })
}

function artifactsOf(
  found: Found,
  item: Package,
  place: Place,
  wanted: DependencyKind,
): readonly ArtifactFact[] {
  const { expansion } = found
  const kind = kindOf(found, place)
  return expansion.edges[item.index]!.flatMap(({ to, dependencies }) =>
    dependencies.flatMap((dependency): readonly ArtifactFact[] => {
      const { artifact } = dependency
      if (artifact === undefined || dependency.kind !== wanted) return []
      if (!isUsed(expansion, item, kind, featuresForPlace(place), dependency)) return []
      return artifactTargets(dependency, artifact, to.manifest.targets, item.manifest).map((each) => ({
        to,
        kind: each.kind,
        name: each.target.name,
        dependency: dependency.renamed ? dependency.nameInToml : to.name,
        target: artifact.target,
      }))
    }),
  )
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
