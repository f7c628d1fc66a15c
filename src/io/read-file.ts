/** Files as bytes. Only regular files: reading a pipe or a device would never end. */
import { readFileSync, statSync } from 'node:fs'
import { Cargo2NixError, type ErrorCode } from '../errors.ts'

/** Neither people nor cargo write larger files; crates are at most a few dozen MB. */
const MOST_BYTES = 2 ** 30

/**
 * Reads a file; undefined if there is none, or no file can have that name.
 *
 * @throws Cargo2NixError with the code for any other reason that it cannot be read.
 */
export function readFileIfAny(path: string, code: ErrorCode): Buffer | undefined {
  try {
    const status = statSync(path)
    if (!status.isFile()) throw unreadable(path, code, kindOf(status))
    if (status.size > MOST_BYTES) throw unreadable(path, code, 'it has more than 1 GiB')
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Cargo2NixError) throw error
    if (isAbsent(error)) return undefined
    throw unreadable(path, code, reasonOf(error), error)
  }
}

/** True if there is no such file, or no file can have the name. */
export function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(code ?? '')
}

/** The system's reason, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code === undefined ? undefined : REASONS.get(code)) ?? code ?? message
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EDQUOT', 'the quota is used up'],
  ['EISDIR', 'it is a directory'],
  ['ELOOP', 'its links lead round in a circle'],
  ['EMFILE', 'too many files are open'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ENOENT', 'there is no such file or directory'],
  ['ENOSPC', 'no space is left on the device'],
  ['ENOTDIR', 'a part of the path is not a directory'],
  ['EPERM', 'the operation is not permitted'],
  ['EROFS', 'the file system is read-only'],
  ['ERR_INVALID_ARG_VALUE', 'the path has a NUL byte'],
])

function unreadable(path: string, code: ErrorCode, reason: string, cause?: unknown): Cargo2NixError {
  return new Cargo2NixError({
    code,
    path,
    message: `cannot be read: ${reason}`,
    hint: 'put a readable file there, or remove it',
    cause,
  })
}

function kindOf(status: { isDirectory(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  if (status.isDirectory()) return 'it is a directory'
  if (status.isFIFO()) return 'it is a pipe'
  return status.isSocket() ? 'it is a socket' : 'it is a device'
}
