/** Files as text. */
import { Cargo2NixError } from '../errors.ts'
import { readFileIfAny } from './read-file.ts'

/**
 * Reads it.
 *
 * @throws Cargo2NixError `file-missing` when it cannot be read.
 */
export function readText(path: string): string {
  const text = readTextIfAny(path)
  if (text !== undefined) return text
  throw new Cargo2NixError({
    code: 'file-missing',
    path,
    message: 'there is no such file',
    hint: 'see whether it was moved or removed',
  })
}

/**
 * Reads it; undefined if there is no such file.
 *
 * @throws Cargo2NixError `file-missing` when it cannot be read.
 */
export function readTextIfAny(path: string): string | undefined {
  return readFileIfAny(path, 'file-missing')?.toString('utf8')
}
