/**
 * Packages from registries, in the directories of cargo's home: unpacked, or else in their archive.
 *
 * In: a registry's index and a locked package. Out: where the package is, or undefined.
 * Mirrors the layout of `sources/registry` of cargo 0.96: `registry/{src,cache}/HOST-HASH/NAME-VERSION`, and the
 * index in `registry/index/HOST-HASH`.
 * Before 1.85, cargo computed a different hash. So any directory for the right host is taken as the
 * registry's, unless there are several; then the archive in it must have the locked checksum.
 */
import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import { registryFolderName } from '../../cargo/ids/registry-folder.ts'
import { CRATES_IO_INDEX, CRATES_IO_SPARSE_INDEX } from '../../cargo/ids/source-id.ts'
import { Cargo2NixError } from '../../errors.ts'
import { readFileIfAny } from '../read-file.ts'
import { readCrateArchive } from './crate-archive.ts'
import { listFolder } from '../manifests/directory-files.ts'
import { packageIn, type FoundPackage } from './found-package.ts'
import { indexFileOf, type IndexFile } from './registry-index.ts'
import { once, onceEach } from '../../once.ts'

export interface RegistryPackages {
  readonly find: (index: string, locked: LockedPackage) => FoundPackage | undefined
  /** The file of cargo's cache that may have the package's entry. */
  readonly indexFile: (index: string, locked: LockedPackage) => IndexFile | undefined
}

interface RegistryFolders {
  readonly packages: readonly RegistryFolder[]
  readonly indexFile: (locked: LockedPackage) => IndexFile | undefined
}

interface RegistryFolder {
  /** Where packages are unpacked. */
  readonly sources: string
  /** Where archives are kept. */
  readonly cache: string
  /** False where the directory may be another registry's. */
  readonly isKnown: boolean
}

/**
 * Cargo's directories for crates.io: sparse and git index, each with the hash from before and since Rust
 * 1.85.
 */
const CRATES_IO_FOLDERS = [
  'index.crates.io-1949cf8c6b5b557f',
  'index.crates.io-6f17d22bba15001f',
  'github.com-25cdd57fae9f0462',
  'github.com-1ecc6299db9ec823',
]

/** @param registry the directory `registry` in cargo's home */
export function registryPackages(registry: string): RegistryPackages {
  const sources = join(registry, 'src')
  const cache = join(registry, 'cache')
  const listed = [...listFolder(sources), ...listFolder(cache)].map(({ name }) => name)
  const names = [...new Set(listed)].sort()
  const foldersOfIndex = onceEach((index: string): RegistryFolders => {
    const packages = foldersOf(index, names, sources, cache)
    const all = isCratesIo(index) ? CRATES_IO_FOLDERS : packages.map((folder) => basename(folder.sources))
    const indexes = all.map((name) => join(registry, 'index', name, '.cache'))
    return { packages, indexFile: onceEach((locked) => indexFileOf(indexes, locked, 'cached')) }
  })
  return {
    find: (index, locked) => findIn(foldersOfIndex(index), locked),
    indexFile: (index, locked) => foldersOfIndex(index).indexFile(locked),
  }
}

function isCratesIo(index: string): boolean {
  return index === CRATES_IO_INDEX || index === CRATES_IO_SPARSE_INDEX
}

function foldersOf(
  index: string,
  names: readonly string[],
  sources: string,
  cache: string,
): readonly RegistryFolder[] {
  const ofCratesIo = isCratesIo(index) ? CRATES_IO_FOLDERS.filter((name) => names.includes(name)) : []
  const host = new URL(index.replace(/^sparse\+/, '')).hostname
  const kind = index.startsWith('sparse+') ? 'sparse' : 'registry'
  const exact = names.filter((name) => name === registryFolderName({ kind, url: index }))
  const known = ofCratesIo.length > 0 ? ofCratesIo : exact
  const ofHost = names.filter((name) => name.slice(0, name.lastIndexOf('-')) === host)
  const chosen = known.length > 0 ? known : ofHost
  const isKnown = known.length > 0 || ofHost.length === 1
  return chosen.map((name) => ({ sources: join(sources, name), cache: join(cache, name), isKnown }))
}

function findIn(
  { packages: folders, indexFile }: RegistryFolders,
  locked: LockedPackage,
): FoundPackage | undefined {
  const index = (): Index => indexFile(locked) ?? 'missing'
  const name = `${locked.name}-${locked.version}`
  const usable = ({ isKnown, cache }: RegistryFolder): boolean =>
    isKnown || isLockedArchive(cache, name, locked)
  for (const folder of folders) {
    const unpacked = `${folder.sources}/${name}`
    if (existsSync(`${unpacked}/.cargo-ok`) && usable(folder)) return stamped(packageIn(unpacked), index())
  }
  for (const folder of folders) {
    const archive = `${folder.cache}/${name}.crate`
    if (!existsSync(archive) || !usable(folder)) continue
    return packageInArchive(archive, `${folder.sources}/${name}`, locked, index())
  }
  return undefined
}

type Index = IndexFile | 'missing'

function stamped(found: FoundPackage, index: Index): FoundPackage {
  const stamp = stampOf(found.manifestPath)
  return stamp === undefined ? { ...found, index } : { ...found, index, stamp: withIndex(stamp, index) }
}

/** Another entry in the index can mean other dependencies. */
function withIndex(stamp: string, index: Index): string {
  return `${stamp} ${index === 'missing' ? '-' : index.stamp}`
}

/** The archive is read only when its contents are needed. */
function packageInArchive(
  archive: string,
  folder: string,
  locked: LockedPackage,
  index: Index,
): FoundPackage {
  const open = once(() => {
    refuseOtherChecksum(archive, locked)
    return readCrateArchive(archive, folder) ?? gone(archive)
  })
  return {
    manifestPath: `${folder}/Cargo.toml`,
    folder,
    index,
    stamp: withIndex(stampOf(archive) ?? gone(archive), index),
    get manifestText() {
      return open().manifestText
    },
    get files() {
      return open().files
    },
  }
}

function gone(archive: string): never {
  throw new Cargo2NixError({
    code: 'file-missing',
    path: archive,
    message: 'another program removed it',
    hint: 'run this again',
  })
}

/** Cargo keeps the archive's timestamps when it unpacks, so a package has the same stamp on every machine. */
function stampOf(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false })
  return status && `${status.size} ${status.mtimeMs}`
}

function isLockedArchive(cache: string, name: string, { checksum }: LockedPackage): boolean {
  const archive = `${cache}/${name}.crate`
  return existsSync(archive) && checksumOf(archive) === checksum
}

function checksumOf(archive: string): string {
  return createHash('sha256')
    .update(readFileIfAny(archive, 'bad-lockfile') ?? '')
    .digest('hex')
}

/** @throws Cargo2NixError `bad-lockfile` if the archive does not match the lockfile */
export function refuseOtherChecksum(archive: string, { name, version, checksum }: LockedPackage): void {
  const found = checksumOf(archive)
  if (checksum === undefined || found === checksum) return
  throw new Cargo2NixError({
    code: 'bad-lockfile',
    message: `\`${name} ${version}\` is locked with the checksum ${checksum}, but its archive has ${found}`,
    path: archive,
    hint: 'remove the archive and run `cargo fetch --locked`; if they still differ, the registry or the lockfile was changed',
  })
}
