/**
 * The state of a directory at a revision, according to git.
 *
 * Changes nothing in the user's repository: the index is a temporary file, and files go to a temporary
 * directory. `git archive` would omit what `.gitattributes` excludes from exports.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cargo2NixError } from '../../errors.ts'
import { lastLines } from '../run-program.ts'
import { runGit } from '../ask-git.ts'

export interface Repository {
  /** The directory of the work tree. */
  readonly top: string
  readonly gitFolder: string
}

export interface Checkout {
  readonly folder: string
  /** The full hash. */
  readonly commit: string
  readonly remove: () => void
}

/** @throws Cargo2NixError `not-supported` outside of a repository, `program-missing` */
export async function repositoryOf(folder: string): Promise<Repository> {
  const { failed, stdout, stderr } = await runGit(
    ['rev-parse', '--show-toplevel', '--absolute-git-dir'],
    folder,
  )
  const [top, gitFolder] = stdout.split('\n')
  if (failed || top === undefined || gitFolder === undefined) {
    const isOutside = stderr.includes('not a git repository')
    throw new Cargo2NixError({
      code: 'not-supported',
      message: isOutside
        ? 'not in a git repository, so there is nothing to compare with'
        : `git finds no work tree here: ${lastLines(stderr)}`,
      path: folder,
      hint: 'run this inside the work tree of a repository',
    })
  }
  return { top, gitFolder }
}

/**
 * Checks out a revision into a temporary directory, without submodules.
 *
 * @throws Cargo2NixError `bad-argument` for an unknown revision
 */
export async function checkoutRevision({ top, gitFolder }: Repository, revision: string): Promise<Checkout> {
  const asked = await runGit(
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`],
    top,
  )
  if (asked.failed) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: `\`--since ${revision}\`: there is no such revision`,
      path: top,
      hint: 'name a commit, a branch or a tag; in a shallow clone, fetch it first',
    })
  }
  const commit = asked.stdout.trim()
  const above = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-revision-')))
  const remove = (): void => rmSync(above, { recursive: true, force: true })
  const env = { GIT_DIR: gitFolder, GIT_WORK_TREE: top, GIT_INDEX_FILE: join(above, 'index') }
  try {
    for (const args of [
      ['read-tree', commit],
      ['checkout-index', '--all', '--quiet', `--prefix=${above}/tree/`],
    ]) {
      const { failed, stderr, cause } = await runGit(args, top, env)
      if (failed) {
        const message = `git could not check out ${revision}: ${stderr.trim().split('\n').at(-1) ?? ''}`
        throw new Cargo2NixError({ code: 'bad-argument', message, path: top, cause })
      }
    }
  } catch (error) {
    remove()
    throw error
  }
  return { folder: join(above, 'tree'), commit, remove }
}
