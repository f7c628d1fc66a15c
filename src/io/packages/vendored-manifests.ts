/**
 * What of the lockfile's packages lies vendored in a folder that everybody has, and so may be changed there.
 *
 * In: the lockfile and the replaced sources. Out: paths and manifests, in the lockfile's order: no other folder is looked
 * at.
 */
import { relative } from 'node:path'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import type { SourceConfig } from '../../cargo/config/source-config.ts'
import type { PackageSources } from './package-sources.ts'
import { readText } from '../read-text.ts'

/** Paths relative to the root of the workspace, with the text of the manifest; that of an archive cannot change. */
export function vendoredManifests(
  root: string,
  packages: readonly LockedPackage[],
  config: SourceConfig,
  sources: PackageSources,
): readonly (readonly [path: string, manifest: string])[] {
  return packages.flatMap(({ source, ...locked }) => {
    const place = source && config.replacementOf(source)
    if (place?.kind !== 'directory' && place?.kind !== 'local-registry') return []
    if (!sources.isShared(place.url)) return []
    if (place.kind === 'local-registry')
      return [[`${relative(root, place.url)}/${locked.name}-${locked.version}`, ''] as const]
    const found = sources.find({ ...locked, source: place })?.folder
    return found === undefined ? [] : [[relative(root, found), readText(`${found}/Cargo.toml`)] as const]
  })
}
