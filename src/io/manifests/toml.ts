/**
 * TOML 1.1, as cargo 1.94 and later read it: the one adapter to the parser.
 *
 * In: a file's text. Out: tables without a prototype; an integer beyond 2^53 is a bigint.
 * A syntax error becomes a `Cargo2NixError` with the file, the line and the column.
 */
import { isUtf8 } from 'node:buffer'
import { parse, TomlError } from 'smol-toml'
import {
  documentPlace,
  failAt,
  isTable,
  placeOf,
  type TomlPlace,
  type TomlTable,
} from '../../cargo/toml-value.ts'
import { Cargo2NixError, type ErrorCode } from '../../errors.ts'
import { readFileIfAny } from '../read-file.ts'

/**
 * Parses a TOML document.
 *
 * @param code the error code for a syntax error
 * @throws Cargo2NixError
 */
export function parseToml(text: string, path: string, code: ErrorCode): TomlTable {
  try {
    const document = parse(text, { integersAsBigInt: 'asNeeded' }) as TomlTable
    if (LONG_NUMBER.test(text)) checkIntegers(document, documentPlace(path, code))
    return document
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
    throw new Cargo2NixError({
      code,
      message: `line ${error.line}, column ${error.column}: ${reason}`,
      path,
      hint: 'correct the TOML there; `cargo metadata --no-deps` shows the same place',
      cause: error,
    })
  }
}

/**
 * Reads and parses a TOML file; undefined if there is none.
 *
 * @throws Cargo2NixError if the file cannot be read, is not UTF-8, or is not TOML
 */
export function readToml(path: string, code: ErrorCode): TomlTable | undefined {
  const bytes = readFileIfAny(path, code)
  return bytes === undefined ? undefined : parseToml(decodeUtf8(bytes, path, code), path, code)
}

/** What may be an integer beyond 64 bits; nobody writes one in another base or with underscores. */
const LONG_NUMBER = /\d{18}/

/** TOML integers have 64 bits in Rust. */
function checkIntegers(table: TomlTable, place: TomlPlace): void {
  for (const [key, value] of Object.entries(table)) {
    if (typeof value === 'bigint' && value !== BigInt.asIntN(64, value)) {
      failAt(place, key, `${value} does not fit into 64 bits`)
    }
    if (isTable(value)) checkIntegers(value, placeOf(place, key))
  }
}

/** Decodes bytes that must be UTF-8. */
export function decodeUtf8(bytes: Uint8Array, path: string, code: ErrorCode): string {
  if (!isUtf8(bytes)) {
    throw new Cargo2NixError({ code, message: 'the file is not UTF-8', path, hint: 'save it as UTF-8' })
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
