/**
 * Finds a locked package's manifest on disk.
 *
 * In: a locked package with its source. Out: its manifest and a view of its files; undefined if the package
 * has not been downloaded.
 * Mirrors `sources/config.rs`, `sources/directory.rs` and `sources/registry/local.rs` of cargo 0.96;
 * registries and git repositories have their own files here.
 */
import { join } from 'node:path'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import type { SourceConfig } from '../../cargo/config/source-config.ts'
import { sourceKey, type SourceId } from '../../cargo/ids/source-id.ts'
import { readCrateArchive } from './crate-archive.ts'
import { packageIn, type FoundPackage } from './found-package.ts'
import { gitPackages, type GitPackage } from './git-checkouts.ts'
import { indexFileOf, type IndexFile } from './registry-index.ts'
import { refuseOtherChecksum, registryPackages } from './registry-packages.ts'
import { checkVendored, vendoredPackages, type VendoredPackages } from './vendored-packages.ts'

export interface PackageSources {
  /** Undefined for a package that is not on disk. */
  readonly find: (locked: LockedPackage & { readonly source: SourceId }) => FoundPackage | undefined
  /** The file of its registry's index, where the index is on disk. */
  readonly indexFile: (locked: LockedPackage & { readonly source: SourceId }) => IndexFile | undefined
  /** Whether every checkout has the directory, so that Nix can take packages from it. */
  readonly isShared: (folder: string) => boolean
}

/** Opens cargo's home, with source replacement applied as configured. */
export function packageSources(
  config: SourceConfig,
  cargoHome: string,
  isShared: PackageSources['isShared'],
): PackageSources {
  const places = new Map<SourceId, readonly Place[]>()
  const vendored = new Map<string, VendoredPackages>()
  const registries = registryPackages(join(cargoHome, 'registry'))
  const git = gitPackages(join(cargoHome, 'git', 'checkouts'))
  const vendoredIn = (folder: string): VendoredPackages => {
    const packages = vendored.get(folder) ?? vendoredPackages(folder)
    vendored.set(folder, packages)
    return packages
  }
  // Packages in the workspace are looked up twice: by `check`, and to read them.
  const vendoredFound = new Map<string, FoundPackage | undefined>()
  const vendoredOnce = (folder: string, locked: LockedPackage, shared: boolean): FoundPackage | undefined => {
    const key = `${folder} ${locked.name} ${locked.version} ${locked.checksum}`
    if (!vendoredFound.has(key)) vendoredFound.set(key, vendoredPackage(vendoredIn(folder), locked, shared))
    return vendoredFound.get(key)
  }
  const find = (locked: LockedPackage, { source, isEverybodys }: Place): FoundPackage | undefined => {
    switch (source.kind) {
      case 'directory':
        return vendoredOnce(source.url, locked, isEverybodys && isShared(source.url))
      case 'local-registry':
        return fromLocalRegistry(locked, source.url, isEverybodys && isShared(source.url))
      case 'registry':
      case 'sparse':
        return registries.find(source.url, locked)
      case 'git':
        return inCheckout(git.find(source, locked.name, locked.version))
      default:
        return inFolder(source.path)
    }
  }
  const indexFile = (locked: LockedPackage, source: SourceId): IndexFile | undefined => {
    if (source.kind === 'local-registry') return indexFileOf([join(source.url, 'index')], locked, 'lines')
    return source.kind === 'registry' || source.kind === 'sparse'
      ? registries.indexFile(source.url, locked)
      : undefined
  }
  const placesOfSource = (source: SourceId): readonly Place[] => {
    const known = places.get(source) ?? placesOf(config, source)
    places.set(source, known)
    return known
  }
  return {
    isShared,
    find: (locked) => firstOf(placesOfSource(locked.source), (place) => find(locked, place)),
    indexFile: (locked) => firstOf(placesOfSource(locked.source), ({ source }) => indexFile(locked, source)),
  }
}

function firstOf<T, R>(all: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

/** Where packages of a source may be, and whether every checkout is configured to use that place. */
interface Place {
  readonly source: SourceId
  readonly isEverybodys: boolean
}

function placesOf(config: SourceConfig, source: SourceId): readonly Place[] {
  const everybodys = sourceKey(config.replacementOf(source))
  return config
    .placesOf(source)
    .map((place) => ({ source: place, isEverybodys: sourceKey(place) === everybodys }))
}

function vendoredPackage(
  vendored: VendoredPackages,
  locked: LockedPackage,
  isShared: boolean,
): FoundPackage | undefined {
  const folder = vendored.find(locked.name, locked.version)
  if (folder === undefined) return undefined
  checkVendored(folder, locked)
  return { ...packageIn(folder), replacement: { kind: 'folder', path: folder, isShared } }
}

function inFolder(folder: string | undefined): FoundPackage | undefined {
  return folder === undefined ? undefined : packageIn(folder)
}

function inCheckout(found: GitPackage | undefined): FoundPackage | undefined {
  return found && { ...packageIn(found.folder), checkout: found.checkout }
}

/** A local registry keeps archives next to its index; nothing says where cargo unpacks them. */
function fromLocalRegistry(
  locked: LockedPackage,
  registry: string,
  isShared: boolean,
): FoundPackage | undefined {
  const folder = join(registry, `${locked.name}-${locked.version}`)
  const archive = `${folder}.crate`
  const found = readCrateArchive(archive, folder)
  if (found !== undefined) refuseOtherChecksum(archive, locked)
  const index = indexFileOf([join(registry, 'index')], locked, 'lines') ?? 'missing'
  return found && { ...found, index, replacement: { kind: 'archive', path: archive, isShared } }
}
