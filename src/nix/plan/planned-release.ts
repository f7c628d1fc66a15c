/**
 * The tables `release` and `deploy` of the settings, checked against the workspace.
 *
 * In: ReleaseSettings, the members and the matrix, which flags may make smaller than the settings say. Out:
 * PlannedRelease, which Cargo.nix holds.
 */
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { Cargo2NixError } from '../../errors.ts'
import { nearestNames } from '../../nearest-names.ts'
import { isFileName } from '../settings/checked-setting.ts'
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
 * @throws Cargo2NixError `bad-settings` for a package or a binary that does not exist
 */
export function planOutputs(graph: PackageGraph, settings: Settings): PlannedOutputs {
  checkMembers(graph, 'deploy', Object.keys(settings.deploy))
  for (const [member, { program }] of Object.entries(settings.deploy)) {
    const names = program === undefined ? [] : [program]
    checkNames(graph, `deploy.${member}.program`, {
      names,
      known: binariesOf(graph, [member]),
      what: 'binary',
    })
  }
  return { release: planRelease(graph, settings), deploy: settings.deploy }
}

function planRelease(graph: PackageGraph, settings: Settings): PlannedRelease | undefined {
  const { release } = settings
  const released = releasedTargets(settings)
  if (release === undefined || released === undefined) return undefined
  checkMembers(graph, 'release.packages', release.packages ?? [])
  checkNames(graph, 'release.check.arguments', {
    names: Object.keys(release.check.arguments).filter((name) => name !== '*'),
    known: binariesOf(graph, release.packages),
    what: 'binary',
  })
  return {
    ...release,
    targets: released,
    name: nameOf(graph, release),
    check: {
      ...release.check,
      integrationTests: release.check.integrationTests.filter((triple) => released.includes(triple)),
    },
  }
}

/** Undefined: the first package with a binary names it, which may depend on the target. */
function nameOf(graph: PackageGraph, release: ReleaseSettings): string | undefined {
  const name = release.name ?? release.packages?.[0] ?? graph.rootPackage?.name
  if (name === undefined || isFileName(name)) return name
  throw new Cargo2NixError({
    code: 'bad-settings',
    path: graph.workspace.rootManifestPath,
    message: `metadata.cargo2nix.release.name: this key is missing, and \`${name}\` cannot name files of a release`,
    hint: 'write a name of letters from a to z, digits and `._+-`',
  })
}

function checkMembers(graph: PackageGraph, key: string, names: readonly string[]): void {
  checkNames(graph, key, { names, known: graph.members.map(({ name }) => name), what: 'member' })
}

/** The binaries of these members; undefined: of all. */
function binariesOf(graph: PackageGraph, packages: readonly string[] | undefined): readonly string[] {
  const members = graph.members.filter(({ name }) => packages?.includes(name) !== false)
  const targets = members.flatMap(({ manifest }) => manifest.targets)
  return targets.filter(({ kind }) => kind === 'bin').map(({ name }) => name)
}

interface Names {
  readonly names: readonly string[]
  readonly known: readonly string[]
  readonly what: 'member' | 'binary'
}

function checkNames(graph: PackageGraph, key: string, { names, known, what }: Names): void {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return
  const [near] = nearestNames(unknown, known, 1)
  throw new Cargo2NixError({
    code: 'bad-settings',
    path: graph.workspace.rootManifestPath,
    message: `metadata.cargo2nix.${key}: there is no ${what} \`${unknown}\``,
    hint: `${near === undefined ? '' : `did you mean \`${near}\`? `}there are: ${known.join(', ') || 'none'}`,
  })
}

/** The triples of a release, as far as the matrix has them; undefined without the table. */
export function releasedTargets({ release, targets, hosts }: Settings): readonly string[] | undefined {
  if (release === undefined) return undefined
  const matrix = new Set([...targets, ...hosts])
  return release.targets?.filter((triple) => matrix.has(triple)) ?? (targets.length > 0 ? targets : hosts)
}
