/**
 * Package ID specifications: how cargo's JSON, `--package` and profile overrides name packages.
 *
 * Mirrors `cargo-util-schemas/src/core/package_id_spec.rs` and `core/package_id_spec.rs` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import { gitReferenceQuery, parseGitReference, sourceUrl, type SourceId } from './source-id.ts'

export interface PackageIdSpec {
  readonly name: string
  /** One to three numbers, or a full version. */
  readonly version: string | undefined
  /** Without kind, query and fragment. */
  readonly url: string | undefined
  /** `git`, `registry`, `sparse` or `path`, if the text names one. */
  readonly sourceKind: string | undefined
  /** The query of a `git+` URL (`branch=main`); undefined if there is none. */
  readonly query: string | undefined
}

/** The specification that names exactly one package, as `--unit-graph` and `cargo metadata` print it. */
export function packageIdSpec(name: string, version: string, source: SourceId): string {
  const url = sourceUrl(source)
  const query = source.kind === 'git' ? gitReferenceQuery(source.reference) : undefined
  // A sparse index already has its kind in its URL.
  const kind = source.kind === 'sparse' ? '' : `${source.kind}+`
  const lastSegment = url.replace(/\/$/, '/ ').split('/').at(-1)
  const named = lastSegment === name ? '#' : `#${name}@`
  return `${kind}${url}${query === undefined ? '' : `?${query}`}${named}${version}`
}

const SOURCE_KINDS = ['git', 'registry', 'sparse', 'path']

const VERSION = /^\d+(\.\d+(\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?)?$/

/**
 * Parses the text after `--package` or a key of `[profile.X.package]`.
 *
 * @throws Cargo2NixError `bad-argument` if it is not one.
 */
export function parsePackageIdSpec(text: string): PackageIdSpec {
  if (!text.includes('://')) {
    const { name, version } = splitName(text, text)
    return { name, version, url: undefined, sourceKind: undefined, query: undefined }
  }
  const [beforeFragment, fragment] = splitAt(text, '#')
  const [address, query] = splitAt(beforeFragment, '?')
  const scheme = address.slice(0, address.indexOf('://'))
  const plus = scheme.indexOf('+')
  const sourceKind = plus < 0 ? undefined : scheme.slice(0, plus)
  if (query !== undefined && sourceKind !== 'git') throw noSpec(text)
  if (sourceKind !== undefined && !SOURCE_KINDS.includes(sourceKind)) throw noSpec(text)
  const url = sourceKind === undefined || sourceKind === 'sparse' ? address : address.slice(plus + 1)
  const lastSegment = address.split('/').at(-1) ?? ''
  const named =
    fragment === undefined
      ? splitName(lastSegment, text)
      : VERSION.test(fragment)
        ? { name: lastSegment, version: fragment }
        : splitName(fragment, text)
  const reference = sourceKind === 'git' ? gitReferenceQuery(parseGitReference(query ?? '')) : query
  return { ...named, url: URL.canParse(url) ? new URL(url).href : url, sourceKind, query: reference }
}

/** One spelling for each specification: `bar:1.0` becomes `bar@1.0`. */
export function printPackageIdSpec({ name, version, url, sourceKind, query }: PackageIdSpec): string {
  const named = version === undefined ? name : `${name}@${version}`
  if (url === undefined) return named
  const kind = sourceKind === undefined || sourceKind === 'sparse' ? '' : `${sourceKind}+`
  return `${kind}${url}${query === undefined ? '' : `?${query}`}#${named}`
}

function splitAt(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function splitName(text: string, whole: string): { name: string; version: string | undefined } {
  const at = text.lastIndexOf('@')
  const mark = at >= 0 ? at : text.lastIndexOf(':')
  const name = mark < 0 ? text : text.slice(0, mark)
  const version = mark < 0 ? undefined : text.slice(mark + 1)
  if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name) || (version !== undefined && !VERSION.test(version))) {
    throw noSpec(whole)
  }
  return { name, version }
}

function noSpec(text: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-argument',
    message: `\`${text}\` is not a package id specification`,
    hint: 'write NAME, NAME@VERSION or the address that `cargo pkgid` prints',
  })
}

/**
 * True if the specification names the package; a partial version (`1.2`) matches everything that begins with
 * it.
 */
export function specMatches(
  spec: PackageIdSpec,
  item: { readonly name: string; readonly version: string; readonly source: SourceId },
): boolean {
  if (spec.name !== item.name) return false
  if (spec.version !== undefined && !versionMatches(spec.version, item.version)) return false
  if (spec.url !== undefined && spec.url !== sourceUrl(item.source)) return false
  if (spec.sourceKind !== undefined && spec.sourceKind !== item.source.kind) return false
  if (spec.sourceKind !== 'git' || item.source.kind !== 'git') return true
  return spec.query === gitReferenceQuery(item.source.reference)
}

function versionMatches(wanted: string, version: string): boolean {
  const [core = '', build] = splitAt(version, '+')
  const [wantedCore, wantedBuild] = splitAt(wanted, '+')
  if (wantedBuild !== undefined && wantedBuild !== build) return false
  const parts = wantedCore.split('-')[0]!.split('.')
  if (wantedCore.includes('-') || parts.length === 3) return wantedCore === core
  // A partial version matches no prerelease.
  if (core.includes('-')) return false
  return parts.every((part, index) => core.split('.')[index] === part)
}
