/**
 * Manifests of the lockfile's packages read from vendored directories, where they may have been changed.
 *
 * In: the lockfile and the sources that the configuration replaces. Out: for each package, what its manifest
 * is parsed from, in the lockfile's order. No other directory is read.
 */
import { relative } from 'node:path'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import type { SourceConfig } from '../../cargo/config/source-config.ts'
import { listFolder } from '../manifests/directory-files.ts'
import { readText } from '../read-text.ts'
import type { VendoredManifest } from '../../cargo/workspace/workspace.ts'
import type { PackageSources } from './package-sources.ts'

/**
 * A package in a directory that every checkout has is identified by its path relative to the workspace root,
 * any other by its name: that directory may be elsewhere. An archive is read only if it matches the
 * lockfile's checksum.
 */
export function vendoredManifests(
  root: string,
  packages: readonly LockedPackage[],
  config: SourceConfig,
  sources: PackageSources,
): readonly VendoredManifest[] {
  return packages.flatMap(({ source, ...locked }): readonly VendoredManifest[] => {
    const place = source && config.replacementOf(source)
    if (place?.kind !== 'directory' && place?.kind !== 'local-registry') return []
    const id = `${locked.name}-${locked.version}`
    const isShared = sources.isShared(place.url)
    if (place.kind === 'local-registry')
      return isShared ? [[`${relative(root, place.url)}/${id}`, '', []]] : []
    const found = sources.find({ ...locked, source: place })?.folder
    if (found === undefined) return []
    return [
      [
        isShared ? relative(root, found) : id,
        readText(`${found}/Cargo.toml`),
        discoverable(found, locked.name),
      ],
    ]
  })
}

/** Of what cargo finds by name, only what matters in a package that is not a member. */
const DISCOVERED: ReadonlySet<string> = new Set(['build.rs', 'README', 'README.md', 'README.txt'])

/** Sorted. In edition 2015 the library may be named like the package. */
function discoverable(folder: string, name: string): readonly string[] {
  const sources = new Set(['lib.rs', 'main.rs', 'bin', `${name}.rs`, `${name.replaceAll('-', '_')}.rs`])
  const namesIn = (path: string, wanted: ReadonlySet<string>): readonly string[] =>
    listFolder(path).flatMap(({ name: each }) => (wanted.has(each) ? [each] : []))
  return [
    ...namesIn(folder, DISCOVERED).toSorted(),
    ...namesIn(`${folder}/src`, sources)
      .toSorted()
      .map((each) => `src/${each}`),
  ]
}
