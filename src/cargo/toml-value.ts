/**
 * Parsed TOML, and how to read values from it.
 *
 * In: a table, a key, and the place of the table (file and dotted key).
 * Out: a value of the type that cargo's schema requires, or an error that names file and key.
 * Mirrors what serde does for `cargo-util-schemas`; unknown keys are ignored, since cargo only warns about
 * them.
 * Assumes tables without a prototype, so that a key like `constructor` is not special.
 */
import { Cargo2NixError, type ErrorCode } from '../errors.ts'

export type TomlValue = string | number | bigint | boolean | Date | readonly TomlValue[] | TomlTable

export interface TomlTable {
  readonly [key: string]: TomlValue
}

/** Which table of which file. Its dotted key is only assembled for errors. */
export interface TomlPlace {
  readonly path: string
  /** The error code for this file. */
  readonly code: ErrorCode
  /** The enclosing table; undefined for the document. */
  readonly parent: TomlPlace | undefined
  readonly name: string
}

/** The place of a whole document. */
export function documentPlace(path: string, code: ErrorCode): TomlPlace {
  return { path, code, parent: undefined, name: '' }
}

/** The place of a table inside another one. */
export function placeOf(place: TomlPlace, name: string): TomlPlace {
  return { path: place.path, code: place.code, parent: place, name }
}

/** The dotted key of `key` in the table of a place; of the table itself if `key` is empty. */
export function dottedKey(place: TomlPlace, key: string): string {
  const names = key === '' ? [] : [key]
  for (let here: TomlPlace | undefined = place; here?.parent !== undefined; here = here.parent)
    names.push(here.name)
  return names.toReversed().map(quotedKey).join('.')
}

/** A key as it must be written. */
export function quotedKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)
}

export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)
}

/** Throws an error for a place: `KEY: MESSAGE`. */
export function failAt(place: TomlPlace, key: string, message: string, hint?: string): never {
  const where = dottedKey(place, key)
  const text = where === '' ? message : `\`${where}\`: ${message}`
  throw new Cargo2NixError({ code: place.code, message: text, path: place.path, hint })
}

/** Runs a reader that knows no file: its errors get the file, the key and the code of the place. */
export function locateErrors<T>(place: TomlPlace, key: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Cargo2NixError) || error.path !== undefined) throw error
    return failAt(place, key, error.message, error.hint)
  }
}

export function stringAt(table: TomlTable, key: string, place: TomlPlace): string | undefined {
  const value = table[key]
  return value === undefined || typeof value === 'string' ? value : mismatch(value, 'a string', place, key)
}

export function booleanAt(table: TomlTable, key: string, place: TomlPlace): boolean | undefined {
  const value = table[key]
  return value === undefined || typeof value === 'boolean' ? value : mismatch(value, 'a boolean', place, key)
}

/** An integer from 0 to `max`. */
export function integerAt(table: TomlTable, key: string, place: TomlPlace, max: number): number | undefined {
  const value = table[key]
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value
  return mismatch(value, `an integer from 0 to ${max}`, place, key)
}

export function stringsAt(table: TomlTable, key: string, place: TomlPlace): readonly string[] | undefined {
  const value = table[key]
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  return mismatch(value, 'a list of strings', place, key)
}

export function tableAt(table: TomlTable, key: string, place: TomlPlace): TomlTable | undefined {
  const value = table[key]
  return value === undefined || isTable(value) ? value : mismatch(value, 'a table', place, key)
}

/** The list under `[[key]]`; undefined if there is none. */
export function tablesAt(table: TomlTable, key: string, place: TomlPlace): readonly TomlTable[] | undefined {
  const value = table[key]
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every(isTable)) return value
  return mismatch(value, `a list of tables (\`[[${key}]]\`)`, place, key)
}

/** Throws: the value does not have the type that cargo expects there. */
export function mismatch(value: TomlValue, expected: string, place: TomlPlace, key: string): never {
  return failAt(place, key, `expected ${expected}, found ${nameOfType(value)}`)
}

/** The keys of a table, sorted like those of cargo's maps. */
export function sortedKeys(table: TomlTable): readonly string[] {
  return Object.keys(table).sort()
}

function nameOfType(value: TomlValue): string {
  if (typeof value === 'bigint') return 'a number'
  if (typeof value !== 'object') return `a ${typeof value}`
  if (Array.isArray(value)) return 'a list'
  return value instanceof Date ? 'a date' : 'a table'
}
