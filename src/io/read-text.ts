/** A file of the workspace as text. */
import { Cargo2NixError } from '../errors.ts'
import { readFileIfAny } from './read-file.ts'

/**
 * Reads it.
 *
 * @throws Cargo2NixError `file-missing` when it cannot be read.
 */
export function readText(path: string): string {
  const bytes = readFileIfAny(path, 'file-missing')
  if (bytes !== undefined) return bytes.toString('utf8')
  throw new Cargo2NixError({
    code: 'file-missing',
    path,
    message: 'there is no such file',
    hint: 'see whether it was moved or removed',
  })
}
