/**
 * Where a locked package's manifest lies on the disk.
 *
 * In: a locked package with its source. Out: its manifest's text and a view of its files, or undefined when the
 * package has not been downloaded.
 * Mirrors the layout of `sources/registry`, `sources/directory.rs` and `sources/git` of cargo 0.96.
 * Assumes that a folder named `<name>-<version>` below a registry's host holds that package; where several
 * registries of one host have it, the downloaded archive with the locked checksum decides.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LockedPackage } from '../cargo/lockfile.ts'
import type { PackageFiles } from '../cargo/package-files.ts'
import type { SourceConfig } from '../cargo/source-config.ts'
import type { SourceId } from '../cargo/source-id.ts'
import { readCrateArchive } from './crate-archive.ts'
import { directoryFiles, listFolder } from './directory-files.ts'
import { gitPackages, type GitPackages } from './git-checkouts.ts'
import { vendoredPackages, type VendoredPackages } from './vendored-packages.ts'

/** A package found on the disk. */
export interface FoundPackage {
  /** Absolute; for an archive the path that it would have unpacked. */
  readonly manifestPath: string
  readonly folder: string
  /** Undefined where the manifest must be read from `manifestPath`. */
  readonly manifestText: string | undefined
  readonly files: PackageFiles
}

export interface PackageSources {
  /** Undefined for a package that is not on the disk. */
  readonly find: (locked: LockedPackage & { readonly source: SourceId }) => FoundPackage | undefined
}

/** Opens cargo's home, with the replaced sources of the configuration. */
export function packageSources(config: SourceConfig, cargoHome: string): PackageSources {
  const replacements = new Map<SourceId, SourceId>()
  const vendored = new Map<string, VendoredPackages>()
  const registries = registryFolders(cargoHome)
  const git: GitPackages = gitPackages(join(cargoHome, 'git', 'checkouts'))
  return {
    find: (locked) => {
      const source = replacements.get(locked.source) ?? config.replacementOf(locked.source)
      replacements.set(locked.source, source)
      switch (source.kind) {
        case 'directory': {
          const packages = vendored.get(source.url) ?? vendoredPackages(source.url)
          vendored.set(source.url, packages)
          return inFolder(packages.find(locked.name, locked.version))
        }
        case 'local-registry':
          return fromLocalRegistry(locked, source.url)
        case 'registry':
        case 'sparse':
          return fromRegistry(locked, registries(source.url))
        case 'git':
          return inFolder(git.find(source, locked.name, locked.version))
        default:
          return inFolder(source.path)
      }
    },
  }
}

function inFolder(folder: string | undefined): FoundPackage | undefined {
  if (folder === undefined) return undefined
  return {
    manifestPath: `${folder}/Cargo.toml`,
    folder,
    manifestText: undefined,
    files: directoryFiles(folder),
  }
}

interface RegistryFolder {
  /** Where packages are unpacked. */
  readonly sources: string
  /** Where archives are kept. */
  readonly cache: string
}

/** The folders of a registry in cargo's home: `HOST-HASH`, of which several may exist for a host. */
function registryFolders(cargoHome: string): (index: string) => readonly RegistryFolder[] {
  const sources = join(cargoHome, 'registry', 'src')
  const cache = join(cargoHome, 'registry', 'cache')
  const names = new Set([...listFolder(sources), ...listFolder(cache)].map(({ name }) => name))
  const known = new Map<string, readonly RegistryFolder[]>()
  return (index) => {
    const found =
      known.get(index) ??
      foldersOf(index, [...names]).map((name) => ({ sources: join(sources, name), cache: join(cache, name) }))
    known.set(index, found)
    return found
  }
}

function foldersOf(index: string, names: readonly string[]): readonly string[] {
  const host = new URL(index.replace(/^sparse\+/, '')).hostname
  // Cargo fetches crates.io from its sparse index unless the configuration says `git`.
  const hosts = index === 'https://github.com/rust-lang/crates.io-index' ? ['index.crates.io', host] : [host]
  const withHost = (wanted: string): readonly string[] =>
    names.filter((name) => name.slice(0, name.lastIndexOf('-')) === wanted).sort()
  return hosts.flatMap(withHost)
}

function fromRegistry(locked: LockedPackage, folders: readonly RegistryFolder[]): FoundPackage | undefined {
  const name = `${locked.name}-${locked.version}`
  const holding = folders.filter(
    ({ sources, cache }) =>
      existsSync(`${sources}/${name}/.cargo-ok`) || existsSync(`${cache}/${name}.crate`),
  )
  const candidates =
    holding.length < 2 ? holding : holding.filter((folder) => isLockedArchive(folder, name, locked))
  const folder = candidates[0] ?? holding[0]
  if (folder === undefined) return undefined
  const unpacked = `${folder.sources}/${name}`
  return existsSync(`${unpacked}/.cargo-ok`)
    ? inFolder(unpacked)
    : readCrateArchive(`${folder.cache}/${name}.crate`, unpacked)
}

/** A local registry has archives beside its index; nothing says where cargo unpacks them. */
function fromLocalRegistry({ name, version }: LockedPackage, registry: string): FoundPackage | undefined {
  const folder = join(registry, `${name}-${version}`)
  return readCrateArchive(`${folder}.crate`, folder)
}

function isLockedArchive({ cache }: RegistryFolder, name: string, { checksum }: LockedPackage): boolean {
  const archive = `${cache}/${name}.crate`
  return existsSync(archive) && createHash('sha256').update(readFileSync(archive)).digest('hex') === checksum
}
