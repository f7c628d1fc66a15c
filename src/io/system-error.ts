/** Turns system errors that nothing else expected into errors that users understand. */
import { Cargo2NixError } from '../errors.ts'
import { reasonOf } from './read-file.ts'

/**
 * The error of a system call, by the file that it names; undefined for any other error. A call stack that is
 * too deep counts as one, too: only input nested a thousand levels deep causes it.
 */
export function systemError(error: unknown): Cargo2NixError | undefined {
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return new Cargo2NixError({
      code: 'not-supported',
      message: 'the input is nested too deeply',
      hint: 'see which manifest or configuration was changed last',
      cause: error,
    })
  }
  const { code, syscall, path } = error as NodeJS.ErrnoException
  if (!(error instanceof Error) || code === undefined || (syscall === undefined && !isBadPath(code)))
    return undefined
  return new Cargo2NixError({
    code: 'not-supported',
    path,
    message: `${syscall ?? 'a path'}: ${reasonOf(error)}`,
    hint: 'see whether the file is there, and what its mode is',
    cause: error,
  })
}

function isBadPath(code: string): boolean {
  return code === 'ERR_INVALID_ARG_VALUE'
}

/** The output could not be written. */
export function notWritten(where: string, error: unknown): Cargo2NixError {
  return new Cargo2NixError({
    code: 'write-failed',
    path: where,
    message: `cannot be written: ${reasonOf(error)}`,
    hint: 'make room, or redirect it elsewhere',
    cause: error,
  })
}

/** @throws Cargo2NixError if the current directory was removed */
export function refuseLostDirectory(): void {
  try {
    process.cwd()
  } catch (cause) {
    throw new Cargo2NixError({
      code: 'file-missing',
      message: `the current directory cannot be read: ${reasonOf(cause)}`,
      hint: 'change to a directory that exists',
      cause,
    })
  }
}
