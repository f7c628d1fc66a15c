/**
 * Reads a workspace as cargo reads it.
 *
 * In: a directory or a manifest's path, and the environment. Out: `CargoWorkspace`, comparable with `cargo
 * metadata`.
 * Mirrors `Workspace::new` in `core/workspace.rs` and what `ops/resolve.rs` does with a lockfile, of cargo 0.96.
 * Runs no code from the workspace, and runs cargo only to download what the lockfile names and the disk
 * lacks.
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { configWarnings, customNames, isTurnedOn, toCargoConfig } from '../../cargo/workspace/config.ts'
import { configReader, type ConfigReader, type Environment } from '../../cargo/config/config-reader.ts'
import { missingLockfile, parseLockfile, type Lockfile } from '../../cargo/lockfile.ts'
import type { Manifest } from '../../cargo/manifest/manifest.ts'
import { resolverOf } from '../../cargo/workspace/resolver-version.ts'
import { readSourceConfig, withPlacesOf } from '../../cargo/config/source-config.ts'
import type { SourceId } from '../../cargo/ids/source-id.ts'
import { KNOWN_TARGETS } from '../../cargo/platform/target-table.ts'
import { nightlyFeatures } from '../../cargo/workspace/nightly-features.ts'
import { allowedKeys, parseProfiles, type AllowedKeys } from '../../cargo/workspace/toml-profile.ts'
import { lockfilePathOf } from '../../cargo/workspace/lockfile-path.ts'
import type {
  CargoConfig,
  CargoWorkspace,
  LoadedPackage,
  LocalWorkspace,
} from '../../cargo/workspace/workspace.ts'
import { workspaceWarnings } from '../../cargo/workspace/workspace-warnings.ts'
import { Cargo2NixError } from '../../errors.ts'
import { textHash, manifestHash } from '../../nix/plan/workspace-hashes.ts'
import { countingVariables, sharedFolders, targetsNamed } from '../../nix/settings/settings.ts'
import { once } from '../../once.ts'
import { readText } from '../read-text.ts'
import { shortened } from '../../printable.ts'
import { rulesDigest } from '../../rules-digest.ts'
import { loadPackages, unindexedWarnings, type AllPackages } from '../packages/load-packages.ts'
import { linkedFolders } from './linked-folders.ts'
import { indexStamp } from '../packages/index-stamp.ts'
import type { LoadInput } from '../packages/locked-packages.ts'
import { manifestCache, manifestCacheFolder } from '../manifests/manifest-cache.ts'
import { manifestLoader, type ManifestLoader } from '../manifests/manifest-loader.ts'
import { packageSources, type PackageSources } from '../packages/package-sources.ts'
import { registryDownloads } from '../packages/registry-downloads.ts'
import { pathPackages } from './path-packages.ts'
import { withCustomTargets } from './custom-targets.ts'
import { patchesOf, readPatching, type Patching } from './read-patching.ts'
import { readConfigFiles, type StandIn } from './read-config.ts'
import { withStd } from './read-std.ts'
import { readToml } from '../manifests/toml.ts'
import { readSharedConfig, repositoryTop, variablesLeftAside, type LeftAside } from './shared-config.ts'
import { parseToolchainFile, toolchainFilesFrom, type FoundToolchainFile } from './read-toolchain-file.ts'
import { vendoredManifests } from '../packages/vendored-manifests.ts'
import { refuseMissingOverrides } from './path-overrides.ts'
import { findManifest } from './find-manifest.ts'
import { findMembers, type WorkspaceMembers } from './workspace-members.ts'

export interface ReadWorkspaceOptions {
  /** Path of a `Cargo.toml`; by default the nearest one from `cwd` upward. */
  readonly manifestPath?: string
  /** Absolute. Configuration is searched for from here upward, as in cargo. */
  readonly cwd: string
  readonly env: Environment
  /**
   * `shared`: only the configuration and variables that every checkout has. Default: all that cargo would
   * read.
   */
  readonly configuration?: 'shared' | 'everything'
  /** Never run cargo: a package that is not on disk is an error. */
  readonly offline?: boolean
  readonly onProgress?: (message: string) => void
  /** For a directory that contains `cwd`. */
  readonly standIn?: StandIn
  /** Targets named on the command line; those of JSON files are read. */
  readonly targets?: readonly string[]
}

/** A workspace without the packages that its lockfile takes from elsewhere. */
export interface OpenedWorkspace {
  readonly local: LocalWorkspace
  /** Settings of this machine that are ignored. */
  readonly leftAside: readonly LeftAside[]
  /**
   * Reads the other packages, too; throws if one of them is neither on disk nor available. Packages that no
   * platform (a Rust triple) needs are not downloaded; undefined: for all platforms. Only a nightly cargo compiles
   * the standard library along.
   */
  readonly load: (platforms?: readonly string[], cargo?: 'stable' | 'nightly') => Promise<CargoWorkspace>
  /** Where registries serve the locked packages, as far as this machine knows; keyed by index. */
  readonly downloads: () => Promise<ReadonlyMap<string, string>>
  /** Whether files with this digest were generated with the registries' indexes as they are on this machine. */
  readonly isMadeOfIndexes: (digest: string) => boolean
  /** Remembers that they were. */
  readonly keepMadeOfIndexes: (digest: string) => void
}

/**
 * Reads the workspace that a manifest belongs to.
 *
 * @throws Cargo2NixError for everything that cargo would refuse, naming file and key
 */
export async function readWorkspace(options: ReadWorkspaceOptions): Promise<CargoWorkspace> {
  return readLocalWorkspace(options).load()
}

/**
 * Reads the workspace itself: manifests of path packages, the lockfile, the configuration.
 *
 * @throws Cargo2NixError for everything in it that cargo would refuse
 */
export function readLocalWorkspace(options: ReadWorkspaceOptions): OpenedWorkspace {
  const { cwd, env } = options
  const cargoHome = resolve(cwd, env['CARGO_HOME'] ?? join(env['HOME'] ?? homedir(), '.cargo'))
  const machine = configReader(readConfigFiles(cwd, cargoHome, options.standIn), env, cwd)
  const isOn = (feature: string): boolean => isTurnedOn(machine, feature)
  const loader = manifestLoader({ registryIndex: (name) => config.registryIndex(name) }, cargoHome, isOn)
  const manifestPath = findManifest(options)
  const root = rootFolder(manifestPath, loader)
  const toolchainFiles = toolchainFilesFrom(root, repositoryTop(root, options.standIn))
  const shared =
    options.configuration === 'shared'
      ? readSharedConfig({ ...options, root, cargoHome, toolchainFiles })
      : undefined
  const toolchain = parseToolchainFile(shared?.toolchainFiles ?? toolchainFiles)
  const config =
    shared === undefined
      ? readSourceConfig(machine)
      : withPlacesOf(readSourceConfig(configReader(shared.table, {}, cwd)), readSourceConfig(machine))
  const members = findMembers(manifestPath, loader)
  const settings = settingsOf(members.root, loader)
  const counting = countingVariables(settings)
  const reader =
    shared === undefined ? machine : configReader(shared.table, variablesNamed(counting, env), cwd)
  const patching = readPatching(members, reader, config, loader)
  const allowed = allowedKeys(members.root.document, members.root.place, (name) => isTurnedOn(reader, name))
  const names = { named: options.targets ?? [], ofSettings: targetsNamed(settings), cwd, env }
  const custom = customNames([...names.named, ...names.ofSettings])
  const written = toCargoConfig(reader, [...KNOWN_TARGETS, ...custom], allowed)
  const cargoConfig = withCustomTargets(written, names, members.root.path)
  refuseMissingOverrides(reader)
  const lockfilePath = lockfilePathOf(members.root.folder, cargoConfig)
  const isShared = sharedFolders(settings, members.root.folder)
  const openSources = (): PackageSources => packageSources(config, cargoHome, isShared)
  const input: LoadInput = {
    lockfile: readLockfile(lockfilePath),
    lockfilePath,
    pathPackages: pathPackages(members.members, patching.dependencies, loader),
    sources: openSources(),
    loader,
    config,
    cache: manifestCache(manifestCacheFolder(env), rulesDigest),
  }
  const local = localWorkspace(members, patching, input, { cargoConfig, allowed }, settings, toolchain)
  const indexes = once(() => indexStamp(input.lockfile.packages, input.sources))
  return {
    local,
    isMadeOfIndexes: (digest) => indexes() === undefined || input.cache.isMadeOf(digest, indexes()!),
    keepMadeOfIndexes: (digest) => {
      if (indexes() !== undefined) input.cache.keepMadeOf(digest, indexes()!)
    },
    downloads: () => registryDownloads(downloadedSources(input), cargoHome),
    leftAside: shared === undefined ? [] : [...shared.leftAside, ...variablesLeftAside(env, counting)],
    load: async (platforms, cargo = 'stable') => {
      const loaded = await loadPackages(input, {
        local,
        cargoHome,
        openSources,
        env,
        offline: options.offline === true || isOffline(machine),
        onProgress: options.onProgress ?? (() => {}),
        platforms,
      })
      const workspace = refuseDisabled(
        assemble({
          // What everybody has does not depend on the directory where the program was started.
          manifestPath: shared === undefined ? manifestPath : members.root.path,
          members,
          local,
          loaded,
          downloads: await registryDownloads(neededSources(loaded.packages), cargoHome),
          loader,
          reader,
          lockfilePath,
          toolchain,
          cargo,
        }),
      )
      return withStd(workspace, cargo, env, (std) => patchesOf(std, reader, config))
    },
  }
}

/** Cargo ignores a value of another type. */
function isOffline(reader: ConfigReader): boolean {
  const value = reader.environment['CARGO_NET_OFFLINE']
  if (value !== undefined) return value === 'true'
  const written = reader.value(['net', 'offline'])
  return written?.kind === 'scalar' && written.value === true
}

function rootFolder(manifestPath: string, loader: ManifestLoader): string {
  const root = loader.workspaceRoot(manifestPath) ?? manifestPath
  if (root === manifestPath || existsSync(root)) return dirname(root)
  throw new Cargo2NixError({
    code: 'bad-manifest',
    path: manifestPath,
    message: `\`package.workspace\`: there is no manifest ${shortened(root)}`,
    hint: 'correct the path, or remove the key',
  })
}

function variablesNamed(names: ReadonlySet<string>, env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.has(name)))
}

/** Sources of locked packages, except those that a directory replaces. */
function downloadedSources({ lockfile, config }: LoadInput): ReadonlySet<SourceId> {
  const sources = lockfile.packages.flatMap(({ source }) => source ?? [])
  return new Set(
    sources.filter((source) => !['directory', 'local-registry'].includes(config.replacementOf(source).kind)),
  )
}

/** The registries that Nix will need to fetch from. */
function neededSources(packages: readonly LoadedPackage[]): ReadonlySet<SourceId> {
  return new Set(
    packages.filter(({ replacement }) => replacement?.isShared !== true).map(({ source }) => source),
  )
}

function readLockfile(path: string): Lockfile {
  const document = readToml(path, 'bad-lockfile')
  if (document === undefined) throw missingLockfile(path)
  return parseLockfile(document, path)
}

function localWorkspace(
  { root, members }: WorkspaceMembers,
  { patches, replacements }: Patching,
  { lockfile, lockfilePath, pathPackages: found, loader, config, sources }: LoadInput,
  { cargoConfig, allowed }: { readonly cargoConfig: CargoConfig; readonly allowed: AllowedKeys },
  settings: unknown,
  toolchain: FoundToolchainFile,
): LocalWorkspace {
  const rootManifest = root.isPackage ? loader.package(root.path).manifest : undefined
  return {
    root: root.folder,
    rootManifestPath: root.path,
    lockfile,
    lockHash: textHash(readText(lockfilePath)),
    manifestHashes: manifestHashes(root, found),
    memberManifests: members.map((path) => checkedMember(path, loader)),
    pathPackages: found,
    linkedFolders: linkedFolders(root.folder, found),
    resolver: resolverOf(rootManifest, root.workspace, root.place),
    patches,
    replacements,
    profiles: parseProfiles(root.document, root.place, allowed),
    config: cargoConfig,
    settings,
    toolchainFile: toolchain.file,
    vendored: vendoredManifests(root.folder, lockfile.packages, config, sources),
  }
}

function manifestHashes(
  root: WorkspaceMembers['root'],
  packages: readonly Manifest[],
): Readonly<Record<string, string>> {
  const paths = new Set([root.path, ...packages.map(({ manifestPath }) => manifestPath)])
  return Object.fromEntries(
    [...paths]
      .map((path) => [relative(root.folder, path), path] as const)
      // Nix may not look outside a flake.
      .filter(([name]) => !name.startsWith('../'))
      .map(([name, path]) => [name, manifestHash(readText(path))]),
  )
}

/** The table of our settings, unparsed. */
function settingsOf(root: WorkspaceMembers['root'], loader: ManifestLoader): unknown {
  const own = root.isPackage ? loader.package(root.path).manifest.settings : undefined
  return root.workspace?.settings ?? withoutInclude(own)
}

/** In a package's own table, `include` is not the workspace's setting. */
function withoutInclude(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null) return settings
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'include'))
}

interface Parts {
  readonly manifestPath: string
  readonly members: WorkspaceMembers
  readonly local: LocalWorkspace
  readonly lockfilePath: string
  readonly loaded: AllPackages
  readonly downloads: ReadonlyMap<string, string>
  readonly loader: ManifestLoader
  readonly reader: ConfigReader
  readonly toolchain: FoundToolchainFile
  readonly cargo: 'stable' | 'nightly'
}

function assemble(parts: Parts): CargoWorkspace {
  const { members, loaded, loader, reader } = parts
  const { packages } = loaded
  const { memberManifests, pathPackages: _, ...local } = parts.local
  const { root } = members
  const indices = new Map(packages.map(({ manifest }, index) => [manifest.manifestPath, index]))
  const indexOf = (path: string): number => indices.get(path) ?? notLocked(path, loader, parts.lockfilePath)
  return {
    ...local,
    ...loaded,
    downloads: parts.downloads,
    members: members.members.map(indexOf),
    defaultMembers: members.defaultMembers.map(indexOf),
    rootPackage: root.isPackage ? indexOf(root.path) : undefined,
    currentPackage: loader.document(parts.manifestPath).isPackage ? indexOf(parts.manifestPath) : undefined,
    warnings: [
      ...unindexedWarnings(loaded.unindexed),
      ...configWarnings(reader, parts.cargo),
      ...parts.toolchain.warnings,
      ...workspaceWarnings(root, memberManifests, local.lockfile, (path) => loader.document(path).document),
    ],
  }
}

/** Cargo refuses a manifest with unstable keys that the configuration does not allow. */
function refuseDisabled(workspace: CargoWorkspace): CargoWorkspace {
  nightlyFeatures(workspace)
  return workspace
}

/** A member that cargo would complain about only when building it. */
function checkedMember(path: string, loader: ManifestLoader): Manifest {
  const { manifest, problems } = loader.package(path)
  if (problems.length === 0) return manifest
  throw new Cargo2NixError({
    code: 'bad-manifest',
    message: problems.join('; '),
    path,
    hint: 'correct the target, or remove it',
  })
}

function notLocked(path: string, loader: ManifestLoader, lockfilePath: string): never {
  const { name, version } = loader.package(path).manifest
  throw new Cargo2NixError({
    code: 'lockfile-outdated',
    message: `the member \`${name} ${version}\` is not in the lockfile`,
    path: lockfilePath,
    hint: 'run `cargo update --workspace`',
  })
}
