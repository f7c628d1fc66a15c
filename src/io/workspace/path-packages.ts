/**
 * All path packages that a workspace can reach: members, their `path` dependencies, and local patches.
 *
 * In: the members' manifests and the patches. Out: packages, keyed by the name and version in the lockfile.
 * Mirrors `build_path_deps` in `core/resolver/encode.rs` of cargo 0.96.
 */
import { dirname } from 'node:path'
import type { Dependency, Manifest } from '../../cargo/manifest/manifest.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { ManifestLoader } from '../manifests/manifest-loader.ts'

/**
 * Follows path dependencies from the members and the patches.
 *
 * @returns manifests, members first
 */
export function pathPackages(
  members: readonly string[],
  patches: readonly Dependency[],
  loader: ManifestLoader,
): readonly Manifest[] {
  const found = new Map<string, Manifest>()
  const isMember = new Set(members)
  const pending: Pending[] = members.map((path) => ({ path, from: undefined }))
  for (const { source } of patches) {
    if (source.kind === 'path') pending.push({ path: manifestIn(source.path), from: undefined })
  }
  // Grows meanwhile.
  for (const next of pending) {
    if (found.has(next.path)) continue
    const manifest = loadPackage(next, loader)
    found.set(next.path, manifest)
    for (const { source, nameInToml, kind } of manifest.dependencies) {
      // Only members are tested, so dev-dependencies of other packages may be missing.
      if (source.kind !== 'path' || (kind === 'development' && !isMember.has(next.path))) continue
      const path = manifestIn(source.path)
      if (!found.has(path)) pending.push({ path, from: { path: next.path, name: nameInToml } })
    }
  }
  return [...found.values()]
}

/** Of the package in an absolute, normalized directory. */
export function manifestIn(folder: string): string {
  return folder === '/' ? '/Cargo.toml' : `${folder}/Cargo.toml`
}

interface Pending {
  readonly path: string
  /** Which manifest names it, and under which name. */
  readonly from: { readonly path: string; readonly name: string } | undefined
}

function loadPackage({ path, from }: Pending, loader: ManifestLoader): Manifest {
  return from === undefined
    ? loader.package(path).manifest
    : pathPackageOf(dirname(path), from.name, from.path, loader)
}

/**
 * The package in a directory that the manifest `from` names as `name`.
 *
 * @throws Cargo2NixError about `from` if there is no manifest
 */
export function pathPackageOf(folder: string, name: string, from: string, loader: ManifestLoader): Manifest {
  const path = manifestIn(folder)
  try {
    return loader.package(path).manifest
  } catch (error) {
    throw missingDependency(error, path, from, name) ?? error
  }
}

/** True for the loader's error about that manifest, but not for one that blames it for a wrong `path`. */
export function isMissingManifest(error: unknown, path: string): boolean {
  if (!(error instanceof Cargo2NixError)) return false
  return error.code === 'file-missing' && error.path === path && error.cause === undefined
}

/** The error of a path dependency whose directory has no manifest; undefined for another error. */
export function missingDependency(
  error: unknown,
  path: string,
  from: string,
  name: string,
): Error | undefined {
  if (!isMissingManifest(error, path)) return undefined
  return new Cargo2NixError({
    code: 'file-missing',
    message: `the dependency \`${name}\` has its \`path\` where there is no manifest: ${path}`,
    path: from,
    hint: 'correct the `path`, or check out what is missing there (a git submodule?)',
    cause: error,
  })
}
