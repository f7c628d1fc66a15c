/** What a release is made from, according to git: a tag, a commit, or both. */
import { lastLines, type ProgramResult } from '../run-program.ts'
import { runGit } from '../ask-git.ts'

export interface ReleasedRevision {
  /** The tag. */
  readonly ref: string | null
  readonly commit: string | null
  readonly notes: readonly string[]
}

/**
 * Looks a tag or a commit up. A tag goes before a branch of the same name.
 *
 * @param name of a tag, which need not exist yet, or a revision as git has it (a branch, a commit); undefined: what is
 *   checked out
 */
export async function releasedRevision(
  directory: string,
  name: string | undefined,
): Promise<ReleasedRevision> {
  const asked = await lookUp(directory, 'HEAD')
  const head = commitIn(asked)
  if (head === null) return { ref: name ?? null, commit: null, notes: problemsIn(asked) }
  const notes = await notesOn(directory)
  if (name === undefined) {
    const [tag = null, ...others] = await tagsAtHead(directory)
    const also = others.length === 0 ? [] : [`note: the commit has other tags, too: ${others.join(', ')}`]
    return { ref: tag, commit: head, notes: [...notes, ...also] }
  }
  const tag = name.replace(/^refs\/tags\//, '')
  const tagged = await commitOf(directory, `refs/tags/${tag}`)
  if (tagged !== null) return { ref: tag, commit: tagged, notes: [...notes, ...elsewhere(tag, tagged, head)] }
  const commit = await commitOf(directory, name)
  if (commit !== null) return { ref: null, commit, notes: [...notes, ...elsewhere(name, commit, head)] }
  return { ref: tag, commit: head, notes: [...notes, `note: there is no tag ${tag} yet`] }
}

/** Only what is checked out can be built. */
function elsewhere(name: string, commit: string, head: string): readonly string[] {
  if (commit === head) return []
  return [
    `note: ${name} is not what is checked out, which would be built: run \`git checkout ${name}\` first`,
  ]
}

async function commitOf(directory: string, revision: string): Promise<string | null> {
  return commitIn(await lookUp(directory, revision))
}

function lookUp(directory: string, revision: string): Promise<ProgramResult> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  return runGit(args, directory)
}

function commitIn({ failed, stdout }: ProgramResult): string | null {
  return failed ? null : stdout.trim()
}

/** Having no commit yet, or no repository, is not a problem. */
function problemsIn({ stderr }: ProgramResult): readonly string[] {
  const isPlain = stderr === '' || stderr.includes('not a git repository')
  return isPlain ? [] : [`note: git cannot name the commit: ${lastLines(stderr)}`]
}

/** The highest version first. */
async function tagsAtHead(directory: string): Promise<readonly string[]> {
  const { stdout } = await runGit(['tag', '--points-at', 'HEAD', '--sort=-version:refname'], directory)
  return stdout.split('\n').filter((line) => line !== '')
}

async function notesOn(directory: string): Promise<readonly string[]> {
  const { stdout } = await runGit(['status', '--porcelain', '--untracked-files=no'], directory)
  return stdout === '' ? [] : ['note: files differ from the commit, and a release would be built from them']
}
