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
import { indexFileOf } from './registry-index.ts'
import { refuseOtherChecksum, registryPackages } from './registry-packages.ts'
import { checkVendored, vendoredPackages, type VendoredPackages } from './vendored-packages.ts'

export interface PackageSources {
  /** Undefined for a package that is not on disk. */
  readonly find: (locked: LockedPackage & { readonly source: SourceId }) => FoundPackage | undefined
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
  return {
    isShared,
    find: (locked) => {
      const known = places.get(locked.source) ?? placesOf(config, locked.source)
      places.set(locked.source, known)
      for (const place of known) {
        const found = find(locked, place)
        if (found !== undefined) return found
      }
      return undefined
    },
  }
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
