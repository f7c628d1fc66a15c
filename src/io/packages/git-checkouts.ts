/**
 * Packages of git dependencies, in the checkouts that cargo keeps.
 *
 * In: a git source with its commit. Out: the directory of a package by its name and version.
 * Mirrors `sources/git/source.rs` (`<repository>-<hash>/<short commit>`) and `RecursivePathSource` in
 * `sources/path.rs` of cargo 0.96: of two packages with one name and version the first one counts.
 * Assumes that a commit determines what is in a checkout, whichever URL it came from.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SourceId } from '../../cargo/ids/source-id.ts'
import { isTable, type TomlTable, type TomlValue } from '../../cargo/toml-value.ts'
import { listFolder } from '../manifests/directory-files.ts'
import { readToml } from '../manifests/toml.ts'

export type GitSourceId = SourceId & { readonly kind: 'git' }

/** Absolute directories. */
export interface GitPackage {
  readonly folder: string
  readonly checkout: string
}

export interface GitPackages {
  readonly find: (source: GitSourceId, name: string, version: string) => GitPackage | undefined
}

/** @param checkouts the directory `git/checkouts` in cargo's home */
export function gitPackages(checkouts: string): GitPackages {
  const known = new Map<string, ReadonlyMap<string, string>>()
  return {
    find: ({ url, commit }, name, version) => {
      const checkout = commit === undefined ? undefined : findCheckout(checkouts, url, commit)
      if (checkout === undefined) return undefined
      const packages = known.get(checkout) ?? packagesIn(checkout)
      known.set(checkout, packages)
      const folder = packages.get(`${name} ${version}`)
      return folder === undefined ? undefined : { folder, checkout }
    },
  }
}

function findCheckout(checkouts: string, url: string, commit: string): string | undefined {
  const path = new URL(url).pathname.replace(/\/$/, '')
  const repository = (path.split('/').at(-1) ?? '').replace(/\.git$/, '').toLowerCase() || '_empty'
  const folders = listFolder(checkouts).filter(({ name }) => nameOf(name).toLowerCase() === repository)
  for (const { name } of folders) {
    for (const { name: revision } of listFolder(join(checkouts, name))) {
      const checkout = join(checkouts, name, revision)
      const isRevision = revision.length >= 7 && commit.startsWith(revision)
      if (isRevision && existsSync(`${checkout}/.cargo-ok`)) return checkout
    }
  }
  return undefined
}

/** `cargo` of `cargo-0123456789abcdef`. */
function nameOf(folder: string): string {
  return folder.replace(/-[0-9a-f]{16}(-shallow)?$/, '')
}

/** Directories by `NAME VERSION`. */
function packagesIn(checkout: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visited = new Set<string>()
  const visit = (folder: string): void => {
    if (visited.has(folder)) return
    visited.add(folder)
    const document = readable(join(folder, 'Cargo.toml'))
    const id = document && packageId(document, folder, checkout)
    if (document === undefined || id === undefined) return
    if (!found.has(id)) found.set(id, folder)
    for (const path of pathsIn(document)) visit(join(folder, path))
  }
  walk(checkout, checkout, visit)
  return found
}

/** All directories with a manifest, sorted by name; skips hidden ones, submodules and `target`. */
function walk(folder: string, checkout: string, visit: (folder: string) => void): void {
  const entries = listFolder(folder)
  const isSubmodule = folder !== checkout && entries.some(({ name }) => name === '.git')
  if (isSubmodule) return
  const hasManifest = entries.some(({ name }) => name === 'Cargo.toml')
  if (hasManifest) visit(folder)
  const names = entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
  for (const name of names.sort()) {
    const isHidden = name.startsWith('.') || (name === 'target' && hasManifest)
    if (!isHidden) walk(join(folder, name), checkout, visit)
  }
}

function packageId(document: TomlTable, folder: string, checkout: string): string | undefined {
  const table = document['package'] ?? document['project']
  if (!isTable(table) || typeof table['name'] !== 'string') return undefined
  const version = versionOf(table['version'], folder, checkout)
  return version === undefined ? undefined : `${table['name']} ${version}`
}

function versionOf(version: TomlValue | undefined, folder: string, checkout: string): string | undefined {
  if (version === undefined) return '0.0.0'
  return typeof version === 'string' ? version.trim() : inheritedVersion(folder, checkout)
}

/** The version of the nearest workspace around a directory. */
function inheritedVersion(folder: string, checkout: string): string | undefined {
  const workspace = readable(join(folder, 'Cargo.toml'))?.['workspace']
  const table = isTable(workspace) ? workspace['package'] : undefined
  if (isTable(table) && typeof table['version'] === 'string') return table['version'].trim()
  return folder === checkout ? undefined : inheritedVersion(dirname(folder), checkout)
}

const TABLES = ['dependencies', 'build-dependencies', 'dev-dependencies']

/** The `path`s of all dependencies: only these lead to packages in submodules. */
function pathsIn(document: TomlTable): readonly string[] {
  const target = document['target']
  const platforms = isTable(target) ? Object.values(target).filter(isTable) : []
  const tables = [document, ...platforms].flatMap((table) => TABLES.map((key) => table[key]).filter(isTable))
  return tables.flatMap((table) =>
    Object.values(table).flatMap((value) => {
      const path = isTable(value) ? value['path'] : undefined
      return typeof path === 'string' ? [path] : []
    }),
  )
}

/** A repository may hold manifests that are not TOML: test fixtures, templates. Cargo skips them. */
function readable(path: string): TomlTable | undefined {
  try {
    return readToml(path, 'bad-manifest')
  } catch {
    return undefined
  }
}
