/**
 * Loads all packages that a workspace needs, and downloads those that the disk lacks.
 *
 * In: the lockfile, where packages are, and the platforms that matter. Out: packages with their manifests. If
 * some are not on disk, only those that one of these platforms needs; the others by name only. Cargo also
 * brings the registries' indexes.
 */
import { neededPackages } from '../../cargo/resolve/needed-packages.ts'
import type { Environment } from '../../cargo/config/config-reader.ts'
import type { LockedPackage } from '../../cargo/lockfile.ts'
import type { LoadedPackage, LocalWorkspace } from '../../cargo/workspace/workspace.ts'
import { Cargo2NixError } from '../../errors.ts'
import { fetchPackages } from './fetch-packages.ts'
import { loadLockedPackages, type LoadInput, type LockedPackages } from './locked-packages.ts'
import type { PackageSources } from './package-sources.ts'

export interface LoadOptions {
  readonly local: LocalWorkspace
  readonly cargoHome: string
  /** Looks at the disk again. */
  readonly openSources: () => PackageSources
  readonly env: Environment
  readonly offline: boolean
  readonly onProgress: (message: string) => void
  /** Rust triples; undefined: every platform. */
  readonly platforms: readonly string[] | undefined
}

export interface AllPackages {
  readonly packages: readonly LoadedPackage[]
  readonly absent: ReadonlySet<LockedPackage>
  /** Packages from registries whose index is not on disk, so that their manifests must do. */
  readonly unindexed: readonly LockedPackage[]
}

const MOST_NAMES = 5

/**
 * Loads them; lets cargo download what is missing. First what the platforms need by cargo's own rules; then,
 * if that is not enough, everything. That happens if a dependency depends on a target feature that our
 * settings could enable, or is an optional dependency of a dependency of a local package: the command line
 * could enable that.
 *
 * @throws Cargo2NixError `network` naming what is missing, if cargo may not or cannot download it
 */
export async function loadPackages(input: LoadInput, options: LoadOptions): Promise<AllPackages> {
  const { local, cargoHome, openSources, env, offline, onProgress } = options
  const platforms = platformsOf(options)
  const again = (): AllPackages | Missing =>
    whatIsNeeded(loadLockedPackages({ ...input, sources: openSources() }), input, local, platforms)
  const download = (limits: readonly string[], expected: number): Promise<void> =>
    fetchPackages({ root: local.root, env, cargoHome, platforms: limits, expected, onProgress })
  const first = whatIsNeeded(loadLockedPackages(input), input, local, platforms)
  if ('packages' in first) {
    if (first.unindexed.length === 0 || offline) return first
    onProgress("reading the registry's index: cargo fetch --locked")
    return withIndex(first, () => download(platforms ?? [], 0), again)
  }
  if (offline) throw notDownloaded(first.missing, input.lockfilePath)
  let { missing } = first
  for (const limits of platforms === undefined ? [[]] : [platforms, []]) {
    onProgress(`downloading ${namesOf(missing)}: cargo fetch --locked`)
    await download(limits, missing.length)
    const next = again()
    if ('packages' in next) return next
    missing = next.missing
  }
  throw notDownloaded(missing, input.lockfilePath)
}

/** Without a network, what the manifests say must do. */
async function withIndex(
  first: AllPackages,
  download: () => Promise<void>,
  again: () => AllPackages | Missing,
): Promise<AllPackages> {
  try {
    await download()
  } catch (error) {
    if (error instanceof Cargo2NixError) return first
    throw error
  }
  const next = again()
  return 'packages' in next ? next : first
}

/** What `generate` says about packages for which it had no index; one line, or none. */
export function unindexedWarnings(unindexed: readonly LockedPackage[]): readonly string[] {
  if (unindexed.length === 0) return []
  return [
    `the registry's index is not on this machine for ${namesOf(unindexed)}: dependencies and features are those of ` +
      'their manifests, which may differ; run `cargo fetch --locked` where there is a network',
  ]
}

interface Missing {
  readonly missing: readonly LockedPackage[]
}

/** Resolver 1 unifies the features that packages request on all platforms, so all of them are needed. */
function platformsOf({ local, platforms }: LoadOptions): readonly string[] | undefined {
  return local.resolver === '1' ? undefined : platforms
}

function whatIsNeeded(
  { packages, missing, unindexed }: LockedPackages,
  { lockfile }: LoadInput,
  { config }: LocalWorkspace,
  platforms: readonly string[] | undefined,
): AllPackages | Missing {
  if (missing.length === 0) return { packages, absent: new Set(), unindexed: [...unindexed] }
  if (platforms === undefined) return { missing }
  const needed = neededPackages(lockfile, packages, config, platforms)
  const lacking = missing.filter((locked) => needed.has(locked))
  if (lacking.length > 0) return { missing: lacking }
  // Unneeded packages may happen to be on disk while their own dependencies are not.
  const absent = new Set(lockfile.packages.filter((locked) => !needed.has(locked)))
  return {
    packages: packages.filter(({ locked }) => needed.has(locked)),
    absent,
    unindexed: [...unindexed].filter((locked) => needed.has(locked)),
  }
}

function namesOf(missing: readonly LockedPackage[]): string {
  const names = missing.slice(0, MOST_NAMES).map(({ name, version }) => `${name} ${version}`)
  const more = missing.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function notDownloaded(missing: readonly LockedPackage[], path: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'network',
    message: `not downloaded: ${namesOf(missing)}`,
    path,
    hint: 'run `cargo fetch --locked` where there is a network',
  })
}
