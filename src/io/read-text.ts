/** A file of the workspace as text. */
import { readFileSync } from 'node:fs'
import { Cargo2NixError } from '../errors.ts'

/**
 * Reads it.
 *
 * @throws Cargo2NixError `file-missing` when it cannot be read.
 */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Cargo2NixError({
      code: 'file-missing',
      path,
      message: `cannot read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'see whether the file is there and may be read',
      cause,
    })
  }
}
