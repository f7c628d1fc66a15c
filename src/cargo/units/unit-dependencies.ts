/**
 * The dependencies of each unit, down to the leaves.
 *
 * In: an Expansion and root units. Out: every unit that the roots reach, with its dependencies.
 * Mirrors `core/compiler/unit_dependencies.rs` of cargo 0.96, except scraping examples, which stable cargo does not
 * have. A unit's dependencies are those of its first visit, so the order of visits is cargo's.
 */
import { keyOfDependency } from '../manifest/dependency-tables.ts'
import { Cargo2NixError } from '../../errors.ts'
import { refuseSharedLinks } from '../resolve/shared-links.ts'
import type { CompileKind } from '../compile-request.ts'
import { availableFeatures, isUsed, makeUnit, modeOfDependency, type Expansion } from './expansion.ts'
import { artifactTargets, hasLibrary } from '../manifest/artifact.ts'
import type { Artifact, Dependency, Target } from '../manifest/manifest.ts'
import type { Package, PackageEdge } from '../resolve/package-graph.ts'
import { profileOfBuildScriptRun, type Profile } from './profile.ts'
import {
  compareUnits,
  crateName,
  featuresForOf,
  isAnyTest,
  isLinkable,
  kindForTarget,
  profileRoleOf,
  unitForCustomBuild,
  unitForDependency,
  unitForHost,
  unitForKey,
  unitForNormal,
  unitForTest,
  type CompileMode,
  type Unit,
  type UnitDependency,
  type UnitFor,
} from './unit.ts'
import { append, getOrInsert } from '../../maps.ts'

type MutableGraph = Map<Unit, UnitDependency[]>

interface Walk {
  readonly expansion: Expansion
  readonly graph: MutableGraph
  /** Edges that exist only because of a dev-dependency. */
  readonly devEdges: Map<Unit, Set<Unit>>
}

/**
 * Expands the roots.
 *
 * @param std the crates of the standard library that are compiled along: every unit for a target depends on them
 * @throws Cargo2NixError `bad-manifest` if two packages link the same native library, or one package is a
 *   dependency under two names.
 */
export function unitDependencies(
  expansion: Expansion,
  roots: readonly Unit[],
  std?: Expanded,
): Map<Unit, readonly UnitDependency[]> {
  const walk: Walk = { expansion, graph: new Map(), devEdges: new Map() }
  for (const root of roots) visit(walk, root, unitForRoot(expansion, root))
  refuseSharedLinks([...walk.graph.keys()].map((unit) => unit.package))
  if (std !== undefined) attachStd(walk, std)
  connectBuildScriptRuns(walk)
  for (const dependencies of walk.graph.values()) {
    dependencies.sort((a, b) => compareUnits(a.unit, b.unit))
  }
  return walk.graph
}

/** Units, and what they were made with. */
export interface Expanded {
  readonly expansion: Expansion
  readonly roots: readonly Unit[]
}

/** Makes every unit that is compiled for a target depend on the standard library. */
function attachStd({ graph, devEdges }: Walk, { expansion, roots }: Expanded): void {
  const users = [...graph].filter(([{ kind, mode }]) => kind !== null && mode !== 'run-custom-build')
  if (users.length === 0) return
  const std: Walk = { expansion, graph: new Map(), devEdges }
  for (const root of roots) visit(std, root, unitForRoot(expansion, root))
  for (const [{ kind }, dependencies] of users) {
    const unitFor = unitForNormal(kind)
    for (const unit of roots.filter((root) => root.kind === kind))
      dependencies.push({
        unit,
        unitFor,
        externCrateName: unit.package.name,
        isStdRoot: true,
        isPublic: true,
      })
  }
  for (const [unit, dependencies] of std.graph) graph.set(unit, dependencies)
}

function unitForRoot({ request }: Expansion, { mode, target, kind }: Unit): UnitFor {
  if (target.procMacro) return unitForHost(kind)
  // `cargo test` only builds an example, but its dependencies are those of tests.
  const isTest = isAnyTest(mode) || ['test', 'bench', 'check-test'].includes(request.intent)
  return isTest ? unitForTest(kind) : unitForNormal(kind)
}

/** Depth first, in the order of the dependencies; uses its own stack, since graphs may be deep. */
function visit(walk: Walk, root: Unit, unitFor: UnitFor): void {
  const stack = [{ unit: root, unitFor }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (walk.graph.has(top.unit)) continue
    const dependencies = dependenciesOf(walk, top.unit, top.unitFor)
    walk.graph.set(top.unit, dependencies)
    for (let at = dependencies.length - 1; at >= 0; at--) stack.push(dependencies[at]!)
  }
}

function dependenciesOf(walk: Walk, unit: Unit, unitFor: UnitFor): UnitDependency[] {
  if (unit.mode === 'run-custom-build') return compileOfBuildScript(walk, unit, unitFor)
  if (unit.mode === 'doc') return dependenciesOfDoc(walk, unit, unitFor)
  const found: UnitDependency[] = [...artifactDependencies(walk, unit, unitFor)]
  for (const { to, library, dependencies } of libraryDependencies(walk, unit, unitFor)) {
    const next = dependOn(walk, unit, to, library, unitForDependency(unitFor, unit.target, library))
    found.push(next)
    if (dependencies.every((dependency) => dependency.kind === 'development'))
      addDevEdge(walk, unit, next.unit)
  }
  if (unit.target.kind === 'custom-build') return found
  found.push(...runOfBuildScript(walk, unit, unitFor))
  if (unit.target.kind === 'lib' && unit.mode !== 'doctest') return found
  found.push(...ownLibrary(walk, unit, unitFor))
  if (unit.mode === 'test' && (unit.target.kind === 'test' || unit.target.kind === 'bench')) {
    found.push(...ownPrograms(walk, unit, unitFor))
  }
  return found
}

function addDevEdge(walk: Walk, from: Unit, to: Unit): void {
  getOrInsert(walk.devEdges, from, () => new Set()).add(to)
}

interface LibraryDependency {
  readonly to: Package
  readonly library: Target
  readonly dependencies: readonly Dependency[]
}

/** The packages that a unit depends on, limited to those with a library. */
function libraryDependencies(walk: Walk, unit: Unit, unitFor: UnitFor): readonly LibraryDependency[] {
  const found: LibraryDependency[] = []
  for (const { to, dependencies } of walk.expansion.edges[unit.package.index]!) {
    if (to.library === undefined) continue
    const counted = dependencies.filter((dependency) => counts(walk.expansion, unit, unitFor, dependency))
    if (counted.some(hasLibrary)) found.push({ to, library: to.library, dependencies: counted })
  }
  return found
}

/** Artifacts for a unit's code; those of a build script are needed when it runs. */
function artifactDependencies(walk: Walk, unit: Unit, unitFor: UnitFor): readonly UnitDependency[] {
  if (unit.target.kind === 'custom-build') return []
  return artifactEdges(walk, unit, unitFor).flatMap(({ to, dependency, artifact }) => {
    const kind = artifact.target ?? unit.kind
    return artifactUnits(walk, unit, { ...unitFor, artifactTarget: artifact.target }, kind, to, dependency)
  })
}

/** Artifacts for a run of a build script: like its dependencies, they have the settings of host units. */
function artifactsOfRun(walk: Walk, unit: Unit, unitFor: UnitFor): readonly UnitDependency[] {
  const { rootKind } = unitFor
  return artifactEdges(walk, unit, unitForCustomBuild(unitFor)).flatMap(({ to, dependency, artifact }) => {
    const kind = artifact.target === 'target' ? rootKind : (artifact.target ?? null)
    const next = { ...unitForHost(rootKind), artifactTarget: kind ?? undefined }
    return artifactUnits(walk, unit, next, kind, to, dependency)
  })
}

interface ArtifactEdge {
  readonly to: Package
  readonly dependency: Dependency
  readonly artifact: Artifact
}

function artifactEdges(walk: Walk, unit: Unit, unitFor: UnitFor): readonly ArtifactEdge[] {
  return walk.expansion.edges[unit.package.index]!.flatMap(({ to, dependencies }) =>
    dependencies.flatMap((dependency) => {
      const { artifact } = dependency
      const isNeeded = artifact !== undefined && counts(walk.expansion, unit, unitFor, dependency)
      return isNeeded ? [{ to, dependency, artifact }] : []
    }),
  )
}

function artifactUnits(
  walk: Walk,
  parent: Unit,
  unitFor: UnitFor,
  kind: CompileKind,
  to: Package,
  dependency: Dependency,
): readonly UnitDependency[] {
  const { targets } = to.manifest
  return artifactTargets(dependency, dependency.artifact!, targets, parent.package.manifest).map(
    ({ target }) => dependOn(walk, parent, to, target, unitFor, { kind, mode: 'build', isArtifact: true }),
  )
}

function counts(expansion: Expansion, unit: Unit, unitFor: UnitFor, dependency: Dependency): boolean {
  const { target } = unit
  if ((target.kind === 'custom-build') !== (dependency.kind === 'build')) return false
  const takesDev = target.kind === 'test' || target.kind === 'example' || isAnyTest(unit.mode)
  if (dependency.kind === 'development' && !takesDev) return false
  return isUsed(expansion, unit.package, unit.kind, featuresForOf(unitFor), dependency)
}

interface Override {
  readonly kind?: CompileKind
  readonly mode?: CompileMode
  readonly isArtifact?: boolean
  readonly profile?: Profile
}

/** An edge to a target of `item`; its kind and mode follow from the parent unless given. */
function dependOn(
  walk: Walk,
  parent: Unit,
  item: Package,
  target: Target,
  unitFor: UnitFor,
  override: Override = {},
): UnitDependency {
  const { expansion } = walk
  const kind = override.kind !== undefined ? override.kind : kindForTarget(parent.kind, target)
  const mode = override.mode ?? modeOfDependency(parent.mode, target)
  const profile = override.profile ?? expansion.profiles.profileFor(item, profileRoleOf(unitFor, kind))
  const settings = { profile, kind, mode }
  const unit = makeUnit(expansion, item, target, settings, featuresForOf(unitFor), override.isArtifact)
  const isPublic = isPublicEdge(expansion, parent.package, item)
  return {
    unit,
    unitFor,
    externCrateName: externCrateName(expansion, parent.package, item, target),
    ...(isPublic ? { isPublic } : {}),
  }
}

/** Only asked for the standard library, since the feature is unstable. */
export function isPublicEdge(expansion: Expansion, from: Package, to: Package): boolean {
  if (!from.isStd || from.manifest.hasPublicDependencies !== true || from === to) return false
  return edgeBetween(expansion, from, to)?.dependencies.some(({ isPublic }) => isPublic === true) === true
}

/** The name of the crate in the parent's code; all dependency lines on one package must agree. */
export function externCrateName(expansion: Expansion, from: Package, to: Package, target: Target): string {
  const edge = from === to ? undefined : edgeBetween(expansion, from, to)
  if (edge === undefined || !edge.dependencies.some(({ renamed }) => renamed)) return crateName(target)
  const names = edge.dependencies.map((each) =>
    each.renamed ? each.nameInToml.replaceAll('-', '_') : crateName(target),
  )
  if (names.some((name) => name !== names[0])) {
    throw new Cargo2NixError({
      code: 'bad-manifest',
      path: from.manifest.manifestPath,
      message: `the crate \`${from.name}\` depends on crate \`${to.name}\` multiple times with different names: ${edge.dependencies.map((each) => `\`${keyOfDependency(each)}\``).join(', ')}`,
      hint: `use one name: ${[...new Set(names)].join(' or ')}`,
    })
  }
  return names[0]!
}

/** Edges are sorted by the package that they lead to. */
function edgeBetween({ edges }: Expansion, from: Package, to: Package): PackageEdge | undefined {
  const list = edges[from.index]!
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]!.to.index < to.index) low = middle + 1
    else high = middle
  }
  return list[low]?.to === to ? list[low] : undefined
}

function runOfBuildScript(walk: Walk, unit: Unit, unitFor: UnitFor): readonly UnitDependency[] {
  const script = unit.package.buildScript
  if (script === undefined) return []
  const profile = profileOfBuildScriptRun(unit.profile)
  const settings = { kind: unit.kind, mode: 'run-custom-build', profile } as const
  return [dependOn(walk, unit, unit.package, script, unitForCustomBuild(unitFor), settings)]
}

function compileOfBuildScript(walk: Walk, unit: Unit, unitFor: UnitFor): UnitDependency[] {
  const { links } = unit.package.manifest
  if (links !== undefined && walk.expansion.isScriptOverridden(unit.kind, links)) return []
  const settings = { kind: null, mode: 'build' } as const
  return [
    dependOn(walk, unit, unit.package, unit.target, unitForCustomBuild(unitFor), settings),
    ...artifactsOfRun(walk, unit, unitFor),
  ]
}

function ownLibrary(walk: Walk, unit: Unit, unitFor: UnitFor): readonly UnitDependency[] {
  const { library } = unit.package
  if (library === undefined || !isLinkable(library)) return []
  return [dependOn(walk, unit, unit.package, library, unitForDependency(unitFor, unit.target, library))]
}

/** Integration tests and benchmarks may run the package's binaries. */
function ownPrograms(walk: Walk, unit: Unit, { rootKind }: UnitFor): readonly UnitDependency[] {
  const item = unit.package
  const programs = item.manifest.targets.filter((target) => target.kind === 'bin')
  const gated = programs.some((target) => target.requiredFeatures !== undefined)
  const available = gated ? availableFeatures(walk.expansion, item, false, [unit.kind]) : new Set<string>()
  return programs
    .filter(({ requiredFeatures }) => (requiredFeatures ?? []).every((name) => available.has(name)))
    .map((target) => dependOn(walk, unit, item, target, unitForNormal(rootKind), { mode: 'build' }))
}

function dependenciesOfDoc(walk: Walk, unit: Unit, unitFor: UnitFor): UnitDependency[] {
  const { request } = walk.expansion
  const found: UnitDependency[] = [...artifactDependencies(walk, unit, unitFor)]
  for (const { to, library } of libraryDependencies(walk, unit, unitFor)) {
    const next = unitForDependency(unitFor, unit.target, library)
    found.push(dependOn(walk, unit, to, library, next))
    if (library.documented && request.documentDependencies) {
      found.push(dependOn(walk, unit, to, library, next, { mode: 'doc' }))
    }
  }
  found.push(...runOfBuildScript(walk, unit, unitFor))
  if (unit.target.kind !== 'bin' && unit.target.kind !== 'example') return found
  found.push(...ownLibrary(walk, unit, unitFor))
  const { library } = unit.package
  if (library !== undefined && isLinkable(library) && library.documented) {
    const next = unitForDependency(unitFor, unit.target, library)
    found.push(dependOn(walk, unit, unit.package, library, next, { mode: 'doc' }))
  }
  return found
}

/**
 * Adds edges between runs of build scripts: a script reads what the scripts of its package's dependencies
 * with `links` have printed. Dev-dependencies do not count, since they may be cyclic.
 */
function connectBuildScriptRuns({ graph, devEdges }: Walk): void {
  const dependents = new Map<Unit, Unit[]>()
  for (const [unit, dependencies] of graph) {
    for (const { unit: run } of dependencies) {
      if (run.mode !== 'run-custom-build') continue
      append(dependents, run, unit)
    }
  }
  const added: [Unit, Iterable<UnitDependency>][] = []
  const numbers = new Map<Unit, number>()
  const numberOf = (unit: Unit): number => {
    const number = numbers.get(unit) ?? numbers.size
    numbers.set(unit, number)
    return number
  }
  for (const [run, parents] of dependents) {
    // The same run may appear several times, for different roots: cargo keeps all of them.
    const runs = new Map<string, UnitDependency>()
    for (const parent of parents) {
      for (const other of siblingRuns(graph, run, parent, devEdges.get(parent))) {
        runs.set(`${numberOf(other.unit)} ${unitForKey(other.unitFor)}`, other)
      }
    }
    added.push([run, runs.values()])
  }
  for (const [run, runs] of added) graph.get(run)!.push(...runs)
}

function* siblingRuns(
  graph: MutableGraph,
  run: Unit,
  parent: Unit,
  devEdges: ReadonlySet<Unit> | undefined,
): Iterable<UnitDependency> {
  for (const { unit: sibling } of graph.get(parent)!) {
    if (sibling.package === run.package || sibling.package.manifest.links === undefined) continue
    if (!isLinkable(sibling.target) || devEdges?.has(sibling) === true) continue
    const other = graph.get(sibling)?.find(({ unit }) => unit.mode === 'run-custom-build')
    if (other !== undefined) yield other
  }
}
