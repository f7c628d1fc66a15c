/** What git says about a directory, for commands that add files to it. Nothing here fails if git is missing. */
import { askGit } from '../ask-git.ts'

export interface WorkTree {
  /** The directory's path in the repository: `a/b`, or empty for the repository's root. */
  readonly prefix: string
  /** The repository's root, relative to the directory: `../..`, or empty. */
  readonly top: string
  /** URL of the remote `origin`. */
  readonly remote: string | undefined
  /** Whether git tracks a file, by its path relative to the directory. */
  readonly tracks: (path: string) => boolean
  /** Whether `.gitignore` and the like exclude a file, by its path relative to the directory. */
  readonly ignores: (path: string) => boolean
}

/** The work tree that a directory is in; undefined outside of one, and where it is ignored. */
export function workTreeOf(directory: string): WorkTree | undefined {
  const git = (...args: readonly string[]): string | undefined => {
    const { status, stdout } = askGit(args, directory)
    return status === 0 ? stdout.replace(/\n$/, '') : undefined
  }
  const ignores = (path: string): boolean => git('check-ignore', '--quiet', '--', path) !== undefined
  const prefix = git('rev-parse', '--show-prefix')
  // An ignored directory is not part of the repository, such as a checkout below a home directory that is one.
  if (prefix === undefined || ignores('.')) return undefined
  return {
    prefix: prefix.replace(/\/$/, ''),
    top: prefix.replace(/\/$/, '').replaceAll(/[^/]+/g, '..'),
    remote: git('remote', 'get-url', 'origin'),
    tracks: (path) => git('ls-files', '--error-unmatch', '--', path) !== undefined,
    ignores,
  }
}
