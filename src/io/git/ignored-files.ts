/**
 * Which files git ignores, wherever they are in a repository: below links, or in repositories inside it.
 *
 * In: a directory, and existing files in it. Out: those that git ignores, and which of them are only likely
 * to be. Git itself decides where there is a `.git`. Without one (an unpacked archive, another version
 * control system) nobody knows which files are tracked, so a file that a `.gitignore` may name is ignored.
 */
import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Cargo2NixError } from '../../errors.ts'
import { readTextIfAny } from '../read-text.ts'
import { askGit, isRepository, namedRepository } from '../ask-git.ts'

export interface Ignored {
  readonly files: ReadonlySet<string>
  /** Whether only patterns decided, because there is no `.git`. */
  readonly isGuess: boolean
}

/**
 * Tracked files are never ignored.
 *
 * @param top - directory that contains all the files, also after following links
 * @throws Cargo2NixError `not-supported` if git cannot answer although there is a `.git`
 */
export function ignoredFiles(files: readonly string[], top: string): Ignored {
  const realTop = realpathSync(top)
  const entries = files.map((path) => ({ path, entries: entriesOf(path, realTop) }))
  const all = entries.flatMap((file) => file.entries)
  const isKnown = (directory: string): boolean =>
    isRepository(directory) || namedRepository(directory)?.top === directory
  const isGit = isKnown(realTop)
  const ignored = new Set(
    [...new Set(all.map(({ repository }) => repository))].flatMap((repository) => {
      const paths = all.flatMap((entry) => (entry.repository === repository ? [entry.path] : []))
      if (isKnown(repository)) return ignoredByGit(repository, paths)
      return paths.filter((path) => isLikelyIgnored(repository, path)).map((path) => join(repository, path))
    }),
  )
  const isIgnored = (each: readonly Entry[]): boolean =>
    each.some(({ repository, path }) => ignored.has(join(repository, path)))
  return {
    files: new Set(entries.filter((file) => isIgnored(file.entries)).map(({ path }) => path)),
    isGuess: !isGit,
  }
}

/** Something that git knows by a path without links. */
interface Entry {
  /** The nearest repository's directory. */
  readonly repository: string
  /** Relative to it. */
  readonly path: string
}

/** The file, each link on the way to it, and each repository around it: git ignores it with any of them. */
function entriesOf(path: string, realTop: string): readonly Entry[] {
  const real = realpathSync(path)
  const link = firstLink(path, realTop)
  return [real, ...(link === undefined ? [] : [link])].flatMap((entry) => around(entry, realTop))
}

function around(path: string, realTop: string): readonly Entry[] {
  let repository = dirname(path)
  while (repository !== realTop && !isRepository(repository)) repository = dirname(repository)
  const entry = { repository, path: relative(repository, path) }
  return repository === realTop ? [entry] : [entry, ...around(repository, realTop)]
}

/** The first link on the way to a file, below the real path of the top. */
function firstLink(path: string, realTop: string): string | undefined {
  const parent = dirname(path)
  if (realpathSync(parent) !== parent && parent.startsWith(`${realTop}/`)) return firstLink(parent, realTop)
  const here = join(realpathSync(parent), path.slice(parent.length))
  return here.startsWith(`${realTop}/`) && lstatSync(path).isSymbolicLink() ? here : undefined
}

function ignoredByGit(repository: string, paths: readonly string[]): readonly string[] {
  const answer = askGit(['check-ignore', '-z', '--stdin'], repository, paths.join('\0'))
  if (answer.status === 1) return []
  if (answer.status === 0) return answer.stdout.split('\0').map((path) => join(repository, path))
  throw new Cargo2NixError({
    code: 'not-supported',
    path: join(repository, paths[0]!),
    message: `git cannot say whether it ignores this file: ${answer.problem}`,
    hint: `install git, or correct ${join(repository, '.git')}: files that git ignores are not written into generated files`,
  })
}

/** Whether a `.gitignore` on the way to a file may name it or a directory on the way. */
function isLikelyIgnored(top: string, path: string): boolean {
  const names = path.split('/')
  return names.some((_, depth) =>
    patternsIn(join(top, ...names.slice(0, depth), '.gitignore')).some((pattern) =>
      names.slice(depth).some((name) => pattern.test(name)),
    ),
  )
}

/** For the last name in each pattern; ranges and escapes match anything, and exceptions do not count. */
function patternsIn(file: string): readonly RegExp[] {
  return (readTextIfAny(file) ?? '')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !/^(?:#|!|\s*$)/.test(line))
    .map((line) => {
      const last = line
        .trimEnd()
        .replace(/(?:\/\*{0,2})+$/, '')
        .split('/')
        .at(-1)!
      const glob = last.replace(/[[\\].*/, '*') || '*'
      return new RegExp(
        `^${glob
          .replaceAll(/[.+^${}()|\]]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
        'i',
      )
    })
}
