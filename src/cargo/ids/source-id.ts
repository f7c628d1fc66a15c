/**
 * Where a package comes from, and the strings that identify it in lockfiles and package IDs.
 *
 * Mirrors `core/source_id.rs`, `util/canonical_url.rs` and `cargo-util-schemas/src/core/source_kind.rs` of cargo 0.96.
 * Two sources are the same if kind, git reference and canonical URL are: the locked commit does not count.
 */
import { pathToFileURL } from 'node:url'

export type GitReference =
  { readonly kind: 'default' } | { readonly kind: 'branch' | 'tag' | 'rev'; readonly value: string }

export type SourceId =
  | { readonly kind: 'path'; /** Absolute folder of the package. */ readonly path: string }
  | {
      readonly kind: 'git'
      /** Without query and fragment, as a URL parser prints it. */
      readonly url: string
      readonly reference: GitReference
      /** The locked commit; undefined in a manifest. */
      readonly commit: string | undefined
    }
  | {
      /** `sparse` indexes have the prefix `sparse+` in their url; the last two are only replacements, and have a path. */
      readonly kind: 'registry' | 'sparse' | 'local-registry' | 'directory'
      readonly url: string
    }

/** How the query of a git source is written: percent-encoded since version 4 of the lockfile. */
export type SourceEncoding = 'encoded' | 'plain'

export const CRATES_IO_INDEX = 'https://github.com/rust-lang/crates.io-index'

export const CRATES_IO_SPARSE_INDEX = 'sparse+https://index.crates.io/'

export const CRATES_IO: SourceId = { kind: 'registry', url: CRATES_IO_INDEX }

/** True for both indexes of crates.io. */
export function isCratesIo(source: SourceId): boolean {
  if (source.kind === 'registry') return source.url === CRATES_IO_INDEX
  return source.kind === 'sparse' && source.url === CRATES_IO_SPARSE_INDEX
}

/** The source of a registry by the URL of its index. Undefined if it is not a URL. */
export function registrySource(index: string): SourceId | undefined {
  const url = parseUrl(index)
  if (url === undefined) return undefined
  return { kind: index.startsWith('sparse+') ? 'sparse' : 'registry', url: url.href }
}

/** The source of a git dependency by its URL. Undefined if it is not a URL (`git@host:path` is not). */
export function gitSource(text: string, reference: GitReference, commit?: string): SourceId | undefined {
  const url = parseUrl(text)
  if (url === undefined || !/^[^:]*:\//.test(url.href)) return undefined
  url.hash = ''
  url.search = ''
  return { kind: 'git', url: url.href, reference, commit }
}

/** Parses the `source` of a lockfile entry. Undefined if cargo does not know it. */
export function parseSourceId(text: string, encoding: SourceEncoding): SourceId | undefined {
  const plus = text.indexOf('+')
  const rest = text.slice(plus + 1)
  switch (plus === -1 ? '' : text.slice(0, plus)) {
    case 'registry':
      return registrySource(rest)
    case 'sparse':
      return registrySource(text)
    case 'git':
      return parseGitSource(rest, encoding)
    default:
      return undefined
  }
}

/** Prints a source like lockfiles and `cargo metadata`; undefined for a path, which has no such string. */
export function printSourceId(source: SourceId, encoding: SourceEncoding): string | undefined {
  switch (source.kind) {
    case 'path':
      return undefined
    case 'sparse':
      return source.url
    case 'git': {
      const commit = source.commit === undefined ? '' : `#${source.commit}`
      return `git+${source.url}${printReference(source.reference, encoding)}${commit}`
    }
    default:
      return `${source.kind}+${source.url}`
  }
}

/** The URL without kind, query and fragment; for a path its `file:` URL. */
export function sourceUrl(source: SourceId): string {
  return source.kind === 'path' ? pathToFileURL(source.path).href : source.url
}

/** The reference that a query names: `branch=main`. */
export function parseGitReference(query: string): GitReference {
  return referenceOf(new URLSearchParams(query))
}

/**
 * The part after the `?` of a git source, percent-encoded: `branch=main`; undefined for the default branch.
 */
export function gitReferenceQuery(reference: GitReference): string | undefined {
  const query = printReference(reference, 'encoded')
  return query === '' ? undefined : query.slice(1)
}

/** A string that two sources share if and only if cargo considers them the same source. */
export function sourceKey(source: SourceId): string {
  if (source.kind === 'path') return `path+${source.path}`
  const reference = source.kind === 'git' ? printReference(source.reference, 'encoded') : ''
  return `${source.kind}+${canonicalUrl(source.url)}${reference}`
}

export function sameSource(a: SourceId, b: SourceId): boolean {
  if (a === b) return true
  if (a.kind !== b.kind) return false
  // Usually both are the same registry, which can be seen without parsing URLs.
  if (a.kind !== 'path' && a.kind !== 'git' && a.url === (b as typeof a).url) return true
  return sourceKey(a) === sourceKey(b)
}

/** The URL that cargo compares sources by: no trailing slash, no `.git`, and GitHub in lower case. */
export function canonicalUrl(text: string): string {
  const url = parseUrl(text)
  if (url === undefined) return text
  const github = url.hostname === 'github.com'
  const path = (github ? url.pathname.toLowerCase() : url.pathname).replace(/\/$/, '').replace(/\.git$/, '')
  const scheme = github ? 'https:' : url.protocol
  const login = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : `:${url.password}`}@`
  return `${scheme}//${login}${url.host}${path}${url.search}`
}

function parseGitSource(text: string, encoding: SourceEncoding): SourceId | undefined {
  const [beforeHash = '', commit] = splitOnce(text, '#')
  const [address = '', query = ''] = splitOnce(beforeHash, '?')
  // Versions before 4 wrote a reference as is, so a `+` in it is not an encoded space
  // (rust-lang/cargo#11085).
  const pairs = new URLSearchParams(encoding === 'plain' ? query.replaceAll('+', '%2B') : query)
  return gitSource(address, referenceOf(pairs), commit)
}

function referenceOf(pairs: URLSearchParams): GitReference {
  let reference: GitReference = { kind: 'default' }
  for (const [key, value] of pairs) {
    if (key === 'branch' || key === 'ref') reference = { kind: 'branch', value }
    if (key === 'tag' || key === 'rev') reference = { kind: key, value }
  }
  return reference
}

function printReference(reference: GitReference, encoding: SourceEncoding): string {
  if (reference.kind === 'default') return ''
  if (encoding === 'plain') return `?${reference.kind}=${reference.value}`
  return `?${new URLSearchParams({ [reference.kind]: reference.value }).toString()}`
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
