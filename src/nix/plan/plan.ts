/**
 * From the package graph to everything that the generated Nix contains.
 *
 * In: PackageGraph and Settings. Out: NixPlan: one entry per package, whose facts name when they hold.
 * Features are resolved as cargo would for each pair of the matrix and each mode; equal facts are written once.
 * Assumes that the facts of a package in a role are the same for all of its units, as cargo resolves them.
 */
import { checkCompiledName } from '../../cargo/ids/restricted-names.ts'
import type { CfgSet } from '../../cargo/ids/cfg-expr.ts'
import { cfgSetOf } from '../../cargo/platform/target-cfg.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { documentPlace, placeOf } from '../../cargo/toml-value.ts'
import { expand, prepareRequest } from '../../cargo/units/unit-graph.ts'
import { collectFacts, type Collected, type Variant } from './collect-facts.ts'
import { conditionTable, type Condition, type ConditionTable } from './conditions.ts'
import { crateKeys } from './crate-key.ts'
import type { CrateFacts } from './crate-facts.ts'
import { targetChoices } from './link-flags.ts'
import { matrixOf, pointsWhere, type MatrixRow } from './points.ts'
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
import { conditionalItems, planCrate, type ConditionalItems, type PlannedCrate } from './plan-crate.ts'
import { planProfiles, type PlannedProfile } from './plan-profiles.ts'
import { planStd, type PlannedStd } from './plan-std.ts'
import type { UnitGraph } from '../../cargo/units/unit.ts'
import { heavyLibraries } from './heavy-libraries.ts'
import { cfgsWithFlags, planTargets, type PlannedTarget } from './plan-targets.ts'
import type { Settings } from '../settings/settings.ts'

/** A repository at a commit. */
export interface RepositoryHash {
  /** Covers the checked out files, including submodules: `sha256-<base64>`. */
  readonly hash: string
  readonly hasSubmodules: boolean
}

export interface NixPlan extends PlannedOutputs {
  readonly graph: PackageGraph
  /** Undefined if the standard library comes compiled. */
  readonly std: PlannedStd | undefined
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
  const { config } = graph.workspace
  const cfgsOf = (triple: string): CfgSet => cfgSetOf(triple, config)
  const table = conditionTable(collected.points, cfgsOf)
  const keys = crateKeys([...collected.variants.keys()], graph.workspace.lockfile.packages)
  const crates = [...collected.variants].map(([item, variants]) => {
    checkCompiledNames(item, variants)
    const crate = planCrate(item, variants, keys, table)
    return { ...crate, items: [...crate.items, ...plannedTargets(item, variants, collected, table)] }
  })
  const keyOf = (item: Package): string => keys.get(item)!
  const profiles = checkedProfiles(planProfiles(graph, keys), builds, graph)
  return {
    graph,
    std: planStd(graph, matrix, builds[0]!, choose, cfgsOf, profiles),
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
    profiles,
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
  // The standard library has no interfaces.
  return expand(prepareRequest({ ...graph, std: undefined }, request), [null], { host, cfgsOf })
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
