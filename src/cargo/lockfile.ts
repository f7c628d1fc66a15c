/**
 * `Cargo.lock`, versions 1 to 4, in one shape.
 *
 * In: the parsed TOML of the file. Out: its packages, with dependencies resolved to packages of the same file
 * and the checksums of version 1 (`[metadata]`) joined to their packages.
 * Mirrors `core/resolver/encode.rs` of cargo 0.96 and `lockfile.rs` of cargo-util-schemas 0.13, with one
 * difference: cargo drops a damaged entry and locks again; this refuses the file, since nothing here may
 * change a lockfile.
 */
import { Cargo2NixError } from '../errors.ts'
import { isVersion } from './ids/version-req.ts'
import { checkPackageName } from './ids/restricted-names.ts'
import { parseSourceId, sourceKey, type SourceEncoding, type SourceId } from './ids/source-id.ts'
import {
  documentPlace,
  failAt,
  mismatch,
  placeOf,
  stringAt,
  stringsAt,
  tableAt,
  tablesAt,
  type TomlPlace,
  type TomlTable,
} from './toml-value.ts'
import { append } from '../maps.ts'

export type LockfileVersion = 1 | 2 | 3 | 4

export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** Undefined for path packages: the lockfile does not say where they are. */
  readonly source: SourceId | undefined
  /** The `source` string as written in the file. */
  readonly sourceText: string | undefined
  /** SHA-256, hexadecimal. */
  readonly checksum: string | undefined
  /** Indices into `Lockfile.packages`, in the file's order. */
  readonly dependencies: readonly number[]
  /** Index of the package that `[replace]`s this one. */
  readonly replace: number | undefined
}

export interface Lockfile {
  readonly version: LockfileVersion
  readonly packages: readonly LockedPackage[]
  readonly unusedPatches: readonly UnusedPatch[]
}

/** An entry of `[[patch.unused]]`; without a source it is a path package. */
export interface UnusedPatch {
  readonly name: string
  readonly version: string
  readonly source: SourceId | undefined
}

/** A package's entry before its dependencies are resolved. */
interface Entry {
  readonly name: string
  readonly version: string
  readonly source: SourceId | undefined
  readonly sourceText: string | undefined
  readonly key: string | undefined
  readonly table: TomlTable
  readonly place: TomlPlace
}

const DAMAGED = 'restore the file from version control, or let `cargo generate-lockfile` write a new one'

/**
 * Reads a parsed `Cargo.lock`.
 *
 * @param path of the file, for errors
 * @throws Cargo2NixError `bad-lockfile` (or `unsafe-name`) for anything that cargo would not have written
 */
export function parseLockfile(document: TomlTable, path: string): Lockfile {
  const place = documentPlace(path, 'bad-lockfile')
  const declared = declaredVersion(document, place)
  const encoding = declared === 4 ? 'encoded' : 'plain'
  const entries = readEntries(document, encoding, place)
  const lookup = entryLookup(entries, declared ?? 1)
  const checksums = metadataChecksums(document, lookup, encoding, place)
  const packages = entries.map((entry, index) => lockedPackage(entry, checksums.get(index), lookup, encoding))
  const hasNewSyntax = entries.some(({ table }) => table['checksum'] !== undefined)
  const version = declared ?? (hasNewSyntax ? 2 : 1)
  return { version, packages, unusedPatches: readUnusedPatches(document, encoding, place) }
}

function declaredVersion(document: TomlTable, place: TomlPlace): 3 | 4 | undefined {
  const version = document['version']
  if (version === undefined || version === 3 || version === 4) return version
  if (typeof version !== 'number') mismatch(version, 'a number', place, 'version')
  return failAt(
    place,
    'version',
    `lockfile version ${String(version)} is not known; versions 1 to 4 are`,
    'use a cargo that writes version 4, or a newer cargo2nix-ts',
  )
}

function readEntries(document: TomlTable, encoding: SourceEncoding, place: TomlPlace): readonly Entry[] {
  const tables = tablesAt(document, 'package', place) ?? []
  const root = tableAt(document, 'root', place)
  const sources = new Map<string, KnownSource>()
  const all = root === undefined ? tables : [root, ...tables]
  if (all.length === 0) failAt(place, '', 'the file lists no package: it is cut off or empty', DAMAGED)
  const entries = all.map((table, index) =>
    readEntry(table, sources, encoding, placeOf(place, `package.${index}`)),
  )
  const seen = new Set<string>()
  for (const { name, version, key, place: here } of entries) {
    const id = `${name} ${version} ${key}`
    if (seen.has(id)) failAt(here, 'name', `\`${name} ${version}\` is in the file twice`, DAMAGED)
    seen.add(id)
  }
  return entries
}

function readEntry(
  table: TomlTable,
  sources: Map<string, KnownSource>,
  encoding: SourceEncoding,
  place: TomlPlace,
): Entry {
  const name = required(table, 'name', place)
  checkPackageName(name, place, 'name')
  const here = placeOf(place.parent!, `package ${name}`)
  const version = required(table, 'version', here)
  if (!isVersion(version)) failAt(here, 'version', `${JSON.stringify(version)} is not a version`, DAMAGED)
  const sourceText = stringAt(table, 'source', here)
  const known = sourceText === undefined ? undefined : readSource(sourceText, sources, encoding, here)
  return { name, version, source: known?.source, sourceText, key: known?.key, table, place: here }
}

function required(table: TomlTable, key: string, place: TomlPlace): string {
  return stringAt(table, key, place) ?? failAt(place, key, 'is missing: the entry is cut off', DAMAGED)
}

/** Most entries have the same source, so it is parsed once. */
interface KnownSource {
  readonly source: SourceId
  readonly key: string
}

function readSource(
  text: string,
  sources: Map<string, KnownSource>,
  encoding: SourceEncoding,
  place: TomlPlace,
): KnownSource {
  const seen = sources.get(text)
  if (seen !== undefined) return seen
  const source = parseSourceId(text, encoding)
  if (source === undefined) failAt(place, 'source', `${JSON.stringify(text)} is not a source`, DAMAGED)
  const known = { source, key: sourceKey(source) }
  sources.set(text, known)
  return known
}

type Lookup = (
  name: string,
  version: string | undefined,
  key: string | undefined,
) => number | 'none' | 'several'

/** Finds the entry for `name`, `name version` or `name version (source)`. */
function entryLookup(entries: readonly Entry[], version: LockfileVersion): Lookup {
  const byName = new Map<string, number[]>()
  entries.forEach(({ name }, index) => append(byName, name, index))
  return (name, wanted, key) => {
    const named = (byName.get(name) ?? []).map((index) => ({ index, entry: entries[index]! }))
    const versioned = named.filter(({ entry }) => wanted === undefined || entry.version === wanted)
    const found = key === undefined ? versioned : withSource(versioned, key, version)
    if (found.length === 1) return found[0]!.index
    if (found.length === 0) return 'none'
    const versions = new Set(found.map(({ entry }) => entry.version))
    const local = found.find(({ entry }) => entry.source === undefined)
    return versions.size === 1 && local !== undefined ? local.index : 'several'
  }
}

function withSource<T extends { readonly entry: Entry }>(
  candidates: readonly T[],
  key: string,
  version: LockfileVersion,
): readonly T[] {
  const exact = candidates.filter(({ entry }) => entry.key === key)
  // Up to version 2, references to an entry omitted the branch `master` (encodable_package_id).
  return exact.length > 0 || version > 2
    ? exact
    : candidates.filter(({ entry }) => entry.key === `${key}?branch=master`)
}

function lockedPackage(
  entry: Entry,
  metadataChecksum: string | undefined,
  lookup: Lookup,
  encoding: SourceEncoding,
): LockedPackage {
  const { name, version, source, sourceText, table, place } = entry
  const checksum = stringAt(table, 'checksum', place) ?? metadataChecksum
  if (checksum !== undefined && !/^[0-9a-f]{64}$/.test(checksum)) {
    failAt(place, 'checksum', `${JSON.stringify(checksum)} is not a SHA-256 in hexadecimal`, DAMAGED)
  }
  if (checksum === undefined && (source?.kind === 'registry' || source?.kind === 'sparse')) {
    failAt(
      place,
      'checksum',
      `\`${name} ${version}\` has none`,
      'run `cargo update --workspace`, which adds it',
    )
  }
  const dependencies = stringsAt(table, 'dependencies', place) ?? []
  const replace = stringAt(table, 'replace', place)
  return {
    name,
    version,
    source,
    sourceText,
    checksum,
    dependencies: dependencies.map((text) => resolveName(text, lookup, encoding, place, 'dependencies')),
    replace: replace === undefined ? undefined : resolveName(replace, lookup, encoding, place, 'replace'),
  }
}

function resolveName(
  text: string,
  lookup: Lookup,
  encoding: SourceEncoding,
  place: TomlPlace,
  key: string,
): number {
  const found = lookUpText(text, lookup, encoding)
  if (typeof found === 'number') return found
  const message =
    found === 'none'
      ? `${JSON.stringify(text)} names no package of the file`
      : `${JSON.stringify(text)} is ambiguous`
  return failAt(place, key, message, DAMAGED)
}

function lookUpText(text: string, lookup: Lookup, encoding: SourceEncoding): number | 'none' | 'several' {
  const [, name = '', version, sourceText] = /^([^ ]+)(?: ([^ ]+)(?: \((.*)\))?)?$/.exec(text) ?? []
  if (sourceText === undefined) return lookup(name, version, undefined)
  const source = parseSourceId(sourceText, encoding)
  return source === undefined ? 'none' : lookup(name, version, sourceKey(source))
}

/** The checksums of version 1, by the index of their package: `"checksum NAME VERSION (SOURCE)" = "…"`. */
function metadataChecksums(
  document: TomlTable,
  lookup: Lookup,
  encoding: SourceEncoding,
  place: TomlPlace,
): ReadonlyMap<number, string> {
  const metadata = tableAt(document, 'metadata', place) ?? {}
  const here = placeOf(place, 'metadata')
  const checksums = new Map<number, string>()
  for (const key of Object.keys(metadata)) {
    const checksum = stringAt(metadata, key, here)
    if (!key.startsWith('checksum ')) continue
    const index = lookUpText(key.slice('checksum '.length), lookup, encoding)
    if (typeof index === 'number' && checksum !== undefined && checksum !== '<none>')
      checksums.set(index, checksum)
  }
  return checksums
}

function readUnusedPatches(
  document: TomlTable,
  encoding: SourceEncoding,
  place: TomlPlace,
): readonly UnusedPatch[] {
  const patch = tableAt(document, 'patch', place) ?? {}
  const here = placeOf(place, 'patch')
  const sources = new Map<string, KnownSource>()
  return (tablesAt(patch, 'unused', here) ?? []).map((table) => {
    const inEntry = placeOf(here, 'unused')
    const source = stringAt(table, 'source', inEntry)
    return {
      name: required(table, 'name', inEntry),
      version: required(table, 'version', inEntry),
      source: source === undefined ? undefined : readSource(source, sources, encoding, inEntry).source,
    }
  })
}

/** The error for a workspace without a lockfile. */
export function missingLockfile(path: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'file-missing',
    message: 'there is no Cargo.lock',
    path,
    hint: 'run `cargo generate-lockfile` and keep the file in version control',
  })
}
