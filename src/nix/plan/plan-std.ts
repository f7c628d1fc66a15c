/**
 * The crates of the standard library that are compiled along, as facts.
 *
 * In: the package graph, the matrix, the first of the named builds. Out: PlannedStd: like the workspace's own crates, with
 * keys and conditions of their own. Their features are the same in every build and mode.
 */
import type { CfgSet } from '../../cargo/ids/cfg-expr.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { prepareRequest } from '../../cargo/units/unit-graph.ts'
import { Cargo2NixError } from '../../errors.ts'
import { collectStdFacts } from './collect-facts.ts'
import { conditionTable, type Condition } from './conditions.ts'
import { crateKeys } from './crate-key.ts'
import type { ChooseTarget } from './link-flags.ts'
import { requestOf, type NamedBuild } from './named-builds.ts'
import { planCrate, type PlannedCrate } from './plan-crate.ts'
import { isSame, planProfiles, type PlannedProfile } from './plan-profiles.ts'
import type { MatrixRow } from './points.ts'

export interface PlannedStd {
  readonly graph: PackageGraph
  /** Keys of the crates that code may name. */
  readonly roots: readonly string[]
  /** Sorted by key. */
  readonly crates: readonly PlannedCrate[]
  readonly conditions: readonly Condition[]
  /** Those in which these crates differ from dependencies of the workspace. */
  readonly profiles: readonly PlannedProfile[]
}

/** @throws Cargo2NixError `not-supported` beside artifact dependencies that name their target */
export function planStd(
  graph: PackageGraph,
  matrix: readonly MatrixRow[],
  [, build]: NamedBuild,
  choose: ChooseTarget,
  cfgsOf: (triple: string) => CfgSet,
  profiles: readonly PlannedProfile[],
): PlannedStd | undefined {
  if (graph.std === undefined) return undefined
  refuseArtifactTargets(graph)
  const { points, variants, roots } = collectStdFacts(prepareRequest(graph, requestOf(build)), matrix, choose)
  const table = conditionTable(points, cfgsOf)
  const keys = crateKeys([...variants.keys()], graph.std.workspace.lockfile.packages)
  const keyOf = (item: Package): string => keys.get(item)!
  const { edges } = graph.std
  const privateOf = (item: Package): readonly string[] =>
    edges[item.index]!.filter(({ dependencies }) => !dependencies.some(({ isPublic }) => isPublic))
      .map(({ to }) => keys.get(to) ?? '')
      .filter((key) => key !== '')
  const crates = [...variants].map(([item, each]) => ({
    ...planCrate(item, each, keys, table),
    ...(item.manifest.hasPublicDependencies === true ? { privateDependencies: privateOf(item) } : {}),
  }))
  const own = planProfiles({ ...graph, packages: graph.std.packages }, keys)
  return {
    graph: graph.std,
    roots: roots.map(keyOf).toSorted(),
    crates: crates.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    conditions: table.used(),
    profiles: own.filter((profile) => {
      const { members, dependencies } = profiles.find(({ name }) => name === profile.name)!
      return profile.packages.length > 0 || !isSame(profile.members, dependencies ?? members)
    }),
  }
}

function refuseArtifactTargets({ packages }: PackageGraph): void {
  for (const { manifest } of packages) {
    const named = manifest.dependencies.find(({ artifact }) => artifact?.target !== undefined)
    if (named === undefined) continue
    throw new Cargo2NixError({
      code: 'not-supported',
      path: manifest.manifestPath,
      message: `the artifact dependency \`${named.nameInToml}\` names its target, and \`unstable.build-std\` compiles the standard library`,
      hint: 'take one of them out',
    })
  }
}
