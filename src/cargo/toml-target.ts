/**
 * One `[lib]`, `[[bin]]`, `[[example]]`, `[[test]]` or `[[bench]]` as it is written.
 *
 * Mirrors `TomlTarget` of cargo-util-schemas 0.13; keys with `_` are read where the edition still allows them.
 */
import type { Edition } from './manifest.ts'
import { booleanAt, failAt, stringAt, stringsAt, type TomlPlace, type TomlTable } from './toml-value.ts'

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
}

/**
 * Reads the table of a target.
 *
 * @throws Cargo2NixError where a key has the wrong type, or the edition refuses it
 */
export function parseTomlTarget(table: TomlTable, edition: Edition, place: TomlPlace): TomlTarget {
  const crateTypes = stringsAt(table, aliasOf(table, 'crate-type', edition, place), place)
  const procMacro = booleanAt(table, aliasOf(table, 'proc-macro', edition, place), place)
  if (table['filename'] !== undefined)
    failAt(place, 'filename', 'is unstable, so stable cargo refuses it', 'remove it')
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
  }
}

/** `crate-type` or, before edition 2024, `crate_type`. */
function aliasOf(table: TomlTable, key: string, edition: Edition, place: TomlPlace): string {
  const old = key.replace('-', '_')
  if (table[old] === undefined) return key
  if (edition === '2024') failAt(place, old, 'is not known to edition 2024', `write \`${key}\``)
  return table[key] === undefined ? old : key
}
