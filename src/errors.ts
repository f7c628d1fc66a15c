/** The program's two errors: those that users can cause, and those that must not happen. */

export type ErrorCode =
  | 'already-published'
  | 'bad-argument'
  | 'bad-config'
  | 'bad-lockfile'
  | 'bad-manifest'
  | 'bad-release'
  | 'bad-settings'
  | 'bad-toolchain-file'
  | 'damaged-checkout'
  | 'file-missing'
  | 'foreign-file'
  | 'lockfile-outdated'
  | 'network'
  | 'nix-failed'
  | 'not-built'
  | 'not-distributed'
  | 'not-pinned'
  | 'not-supported'
  | 'program-missing'
  | 'unknown-channel'
  | 'unknown-target'
  | 'unsafe-name'
  | 'write-failed'

export interface ErrorDetails {
  readonly code: ErrorCode
  /** What is wrong, in one line; names the key if there is one. */
  readonly message: string
  /** The file that is wrong. */
  readonly path?: string | undefined
  /** What the user can do about it. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/**
 * An error that a user can cause. Printed as `error: PATH: MESSAGE`, with the hint on its own line; exit
 * code 2.
 */
export class Cargo2NixError extends Error {
  readonly code: ErrorCode
  readonly path: string | undefined
  readonly hint: string | undefined

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? {} : { cause: details.cause })
    this.name = 'Cargo2NixError'
    this.code = details.code
    this.path = details.path
    this.hint = details.hint
  }
}

/** A state that the program considers impossible. */
export class InternalError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'InternalError'
  }
}
