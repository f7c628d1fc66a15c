/**
 * What of the lockfile's packages is read from directories of vendored packages, where it may have been changed.
 *
 * In: the lockfile and the sources that the configuration replaces. Out: for each package what its manifest is parsed from,
 * in the lockfile's order. No other directory is looked at.
 */
import { relative } from 'node:path'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import type { SourceConfig } from '../../cargo/config/source-config.ts'
import { listFolder } from '../manifests/directory-files.ts'
import { readText } from '../read-text.ts'
import type { VendoredManifest } from '../../cargo/workspace/workspace.ts'
import type { PackageSources } from './package-sources.ts'

/**
 * A package in a directory that every checkout has goes by its path relative to the root of the workspace, any other by
 * its name: where that directory is may differ. An archive is read only as the lockfile's checksum has it.
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

/** What cargo finds by its name, of what matters in a package that is no member. */
const DISCOVERED: ReadonlySet<string> = new Set(['build.rs', 'README', 'README.md', 'README.txt'])

/** Sorted. The library of edition 2015 may be named like the package. */
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
