/**
 * Which version and class a build has as a release. `templates/release/release-version.nix` decides the same in Nix.
 *
 * In: the classes of the settings, and what is built. Out: version and class.
 */
import type { ReleaseClass } from './release-settings.ts'

/** What is built: a tag, a commit, or both. */
export interface ReleaseSource {
  readonly ref: string | null
  readonly commit: string | null
}

/** The directory of a release: the tag, else the commit, else `unreleased`. */
export function releaseVersion({ ref, commit }: ReleaseSource): string {
  return ref ?? commit ?? 'unreleased'
}

/** The name of the first class that matches; undefined: none does. */
export function releaseClass(classes: readonly ReleaseClass[], { ref }: ReleaseSource): string | undefined {
  return classes.find(({ pattern }) =>
    ref === null ? pattern === undefined : pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(ref),
  )?.name
}
