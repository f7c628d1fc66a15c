/**
 * The table `release` of the settings, checked against the workspace.
 *
 * In: ReleaseSettings, the members, the named builds and the matrix. Out: PlannedRelease, which Cargo.nix holds.
 */
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { Cargo2NixError } from '../../errors.ts'
import { nearestNames } from '../../nearest-names.ts'
import type { ReleaseSettings } from '../settings/release-settings.ts'
import type { Settings } from '../settings/settings.ts'

export interface PlannedRelease extends ReleaseSettings {
  readonly targets: readonly string[]
}

/**
 * Fills in the defaults that depend on the workspace.
 *
 * @throws Cargo2NixError `bad-settings` for a package, build or target that does not exist
 */
export function planRelease(graph: PackageGraph, settings: Settings): PlannedRelease | undefined {
  const { release, builds, hosts, targets } = settings
  if (release === undefined) return undefined
  const { rootManifestPath } = graph.workspace
  const check = (key: string, what: string, names: readonly string[], known: readonly string[]): void => {
    const unknown = names.find((name) => !known.includes(name))
    if (unknown === undefined) return
    const [near] = nearestNames(unknown, known, 1)
    const missing = key.endsWith('targets') || key.endsWith('tests') ? 'add it to `targets`; ' : ''
    throw new Cargo2NixError({
      code: 'bad-settings',
      path: rootManifestPath,
      message: `metadata.cargo2nix.release.${key}: there is no ${what} \`${unknown}\``,
      hint: `${near === undefined ? '' : `did you mean \`${near}\`? `}${missing}there are: ${known.join(', ')}`,
    })
  }
  const members = graph.members.map(({ name }) => name)
  const all = [...new Set([...targets, ...hosts])]
  const released = release.targets ?? (targets.length > 0 ? targets : hosts)
  check('packages', 'member', release.packages ?? [], members)
  check('build', 'named build', [release.build], Object.keys(builds))
  check('targets', 'target', released, all)
  check('check.integration-tests', 'target', release.check.integrationTests, released)
  return {
    ...release,
    targets: released,
    name: release.name ?? release.packages?.[0] ?? graph.rootPackage?.name,
  }
}
