/**
 * From the package graph to everything that the generated Nix contains.
 *
 * In: PackageGraph and Settings. Out: NixPlan: one entry per package, whose facts name when they hold.
 * Features are resolved as cargo would for each pair of the matrix and each mode; equal facts are written once.
 * Assumes that the facts of a package in a role are the same for all of its units, as cargo resolves them.
 */
import { checkCompiledName } from '../../cargo/ids/restricted-names.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { documentPlace, placeOf } from '../../cargo/toml-value.ts'
import { expand, prepareRequest } from '../../cargo/units/unit-graph.ts'
import { collectFacts, type Collected, type Variant } from './collect-facts.ts'
import { writeArtifact } from './artifact-items.ts'
import { conditionTable, type Condition, type ConditionTable } from './conditions.ts'
import { crateKeys } from './crate-key.ts'
import type { ArtifactFact, CrateFacts, DependencyFact } from './crate-facts.ts'
import { targetChoices } from './link-flags.ts'
import { matrixOf, pointsWhere, type MatrixRow, type PointSet } from './points.ts'
import { planEnv, type PlannedEnv } from './plan-env.ts'
import { planScriptOutputs, type PlannedScripts } from './script-outputs.ts'
import {
  buildsSeparately,
  checkedProfiles,
  namedBuilds,
  requestOf,
  type PlannedBuild,
} from './named-builds.ts'
import { planOutputs, type PlannedOutputs } from './planned-release.ts'
import { planProfiles, type PlannedProfile } from './plan-profiles.ts'
import type { UnitGraph } from '../../cargo/units/unit.ts'
import { heavyLibraries } from './heavy-libraries.ts'
import { cfgsWithFlags, planTargets, type PlannedTarget } from './plan-targets.ts'
import type { Settings } from '../settings/settings.ts'
import { append } from '../../maps.ts'

/** A fact whose value is a set of words or names, with the conditions for each part. */
export interface ConditionalItems {
  readonly fact: string
  /** Undefined: everywhere. */
  readonly condition: string | undefined
  readonly items: readonly string[]
}

export interface PlannedCrate {
  readonly key: string
  readonly package: Package
  readonly items: readonly ConditionalItems[]
  /** Extern names of dependencies that differ from the crates' own, by crate key. */
  readonly renames: readonly (readonly [key: string, name: string])[]
}

/** A repository at a commit. */
export interface RepositoryHash {
  /** Covers the checked out files, including submodules: `sha256-<base64>`. */
  readonly hash: string
  readonly hasSubmodules: boolean
}

export interface NixPlan extends PlannedOutputs {
  readonly graph: PackageGraph
  /** By commit: those fetched by hash. */
  readonly repositories: ReadonlyMap<string, RepositoryHash>
  /** Download templates by registry index, as in the settings. */
  readonly registries: Readonly<Record<string, string>>
  /** Which libraries have an interface: package names. */
  readonly interfaces: 'none' | 'all' | readonly string[]
  readonly matrix: readonly MatrixRow[]
  readonly conditions: readonly Condition[]
  readonly builds: readonly PlannedBuild[]
  readonly profiles: readonly PlannedProfile[]
  readonly members: readonly string[]
  readonly rootPackage: string | undefined
  /** Sorted by key. */
  readonly crates: readonly PlannedCrate[]
  readonly env: PlannedEnv
  /** Build scripts that the configuration overrides. */
  readonly scripts: readonly PlannedScripts[]
  /** Every platform of the matrix, sorted. */
  readonly targets: readonly PlannedTarget[]
}

/**
 * Builds the plan.
 *
 * @param repositories by commit: those fetched by hash
 * @throws Cargo2NixError if cargo would refuse the workspace or a named build.
 */
export function planNix(
  graph: PackageGraph,
  settings: Settings,
  repositories: ReadonlyMap<string, RepositoryHash>,
): NixPlan {
  const matrix = matrixOf(settings.hosts, settings.targets)
  const builds = namedBuilds(graph, settings.builds)
  const choose = targetChoices(settings, graph.workspace.config)
  const collected = collectFacts(graph, matrix, builds, choose)
  const table = conditionTable(collected.points)
  const keys = crateKeys([...collected.variants.keys()], graph.workspace.lockfile.packages)
  const crates = [...collected.variants].map(([item, variants]) =>
    planCrate(item, variants, keys, table, collected),
  )
  const keyOf = (item: Package): string => keys.get(item)!
  return {
    graph,
    repositories,
    registries: settings.registries,
    interfaces:
      settings.interfaces === 'heavy'
        ? heavyLibraries(unitsOfDefault(graph, settings, matrix))
        : settings.interfaces,
    matrix,
    crates: crates.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    conditions: table.used(),
    builds: builds.map(([name, build]) => {
      const separately = buildsSeparately(graph) && Object.hasOwn(settings.builds, name)
      const parts = separately
        ? builds.map(([part]) => part).filter((part) => part.startsWith(`${name}/`))
        : [name]
      const packages = parts.flatMap((part) => collected.compiled.get(part)!).map(keyOf)
      return { name, packages: packages.toSorted(), profile: build.profile, separately }
    }),
    profiles: checkedProfiles(planProfiles(graph, keys), builds, graph),
    members: graph.members
      .filter((member) => keys.has(member))
      .map(keyOf)
      .toSorted(),
    rootPackage: graph.rootPackage && keys.get(graph.rootPackage),
    ...planOutputs(graph, settings),
    env: planEnv(graph.workspace),
    scripts: planScriptOutputs(graph.workspace, matrix, keys.keys()),
    targets: planTargets(graph, matrix, choose),
  }
}

/** The units of the default build, on the first platform that can build, for itself. */
function unitsOfDefault(graph: PackageGraph, settings: Settings, matrix: readonly MatrixRow[]): UnitGraph {
  const host = matrix[0]!.buildPlatform
  const build = settings.builds['default']!
  // Like the argument `profile` of Cargo.nix.
  const request = { ...requestOf(build), profile: build.profile ?? 'release' }
  const cfgsOf = cfgsWithFlags(graph.workspace.config, host, null, [])
  return expand(prepareRequest(graph, request), [null], { host, cfgsOf })
}

function planCrate(
  item: Package,
  variants: readonly Variant[],
  keys: ReadonlyMap<Package, string>,
  table: ConditionTable,
  collected: Collected,
): PlannedCrate {
  checkCompiledNames(item, variants)
  const present = union(variants)
  const named = (list: readonly DependencyFact[]): readonly string[] => list.map(({ to }) => keys.get(to)!)
  const written = (list: readonly ArtifactFact[]): readonly string[] =>
    list.map((each) => writeArtifact(each, keys))
  const facts: readonly (readonly [string, (facts: CrateFacts) => readonly string[]])[] = [
    ['features', (each) => each.features],
    ['deps', (each) => named(each.dependencies)],
    ['devDeps', (each) => named(each.devDependencies)],
    ['buildDeps', (each) => named(each.buildDependencies)],
    ['artifacts', (each) => written(each.artifacts)],
    ['devArtifacts', (each) => written(each.devArtifacts)],
    ['buildArtifacts', (each) => written(each.buildArtifacts)],
  ]
  const renames = new Map<string, string>()
  for (const { facts: each } of variants) {
    for (const { to, rename } of [...each.dependencies, ...each.devDependencies, ...each.buildDependencies]) {
      if (rename !== undefined) renames.set(keys.get(to)!, rename)
    }
  }
  return {
    key: keys.get(item)!,
    package: item,
    items: [
      ...facts.flatMap(([fact, itemsOf]) => conditionalItems(fact, itemsOf, variants, present, table)),
      ...plannedTargets(item, variants, collected, table),
    ],
    renames: [...renames].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

/** @throws Cargo2NixError `unsafe-name`, naming the key */
function checkCompiledNames(item: Package, variants: readonly Variant[]): void {
  const check = ({ manifest }: Package, table: string, name: string, key = 'name'): void =>
    checkCompiledName(name, placeOf(documentPlace(manifest.manifestPath, 'unsafe-name'), table), key)
  if (item.library !== undefined) check(item, 'lib', item.library.name)
  if (item.buildScript !== undefined) check(item, 'package', item.buildScript.name, 'build')
  for (const { facts } of variants) {
    for (const target of facts.targets) {
      const [kind, name] = target.split(/ (.*)/s)
      check(item, kind!, name!)
    }
    for (const { to, kind, name } of [...facts.artifacts, ...facts.devArtifacts, ...facts.buildArtifacts])
      check(to, kind, name)
  }
}

/** A member's binaries, and in mode `test` its tests, examples and benchmarks: only of role `host`. */
function plannedTargets(
  item: Package,
  variants: readonly Variant[],
  { points, compiled }: Collected,
  table: ConditionTable,
): readonly ConditionalItems[] {
  if (!item.isMember) return []
  const builds = new Set([...compiled].flatMap(([name, members]) => (members.includes(item) ? [name] : [])))
  const compiledAt = pointsWhere(points, ({ role, build }) => role === 'host' && builds.has(build))
  const testedAt = compiledAt & pointsWhere(points, ({ mode }) => mode === 'test')
  const programs = (facts: CrateFacts): readonly string[] =>
    facts.targets.filter((name) => name.startsWith('bin '))
  const others = (facts: CrateFacts): readonly string[] =>
    facts.targets.filter((name) => !name.startsWith('bin '))
  return [
    ...conditionalItems('targets', programs, variants, compiledAt, table),
    ...conditionalItems('targets', others, variants, testedAt, table),
  ]
}

function union(variants: readonly Variant[]): PointSet {
  return variants.reduce((set, variant) => set | variant.points, 0n)
}

/** Groups the items of a fact by their condition; unconditional ones come first. */
function conditionalItems(
  fact: string,
  itemsOf: (facts: CrateFacts) => readonly string[],
  variants: readonly Variant[],
  present: PointSet,
  table: ConditionTable,
): readonly ConditionalItems[] {
  const points = new Map<string, PointSet>()
  for (const variant of variants) {
    const counted = variant.points & present
    if (counted === 0n) continue
    for (const each of itemsOf(variant.facts)) points.set(each, (points.get(each) ?? 0n) | counted)
  }
  const groups = new Map<string, string[]>()
  for (const [each, wanted] of points) {
    const name = table.conditionFor(wanted, present)?.name ?? ''
    append(groups, name, each)
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, items]) => ({ fact, condition: name === '' ? undefined : name, items: items.toSorted() }))
}
