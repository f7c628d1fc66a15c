/**
 * One `[lib]`, `[[bin]]`, `[[example]]`, `[[test]]` or `[[bench]]` as written.
 *
 * Mirrors `TomlTarget` of cargo-util-schemas 0.13; keys with `_` are read if the edition still allows them.
 */
import type { Edition } from './manifest.ts'
import { booleanAt, failAt, stringAt, stringsAt, type TomlPlace, type TomlTable } from '../toml-value.ts'

export interface TomlTarget {
  readonly name: string | undefined
  /** Relative to the package, or absolute. */
  readonly path: string | undefined
  readonly crateTypes: readonly string[] | undefined
  readonly procMacro: boolean | undefined
  readonly test: boolean | undefined
  readonly doctest: boolean | undefined
  readonly bench: boolean | undefined
  readonly doc: boolean | undefined
  readonly docScrapeExamples: boolean | undefined
  readonly harness: boolean | undefined
  readonly requiredFeatures: readonly string[] | undefined
  readonly edition: string | undefined
  /** The ones of `crate_type` and `proc_macro` that are present. */
  readonly oldKeys: readonly string[]
}

/** Keys with `_`, and their names since edition 2024. */
const OLD_KEYS: Readonly<Record<string, string>> = { crate_type: 'crate-type', proc_macro: 'proc-macro' }

/**
 * Parses the table of a target.
 *
 * @throws Cargo2NixError if a key has the wrong type
 */
export function parseTomlTarget(table: TomlTable, place: TomlPlace): TomlTarget {
  if (table['filename'] !== undefined) {
    failAt(place, 'filename', 'is unstable, so stable cargo refuses it', 'remove it')
  }
  const crateTypes = stringsAt(table, 'crate-type', place) ?? stringsAt(table, 'crate_type', place)
  const procMacro = booleanAt(table, 'proc-macro', place) ?? booleanAt(table, 'proc_macro', place)
  return {
    name: stringAt(table, 'name', place),
    path: stringAt(table, 'path', place),
    crateTypes,
    procMacro: procMacro ?? (crateTypes?.includes('proc-macro') ? true : undefined),
    test: booleanAt(table, 'test', place),
    doctest: booleanAt(table, 'doctest', place),
    bench: booleanAt(table, 'bench', place),
    doc: booleanAt(table, 'doc', place),
    docScrapeExamples: booleanAt(table, 'doc-scrape-examples', place),
    harness: booleanAt(table, 'harness', place),
    requiredFeatures: stringsAt(table, 'required-features', place),
    edition: stringAt(table, 'edition', place),
    oldKeys: Object.keys(OLD_KEYS).filter((key) => table[key] !== undefined),
  }
}

/** @throws Cargo2NixError for a key with `_` in edition 2024 */
export function refuseOldKeys(keys: readonly string[], edition: Edition, place: TomlPlace): void {
  const [key] = keys
  if (key === undefined || edition !== '2024') return
  failAt(place, key, 'is not known to edition 2024', `write \`${OLD_KEYS[key]}\``)
}
