/**
 * Joins every package of the lockfile to its manifest.
 *
 * In: the lockfile, the path packages, and where other packages are. Out: `LoadedPackage`s in the lockfile's
 * order, and the packages that are not on disk.
 */
import type { LockedPackage, Lockfile } from '../../cargo/lockfile.ts'
import type { Manifest } from '../../cargo/manifest/manifest.ts'
import { withIndexEntry } from '../../cargo/manifest/index-entry.ts'
import { parseManifest } from '../../cargo/manifest/parse-manifest.ts'
import {
  restoreManifest,
  storeManifest,
  type PackagePlace,
  type StoredManifest,
} from '../../cargo/manifest/stored-manifest.ts'
import type { SourceConfig } from '../../cargo/config/source-config.ts'
import type { SourceId } from '../../cargo/ids/source-id.ts'
import { documentPlace } from '../../cargo/toml-value.ts'
import { checkRootTables } from '../../cargo/workspace/root-tables.ts'
import type { LoadedPackage } from '../../cargo/workspace/workspace.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { FoundPackage } from './found-package.ts'
import type { ManifestCache } from '../manifests/manifest-cache.ts'
import { once } from '../../once.ts'
import type { ManifestLoader } from '../manifests/manifest-loader.ts'
import type { PackageSources } from './package-sources.ts'
import { readIndexEntry } from './registry-index.ts'
import { parseToml, readToml } from '../manifests/toml.ts'

export interface LoadInput {
  readonly lockfile: Lockfile
  readonly lockfilePath: string
  readonly pathPackages: readonly Manifest[]
  readonly sources: PackageSources
  readonly loader: ManifestLoader
  readonly config: SourceConfig
  readonly cache: ManifestCache
}

export interface LockedPackages {
  /** Leaves out path packages that are gone, and packages that `[replace]` replaces: neither is needed. */
  readonly packages: readonly LoadedPackage[]
  readonly missing: readonly LockedPackage[]
  /** Packages from registries whose index is not on disk, so that their manifests must do. */
  readonly unindexed: ReadonlySet<LockedPackage>
}

type RemotePackage = LockedPackage & { readonly source: SourceId }

/**
 * Loads all manifests.
 *
 * @throws Cargo2NixError `lockfile-outdated` for a path package whose version has changed
 */
export function loadLockedPackages(input: LoadInput): LockedPackages {
  const local = new Map(input.pathPackages.toReversed().map((manifest) => [idOf(manifest), manifest]))
  const packages: LoadedPackage[] = []
  const missing: LockedPackage[] = []
  const unindexed = new Set<LockedPackage>()
  for (const locked of input.lockfile.packages) {
    if (locked.replace !== undefined) continue
    const loaded = isRemote(locked) ? loadRemote(locked, input, unindexed) : loadLocal(locked, local, input)
    if (loaded !== undefined) packages.push(loaded)
    else if (isRemote(locked)) missing.push(locked)
  }
  return { packages, missing, unindexed }
}

function isRemote(locked: LockedPackage): locked is RemotePackage {
  return locked.source !== undefined
}

function idOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`
}

/** Cargo drops a locked path package that it cannot find, and guesses if exactly one package has the name. */
function loadLocal(
  locked: LockedPackage,
  local: ReadonlyMap<string, Manifest>,
  { lockfilePath, pathPackages }: LoadInput,
): LoadedPackage | undefined {
  const manifest = local.get(idOf(locked))
  if (manifest !== undefined) {
    return { locked, manifest, source: { kind: 'path', path: folderOf(manifest.manifestPath) } }
  }
  const [sameName, ...others] = pathPackages.filter(({ name }) => name === locked.name)
  if (sameName === undefined || others.length > 0) return undefined
  throw new Cargo2NixError({
    code: 'lockfile-outdated',
    message: `\`${idOf(locked)}\` is locked, but ${sameName.manifestPath} has version ${sameName.version}`,
    path: lockfilePath,
    hint: 'run `cargo update --workspace`',
  })
}

function loadRemote(
  locked: RemotePackage,
  input: LoadInput,
  unindexed: Set<LockedPackage>,
): LoadedPackage | undefined {
  const found = input.sources.find(locked)
  if (found === undefined) return undefined
  const { manifest, isIndexed } = cachedManifest(found, locked, input)
  if (!isIndexed) unindexed.add(locked)
  if (manifest.name !== locked.name || manifest.version !== locked.version) {
    throw new Cargo2NixError({
      code: 'bad-manifest',
      message: `the manifest is of ${idOf(manifest)}, where the lockfile expects ${idOf(locked)}`,
      path: found.manifestPath,
      hint: 'remove the folder, and let `cargo fetch --locked` or `cargo vendor` bring the package again',
    })
  }
  return { locked, manifest, source: locked.source, checkout: found.checkout, replacement: found.replacement }
}

/** The manifest from the cache, if the package is one that does not change. */
function cachedManifest(found: FoundPackage, locked: RemotePackage, input: LoadInput): IndexedManifest {
  const { stamp, manifestPath, folder } = found
  const { checksum, source } = locked
  if (stamp === undefined || checksum === undefined) return readManifest(found, locked, input)
  const place = { manifestPath, folder, source }
  const cached = input.cache.find(checksum, stamp)
  const restored = cached && restoredManifest(cached, place, locked)
  const isMissing = found.index === 'missing'
  if (restored !== undefined) return { manifest: restored, isIndexed: !isMissing }
  const { manifest, isIndexed, refersToOthers } = readManifest(found, locked, input)
  // A file of the index without the entry is out of date, and its stamp says nothing.
  const stored = refersToOthers || !(isIndexed || isMissing) ? undefined : storeManifest(manifest, place)
  if (stored !== undefined) input.cache.keep(checksum, stamp, stored)
  return { manifest, isIndexed }
}

/** Undefined if the cached value is not a manifest of the package; the manifest is read again then. */
function restoredManifest(
  stored: StoredManifest,
  place: PackagePlace,
  locked: RemotePackage,
): Manifest | undefined {
  try {
    const manifest = restoreManifest(stored, place)
    return idOf(manifest) === idOf(locked) &&
      Array.isArray(manifest.dependencies) &&
      Array.isArray(manifest.targets)
      ? manifest
      : undefined
  } catch {
    return undefined
  }
}

interface IndexedManifest {
  readonly manifest: Manifest
  /** False for a package from a registry whose index is not on disk. */
  readonly isIndexed: boolean
}

interface ReadManifest extends IndexedManifest {
  /** The workspace or the configuration affected the manifest. */
  readonly refersToOthers: boolean
}

function readManifest(
  found: FoundPackage,
  locked: RemotePackage,
  { loader, config }: LoadInput,
): ReadManifest {
  const { manifestPath, folder, files, manifestText } = found
  const document =
    manifestText === undefined
      ? readToml(manifestPath, 'bad-manifest')
      : parseToml(manifestText, manifestPath, 'bad-manifest')
  if (document === undefined) {
    throw new Cargo2NixError({
      code: 'file-missing',
      message: `the folder of ${idOf(locked)} has no manifest`,
      path: manifestPath,
      hint: 'remove the folder, and let `cargo fetch --locked` bring the package again',
    })
  }
  let refersToOthers = false
  const refer = <T>(answer: T): T => {
    refersToOthers = true
    return answer
  }
  const { source } = locked
  const registryIndex = (name: string): string | undefined => refer(config.registryIndex(name))
  const inherit = once(() => refer(loader.inheritable(manifestPath)))
  const { manifest } = parseManifest(document, {
    manifestPath,
    folder,
    source,
    files,
    inherit,
    registryIndex,
  })
  const place = documentPlace(manifestPath, 'bad-manifest')
  // The configuration may allow unstable keys of profiles, which do not count here anyway.
  checkRootTables(document, place, { folder, source, registryIndex, isOn: () => true })
  return { ...asIndexed(manifest, found, locked), refersToOthers }
}

/** Without the index's entry, two packages that link one library are noticed only if both are compiled. */
function asIndexed(manifest: Manifest, { index }: FoundPackage, locked: RemotePackage): IndexedManifest {
  if (index === undefined) return { manifest, isIndexed: true }
  const entry = index === 'missing' ? undefined : readIndexEntry(index, locked)
  if (index === 'missing' || entry === undefined)
    return { manifest: { ...manifest, resolverLinks: undefined }, isIndexed: false }
  const place = { path: index.path, source: locked.source }
  return { manifest: withIndexEntry(manifest, entry, place), isIndexed: true }
}

function folderOf(manifestPath: string): string {
  return manifestPath.slice(0, -'/Cargo.toml'.length)
}
