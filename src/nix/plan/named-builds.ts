/** Validates what named builds in the settings request; errors name the file and the build. */
import type { PackageGraph } from '../../cargo/resolve/package-graph.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { BuildSettings } from '../settings/settings.ts'
import type { PlannedProfile } from './plan-profiles.ts'

export interface PlannedBuild {
  readonly name: string
  /**
   * Crate keys of the members that it compiles; without members whose targets all require features that are
   * off.
   */
  readonly packages: readonly string[]
  readonly profile: string | undefined
}

/** Runs code that may refuse names in a named build's settings; its errors name the file and the build. */
export function ofBuild<T>({ workspace }: PackageGraph, name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Cargo2NixError) || error.code !== 'bad-argument') throw error
    throw new Cargo2NixError({
      code: 'bad-settings',
      path: workspace.rootManifestPath,
      message: `metadata.cargo2nix.builds.${name}: ${error.message}`,
      hint: error.hint,
      cause: error,
    })
  }
}

/**
 * The profiles, including those of the builds.
 *
 * @throws Cargo2NixError `bad-settings`, `bad-config`
 */
export function checkedProfiles(
  profiles: readonly PlannedProfile[],
  builds: readonly (readonly [string, BuildSettings])[],
  { workspace }: PackageGraph,
): readonly PlannedProfile[] {
  const names = profiles.map(({ name }) => name)
  for (const [build, { profile }] of builds) {
    if (profile === undefined || names.includes(profile)) continue
    const refused = workspace.config.refusedProfiles[profile]
    if (refused !== undefined) throw refused
    throw new Cargo2NixError({
      code: 'bad-settings',
      path: workspace.rootManifestPath,
      message: `metadata.cargo2nix.builds.${build}.profile: there is no profile \`${profile}\``,
      hint: `there are: ${names.join(', ')}`,
    })
  }
  return profiles
}
