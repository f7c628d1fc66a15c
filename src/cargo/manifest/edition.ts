/**
 * Rust editions, and the compilers that know them.
 *
 * Mirrors `Edition` in `core/features.rs` and `RustVersion` of cargo 0.96.
 */
import type { Edition } from './manifest.ts'
import { failAt, type TomlPlace } from '../toml-value.ts'

/** The minor version of the first Rust 1.x that has the edition. */
const FIRST_VERSION: Readonly<Record<Edition, number>> = { '2015': 0, '2018': 31, '2021': 56, '2024': 85 }

/** @throws Cargo2NixError unless `text` is an edition of stable Rust */
export function parseEdition(text: string, place: TomlPlace, key: string): Edition {
  if (Object.hasOwn(FIRST_VERSION, text)) return text as Edition
  return failAt(place, key, `${JSON.stringify(text)} is no stable edition`, 'use 2015, 2018, 2021 or 2024')
}

/**
 * Parses `rust-version`: one to three numbers, and no older than the edition. Cargo reads it as a requirement without an
 * operator, so there may be blanks around it, which nobody sees later.
 *
 * @throws Cargo2NixError if cargo refuses it
 */
export function parseRustVersion(
  text: string,
  edition: Edition | undefined,
  place: TomlPlace,
  key: string,
): string {
  const match = /^ *(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?)? *$/.exec(text)
  if (match === null)
    failAt(place, key, `${JSON.stringify(text)} is no version of Rust`, 'write it as `1.85`')
  const [, major, minor = '0'] = match
  const version = text.trim()
  if (edition === undefined || edition === '2015') return version
  if (major !== '1' || Number(minor) < FIRST_VERSION[edition]) {
    failAt(place, key, `Rust ${version} has no edition ${edition}`, `raise it to 1.${FIRST_VERSION[edition]}`)
  }
  return version
}
