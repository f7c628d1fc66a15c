/**
 * `[patch]` and `[replace]`, from the root manifest and the configuration.
 *
 * In: the root's document and the configuration. Out: one list of patched dependencies, the configuration's
 * first, which override the manifest's for the same source and name.
 * Mirrors `patch`, `replace` in `util/toml/mod.rs` and `root_patch` in `core/workspace.rs` of cargo 0.96.
 */
import type { ConfigReader } from '../config/config-reader.ts'
import type { ConfigValue } from '../config/config-value.ts'
import { noRegistry, parsePatchDependency, type DependencyContext } from '../manifest/dependency-tables.ts'
import type { Dependency } from '../manifest/manifest.ts'
import { parsePackageIdSpec } from '../ids/package-id-spec.ts'
import { isVersion } from '../ids/version-req.ts'
import { CRATES_IO_INDEX } from '../ids/source-id.ts'
import {
  documentPlace,
  failAt,
  locateErrors,
  placeOf,
  sortedKeys,
  tableAt,
  type TomlPlace,
  type TomlTable,
  type TomlValue,
} from '../toml-value.ts'
import { recordOf } from '../../record.ts'

/** One line of `[patch.<source>]`. */
export interface Patch {
  /** The URL of the source whose package is replaced. */
  readonly url: string
  readonly dependency: Dependency
  /** The version of the package at that path: known for paths, once they are read. */
  readonly version: string | undefined
}

/** One line of `[replace]`. */
export interface Replacement {
  /** The package ID spec that is the key in `[replace]`. */
  readonly spec: string
  readonly dependency: Dependency
}

/** @throws Cargo2NixError if cargo refuses it */
export function parsePatches(
  document: TomlTable,
  place: TomlPlace,
  reader: ConfigReader,
  context: DependencyContext,
): readonly Patch[] {
  const ofManifest = parseManifestPatches(document, place, context)
  const value = reader.value(['patch'])
  if (value === undefined) return ofManifest
  const configPlace = placeOf(documentPlace(value.origin.name, 'bad-config'), 'patch')
  const ofConfig = patchesOf(withAbsolutePaths(value) as TomlTable, configPlace, context)
  const keyOf = ({ url, dependency }: Patch): string => `${url} ${dependency.nameInToml}`
  const overridden = new Set(ofConfig.map(keyOf))
  return [...ofConfig, ...ofManifest.filter((patch) => !overridden.has(keyOf(patch)))]
}

/**
 * Those of a manifest alone.
 *
 * @throws Cargo2NixError if cargo refuses it
 */
export function parseManifestPatches(
  document: TomlTable,
  place: TomlPlace,
  context: DependencyContext,
): readonly Patch[] {
  return patchesOf(tableAt(document, 'patch', place) ?? {}, placeOf(place, 'patch'), context)
}

/** @throws Cargo2NixError if cargo refuses it */
export function parseReplacements(
  document: TomlTable,
  place: TomlPlace,
  context: DependencyContext,
): readonly Replacement[] {
  const table = tableAt(document, 'replace', place)
  if (table === undefined) return []
  if (document['patch'] !== undefined)
    failAt(place, 'replace', 'cannot stand beside `[patch]`', 'use `[patch]`')
  const here = placeOf(place, 'replace')
  return sortedKeys(table).map((spec) => {
    const { name, version } = locateErrors(here, spec, () => parsePackageIdSpec(spec))
    if (version === undefined || !isVersion(version))
      failAt(here, spec, 'must name the version to replace', 'write `NAME:1.2.3`')
    const dependency = parsePatchDependency(name, table[spec]!, here, context)
    if (dependency.hasVersionReq)
      failAt(here, spec, 'a replacement has no version requirement', 'remove `version`')
    return { spec, dependency }
  })
}

function patchesOf(table: TomlTable, place: TomlPlace, context: DependencyContext): readonly Patch[] {
  return sortedKeys(table).flatMap((source) => {
    const dependencies = tableAt(table, source, place) ?? {}
    const here = placeOf(place, source)
    const url = urlOf(source, here, context)
    return sortedKeys(dependencies).map((name) => ({
      url,
      dependency: parsePatchDependency(name, dependencies[name]!, here, context),
      version: undefined,
    }))
  })
}

function urlOf(source: string, place: TomlPlace, { registryIndex }: DependencyContext): string {
  if (source === 'crates-io') return CRATES_IO_INDEX
  if (URL.canParse(source)) return new URL(source).href
  if (/^[\p{XID_Start}_][\p{XID_Continue}-]*$/u.test(source)) {
    return registryIndex(source) ?? noRegistry(source, place, '')
  }
  return failAt(
    place,
    '',
    'is neither the name of a registry nor a URL',
    'for crates.io, write `[patch.crates-io]`',
  )
}

/** The values as TOML, with `path` resolved against the directory of the file that sets it. */
function withAbsolutePaths(value: ConfigValue, key = ''): TomlValue {
  if (value.kind === 'scalar') {
    const isRelative = key === 'path' && typeof value.value === 'string' && !value.value.startsWith('/')
    return isRelative ? `${value.origin.folder}/${value.value}` : value.value
  }
  if (value.kind === 'list') return value.items.map((item) => withAbsolutePaths(item))
  return recordOf([...value.entries].map(([name, entry]) => [name, withAbsolutePaths(entry, name)]))
}
