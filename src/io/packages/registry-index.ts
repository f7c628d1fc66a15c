/**
 * What a registry's index says about packages, as far as cargo keeps it on this machine.
 *
 * In: the directories of one index, and a locked package. Out: its entry, unparsed.
 * Cargo caches what it has read of an index, one file per package name: a version, a NUL byte, the JSON of its
 * entry, a NUL byte, and so on. The index of a local registry has one line of JSON per version.
 * Mirrors `sources/registry/index/cache.rs`, `sources/registry/local.rs` and `cargo-util/src/registry.rs` of
 * cargo 0.96.
 */
import { parseIndexEntry, type IndexEntry } from '../../cargo/manifest/index-entry.ts'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import { Cargo2NixError } from '../../errors.ts'
import { statusOf } from '../manifests/directory-files.ts'
import { readFileIfAny } from '../read-file.ts'

/** A file of an index that may have the entry of a package. */
export interface IndexFile {
  readonly path: string
  /** Changes whenever the file does. */
  readonly stamp: string
  /** NUL bytes in cargo's cache, line breaks in a local registry. */
  readonly form: 'cached' | 'lines'
}

/** The first of the directories that has a file for the package's name. */
export function indexFileOf(
  folders: readonly string[],
  { name }: LockedPackage,
  form: IndexFile['form'],
): IndexFile | undefined {
  const relative = indexPath(name.toLowerCase())
  for (const folder of folders) {
    const path = `${folder}/${relative}`
    const status = statusOf(path)
    if (status !== undefined) return { path, stamp: `${status.size} ${status.mtimeMs}`, form }
  }
  return undefined
}

function indexPath(name: string): string {
  if (name.length < 3) return `${name.length}/${name}`
  return name.length === 3 ? `3/${name[0]}/${name}` : `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`
}

/**
 * The package's entry; undefined if the file has none, because it is older than the version or damaged.
 *
 * @throws Cargo2NixError `bad-lockfile` if it has another checksum than the lockfile, as in cargo
 */
export function readIndexEntry(
  { path, form }: IndexFile,
  { name, version, checksum }: LockedPackage,
): IndexEntry | undefined {
  const bytes = readFileIfAny(path, 'bad-manifest')
  if (bytes === undefined) return undefined
  const id = `${name} ${version}`
  for (const text of form === 'cached' ? cachedEntry(bytes, version) : linesWith(bytes, version)) {
    const entry = parseIndexEntry(text, id, path)
    if (entry?.name !== name || entry.vers !== version) continue
    if (checksum === undefined || entry.cksum === checksum) return entry
    throw otherChecksum(id, path, checksum, entry.cksum)
  }
  return undefined
}

function cachedEntry(bytes: Buffer, version: string): readonly string[] {
  const key = `\0${version}\0`
  const at = bytes.indexOf(key)
  if (at === -1) return []
  const start = at + Buffer.byteLength(key)
  const end = bytes.indexOf(0, start)
  return [bytes.toString('utf8', start, end === -1 ? bytes.length : end)]
}

function linesWith(bytes: Buffer, version: string): readonly string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.includes(JSON.stringify(version)))
}

function otherChecksum(id: string, path: string, locked: string, found: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-lockfile',
    path,
    message: `\`${id}\` is locked with the checksum ${locked}, but the registry's index has ${found}`,
    hint: 'the registry or the lockfile was changed: see which, then `cargo update` or restore the lockfile',
  })
}
