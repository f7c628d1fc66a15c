/**
 * The tables `release` and `deploy` of the settings, checked against the workspace.
 *
 * In: ReleaseSettings, the members and the matrix, which flags may make smaller than the settings say. Out:
 * PlannedRelease, which Cargo.nix holds.
 */
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { Cargo2NixError } from '../../errors.ts'
import { nearestNames } from '../../nearest-names.ts'
import type { ReleaseSettings } from '../settings/release-settings.ts'
import type { Settings } from '../settings/settings.ts'

export interface PlannedRelease extends ReleaseSettings {
  readonly targets: readonly string[]
}

export interface PlannedOutputs {
  /** Undefined: the settings have none. */
  readonly release: PlannedRelease | undefined
  /** How members run, by member. */
  readonly deploy: Settings['deploy']
}

/**
 * Fills in the defaults that depend on the workspace.
 *
 * @throws Cargo2NixError `bad-settings` for a package that does not exist
 */
export function planOutputs(graph: PackageGraph, settings: Settings): PlannedOutputs {
  checkMembers(graph, 'deploy', Object.keys(settings.deploy))
  return { release: planRelease(graph, settings), deploy: settings.deploy }
}

function planRelease(graph: PackageGraph, settings: Settings): PlannedRelease | undefined {
  const { release } = settings
  const released = releasedTargets(settings)
  if (release === undefined || released === undefined) return undefined
  checkMembers(graph, 'release.packages', release.packages ?? [])
  return {
    ...release,
    targets: released,
    name: release.name ?? release.packages?.[0] ?? graph.rootPackage?.name,
    check: {
      ...release.check,
      integrationTests: release.check.integrationTests.filter((triple) => released.includes(triple)),
    },
  }
}

function checkMembers(graph: PackageGraph, key: string, names: readonly string[]): void {
  const members = graph.members.map(({ name }) => name)
  const unknown = names.find((name) => !members.includes(name))
  if (unknown === undefined) return
  const [near] = nearestNames(unknown, members, 1)
  throw new Cargo2NixError({
    code: 'bad-settings',
    path: graph.workspace.rootManifestPath,
    message: `metadata.cargo2nix.${key}: there is no member \`${unknown}\``,
    hint: `${near === undefined ? '' : `did you mean \`${near}\`? `}there are: ${members.join(', ')}`,
  })
}

/** The triples of a release, as far as the matrix has them; undefined without the table. */
export function releasedTargets({ release, targets, hosts }: Settings): readonly string[] | undefined {
  if (release === undefined) return undefined
  const matrix = new Set([...targets, ...hosts])
  return release.targets?.filter((triple) => matrix.has(triple)) ?? (targets.length > 0 ? targets : hosts)
}
