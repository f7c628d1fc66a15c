/**
 * How git is asked: about the repository around a directory, whatever the environment says of another one.
 *
 * Git sets variables for its hooks and for `git rebase --exec`, and they name its repository in ways that are wrong in
 * another directory. So a repository around the directory always goes before what the environment names.
 */
import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { startsWithPath } from '../cargo/workspace/workspace-table.ts'
import { askProgram, runProgram, type Answer, type ProgramResult } from './run-program.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Asks a short question that writes nothing and runs nothing that the repository names. So the directory may belong to
 * somebody else.
 */
export function askGit(args: readonly string[], cwd: string, input = ''): Answer {
  const own = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false']
  return askProgram('git', [...own, ...args], { cwd, env: gitEnvironment(cwd), input })
}

/**
 * Runs git to its end. It runs filters that the repository names, and so refuses directories of somebody else.
 *
 * @throws Cargo2NixError `program-missing`
 */
export function runGit(args: readonly string[], cwd: string, env: Environment = {}): Promise<ProgramResult> {
  return runProgram('git', ['--no-optional-locks', ...args], {
    cwd,
    env: { ...gitEnvironment(cwd), ...env },
    hintIfMissing: 'install git',
  })
}

/**
 * This process's environment, without what says which repository is meant, or how git prints. What the environment names
 * is kept if it is a repository with a work tree that contains the directory, and there is none nearer.
 *
 * @param directory - undefined: the question names the repository
 */
export function gitEnvironment(directory?: string): Environment {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || KEPT.test(name))
  const named = directory === undefined ? undefined : namedRepository(directory)
  return {
    ...Object.fromEntries(kept),
    ...(named === undefined ? {} : { GIT_DIR: named.gitFolder, GIT_WORK_TREE: named.top }),
  }
}

/** Where git and its settings are, where it looks, and how it reaches what a partial clone lacks. */
const KEPT =
  /^GIT_(CONFIG_(GLOBAL|NOSYSTEM|SYSTEM)|EXEC_PATH|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|ASKPASS|TERMINAL_PROMPT|ALLOW_PROTOCOL|(SSH|SSL|HTTP|PROXY|PROTOCOL)(_.*)?)$/

/** An empty directory named `.git` is none, for git either. */
export function isRepository(directory: string): boolean {
  const git = lstatSync(join(directory, '.git'), { throwIfNoEntry: false })
  return git !== undefined && (!git.isDirectory() || existsSync(join(directory, '.git', 'HEAD')))
}

interface NamedRepository {
  /** The directory of the work tree. */
  readonly top: string
  readonly gitFolder: string
}

/**
 * The repository that GIT_DIR and GIT_WORK_TREE name, if it contains a directory and none is nearer. Without
 * GIT_WORK_TREE, git would take the current directory for its work tree, whichever that is.
 */
export function namedRepository(directory: string): NamedRepository | undefined {
  const { GIT_DIR: gitFolder, GIT_WORK_TREE: workTree } = process.env
  if (!gitFolder || !workTree || !existsSync(join(gitFolder, 'HEAD')) || !existsSync(workTree))
    return undefined
  const top = realpathSync(workTree)
  const start = realpathSync(directory)
  if (!startsWithPath(start, top)) return undefined
  for (let here = start; ; here = dirname(here)) {
    if (isRepository(here)) return undefined
    if (here === top) return { top, gitFolder: resolve(gitFolder) }
  }
}
