/**
 * Packages of git dependencies, in the checkouts that cargo keeps.
 *
 * In: a git source with its commit. Out: the folder of a package by its name and version.
 * Mirrors `sources/git/source.rs` (`<repository>-<hash>/<short commit>`) and `RecursivePathSource` in
 * `sources/path.rs` of cargo 0.96.
 * Assumes that a commit says what is in a checkout, whichever address it came from.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceId } from '../cargo/source-id.ts'
import { isTable, type TomlTable, type TomlValue } from '../cargo/toml-value.ts'
import { listFolder } from './directory-files.ts'
import { readToml } from './toml.ts'

export type GitSourceId = SourceId & { readonly kind: 'git' }

export interface GitPackages {
  readonly find: (source: GitSourceId, name: string, version: string) => string | undefined
}

/** A manifest in a checkout, before it is known whether it is the one. */
interface Candidate {
  readonly folder: string
  readonly name: string
  /** Undefined where the workspace says it. */
  readonly version: string | undefined
}

/** @param checkouts the folder `git/checkouts` in cargo's home */
export function gitPackages(checkouts: string): GitPackages {
  const candidates = new Map<string, readonly Candidate[]>()
  return {
    find: ({ url, commit }, name, version) => {
      const checkout = commit === undefined ? undefined : findCheckout(checkouts, url, commit)
      if (checkout === undefined) return undefined
      const known = candidates.get(checkout) ?? candidatesIn(checkout, checkout)
      candidates.set(checkout, known)
      const named = known.filter((candidate) => candidate.name === name)
      const exact = named.find((candidate) => candidate.version === version)
      return (exact ?? named.find((candidate) => candidate.version === undefined))?.folder
    },
  }
}

function findCheckout(checkouts: string, url: string, commit: string): string | undefined {
  const identity = (new URL(url).pathname.replace(/\/$/, '').split('/').at(-1) ?? '').replace(/\.git$/, '')
  const repositories = listFolder(checkouts).filter(
    ({ name }) => nameOf(name).toLowerCase() === identity.toLowerCase(),
  )
  const revisions = repositories.flatMap(({ name }) =>
    listFolder(join(checkouts, name)).map((revision) => ({
      path: join(checkouts, name, revision.name),
      short: revision.name,
    })),
  )
  return revisions.find(
    ({ path, short }) => short.length >= 7 && commit.startsWith(short) && existsSync(`${path}/.cargo-ok`),
  )?.path
}

/** `cargo` of `cargo-0123456789abcdef`. */
function nameOf(folder: string): string {
  return folder.slice(0, folder.lastIndexOf('-'))
}

/** All packages below a folder; hidden folders, `target` and nested repositories are left out. */
function candidatesIn(folder: string, checkout: string): readonly Candidate[] {
  const entries = listFolder(folder)
  const own = entries.some(({ name }) => name === 'Cargo.toml') ? candidateOf(folder) : []
  const below = entries.filter(({ name, isDirectory }) => {
    if (!isDirectory || name.startsWith('.')) return false
    return !(name === 'target' && folder === checkout)
  })
  return [...own, ...below.flatMap(({ name }) => candidatesIn(join(folder, name), checkout))]
}

function candidateOf(folder: string): readonly Candidate[] {
  const document = readable(join(folder, 'Cargo.toml'))
  const table = document?.['package'] ?? document?.['project']
  if (!isTable(table) || typeof table['name'] !== 'string') return []
  return [{ folder, name: table['name'], version: versionOf(table['version']) }]
}

function versionOf(version: TomlValue | undefined): string | undefined {
  if (isTable(version)) return undefined
  return typeof version === 'string' ? version.trim() : '0.0.0'
}

/** A repository may hold manifests that are no TOML: fixtures of tests, templates. Cargo passes over them. */
function readable(path: string): TomlTable | undefined {
  try {
    return readToml(path, 'bad-manifest')
  } catch {
    return undefined
  }
}
