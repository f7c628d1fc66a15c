/**
 * The profiles of the workspace as settings for the generated Nix to look up.
 *
 * In: PackageGraph. Out: for every profile its settings by role: for members, for dependencies if they
 * differ, and for packages with their own settings.
 */
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { Cargo2NixError } from '../../errors.ts'
import { profileKey, profileMaker, type Profile } from '../../cargo/units/profile.ts'
import type { Role } from './points.ts'

export type ProfileByRole = Readonly<Record<Exclude<Role, 'artifact'>, Profile>>

export interface PlannedProfile {
  readonly name: string
  readonly members: ProfileByRole
  /** Undefined if dependencies use the settings of members. */
  readonly dependencies: ProfileByRole | undefined
  /** Packages with other settings than both, by crate key. */
  readonly packages: readonly (readonly [key: string, settings: ProfileByRole])[]
}

const BUILT_IN = ['dev', 'release', 'test', 'bench']

/** The profile of build scripts' dependencies is looked up for a non-Apple target; see `profile-args.nix`. */
const ANY_PLATFORM = 'x86_64-unknown-linux-gnu'

/**
 * Computes every profile that can be selected.
 *
 * @throws Cargo2NixError `bad-manifest` for profiles that cargo refuses.
 */
export function planProfiles(
  graph: PackageGraph,
  keys: ReadonlyMap<Package, string>,
): readonly PlannedProfile[] {
  const { profiles, config } = graph.workspace
  const required = new Set([...BUILT_IN, ...Object.keys(profiles)])
  const names = new Set([...required, ...Object.keys(config.profile)])
  names.delete('doc')
  const isUsable = (name: string): boolean => required.has(name) || isDefined(graph, name)
  return [...names]
    .toSorted()
    .filter(isUsable)
    .map((name) => planProfile(graph, keys, name))
}

/** A profile only in the configuration may be incomplete: cargo refuses it only if it is requested. */
function isDefined(graph: PackageGraph, name: string): boolean {
  try {
    profileMaker(graph, name, ANY_PLATFORM)
    return true
  } catch (error) {
    if (error instanceof Cargo2NixError) return false
    throw error
  }
}

function planProfile(graph: PackageGraph, keys: ReadonlyMap<Package, string>, name: string): PlannedProfile {
  const maker = profileMaker(graph, name, ANY_PLATFORM)
  const byRole = (item: Package): ProfileByRole => ({
    host: maker.profileFor(item, { isForHost: false, panic: 'as-profile', kind: ANY_PLATFORM }),
    build: maker.profileFor(item, { isForHost: true, panic: 'unwind', kind: ANY_PLATFORM }),
  })
  const plain = (item: Package): boolean => !maker.hasOverride(item)
  const member = [...keys.keys()].find((item) => item.isMember && plain(item))
  const dependency = [...keys.keys()].find((item) => !item.isMember && plain(item))
  // Nothing is compiled if every binary requires a feature that is off.
  const members = byRole(member ?? dependency ?? [...keys.keys()][0] ?? graph.packages[0]!)
  const others = dependency === undefined ? members : byRole(dependency)
  const packages: [string, ProfileByRole][] = []
  for (const [item, key] of keys) {
    if (!plain(item)) packages.push([key, byRole(item)])
  }
  return {
    name,
    members,
    dependencies: isSame(members, others) ? undefined : others,
    packages: packages.toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

/** Whether two packages are compiled alike; ignores incremental compilation, which Nix does not have. */
export function isSame(a: ProfileByRole, b: ProfileByRole): boolean {
  const key = (profile: Profile): string =>
    profileKey({ ...profile, incremental: false }) + profile.strip.deferred
  return key(a.host) === key(b.host) && key(a.build) === key(b.build)
}
