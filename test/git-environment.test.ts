/** Git is asked about the repository around a directory, whatever git's variables in the environment name. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { gitEnvironment } from '../src/io/ask-git.ts'
import { ignoredFiles } from '../src/io/git/ignored-files.ts'
import { releasedRevision } from '../src/io/git/released-revision.ts'
import { checkoutRevision, repositoryOf } from '../src/io/git/revision.ts'
import { workTreeOf } from '../src/io/git/work-tree.ts'
import { repositoryTop } from '../src/io/workspace/shared-config.ts'
import { filesIn, folderWith } from './folder.ts'
import { git } from './registry.ts'

/** What git sets for a process that it starts. */
type Variables = Readonly<Record<string, string>>

const folders: string[] = []
afterEach(() => vi.unstubAllEnvs())
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** What `why`, `release plan`, `init` and the configuration ask about a directory. */
async function answersIn(directory: string): Promise<unknown> {
  const repository = await repositoryOf(directory)
  const { folder, commit, remove } = await checkoutRevision(repository, 'HEAD')
  const checkedOut = filesIn(folder)
  remove()
  const tree = workTreeOf(directory)!
  const paths = ['tracked', 'ignored'].map((name) => join(directory, name))
  return {
    repository,
    commit,
    checkedOut,
    released: await releasedRevision(directory, undefined),
    workTree: {
      ...tree,
      tracks: ['tracked', 'ignored'].map(tree.tracks),
      ignores: ['tracked', 'ignored'].map(tree.ignores),
    },
    configuration: ignoredFiles(paths, repositoryTop(directory)),
  }
}

/** The same with other variables, all of which come from git. */
async function answersWith(variables: Variables, directory: string): Promise<unknown> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  const answers = await answersIn(directory)
  vi.unstubAllEnvs()
  return answers
}

const FILES = { '.gitignore': 'ignored\n', 'rust/tracked': 'text\n' }

function commitIn(folder: string): void {
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--message=one')
}

/** A work tree of each kind; all hold FILES, and a file that git ignores. */
const LAYOUTS: Readonly<Record<string, (folder: string) => string>> = {
  'a repository': (folder) => {
    git(folder, 'init', '--quiet')
    commitIn(folder)
    return folder
  },
  'a linked worktree': (folder) => {
    git(folder, 'init', '--quiet')
    commitIn(folder)
    git(folder, 'worktree', 'add', '--quiet', '-b', 'other', 'linked')
    return join(folder, 'linked')
  },
  'a worktree of a bare repository': (folder) => {
    git(folder, 'init', '--quiet')
    commitIn(folder)
    git(folder, 'clone', '--quiet', '--bare', '.', 'bare.git')
    git(join(folder, 'bare.git'), 'worktree', 'add', '--quiet', '-b', 'other', '../linked')
    return join(folder, 'linked')
  },
  'a submodule': (folder) => {
    git(folder, 'init', '--quiet')
    commitIn(folder)
    const outer = folderWith({ text: '' })
    folders.push(outer)
    git(outer, 'init', '--quiet')
    git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', folder, 'inner')
    commitIn(outer)
    return join(outer, 'inner')
  },
}

/** Ways in which git starts programs; `record` writes down its variables. */
const STARTS: Readonly<Record<string, (folder: string, record: string) => void>> = {
  'a hook': (folder, record) => {
    const hooks = git(folder, 'rev-parse', '--path-format=absolute', '--git-path', 'hooks')
    mkdirSync(hooks, { recursive: true })
    symlinkSync(record, join(hooks, 'pre-commit'))
    git(folder, 'commit', '--quiet', '--allow-empty', '--message=two')
    git(folder, 'reset', '--quiet', '--hard', 'HEAD^')
    rmSync(join(hooks, 'pre-commit'))
  },
  'a hook, with options': (folder, record) => {
    const hooks = folderWith({})
    folders.push(hooks)
    symlinkSync(record, join(hooks, 'pre-commit'))
    const place = git(folder, 'rev-parse', '--absolute-git-dir')
    const there = [
      `--git-dir=${place}`,
      `--work-tree=${folder}`,
      '-c',
      `core.hooksPath=${hooks}`,
      '-c',
      'core.excludesFile=/dev/null',
    ]
    writeFileSync(join(folder, 'rust', 'tracked'), 'other\n')
    git(folder, ...there, 'commit', '--quiet', '--all', '--message=two')
    git(folder, 'reset', '--quiet', '--hard', 'HEAD^')
  },
  '`git rebase --exec`': (folder, record) => {
    git(folder, 'commit', '--quiet', '--allow-empty', '--message=two')
    git(folder, 'rebase', '--quiet', '--exec', record, 'HEAD^')
    git(folder, 'reset', '--quiet', '--hard', 'HEAD^')
  },
  'an alias': (folder, record) => {
    git(join(folder, 'rust'), '-c', `alias.record=!${record}`, 'record')
  },
}

describe.each(Object.entries(LAYOUTS))('in %s', (_, layOut) => {
  let top = ''
  let record = ''
  let expected: unknown
  beforeAll(async () => {
    const folder = folderWith(FILES)
    const scripts = folderWith({})
    folders.push(folder, scripts)
    top = layOut(folder)
    writeFileSync(join(top, 'rust', 'ignored'), '')
    record = join(scripts, 'record')
    writeFileSync(record, `#!/bin/sh\nenv | grep ^GIT_ >'${record}.env'\n`)
    chmodSync(record, 0o755)
    expected = await answersIn(join(top, 'rust'))
  })

  test('git finds the repository', () => {
    expect(expected).toMatchObject({
      repository: { top },
      checkedOut: FILES,
      workTree: { prefix: 'rust', tracks: [true, false], ignores: [false, true] },
      configuration: { files: new Set([join(top, 'rust', 'ignored')]), isGuess: false },
    })
  })

  test.each(Object.entries(STARTS))('nothing changes in what %s starts', async (__, start) => {
    start(top, record)
    const lines = readFileSync(`${record}.env`, 'utf8').trim().split('\n')
    const variables = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))) as Variables
    // what `git` of this file sets itself
    const { GIT_CONFIG_GLOBAL: _1, GIT_CONFIG_SYSTEM: _2, ...set } = variables
    expect(Object.keys(set)).not.toEqual([])
    expect(await answersWith(set, join(top, 'rust'))).toEqual(expected)
  })

  test('nothing changes where the environment names another repository around it', async () => {
    const other = folderWith({ text: '' })
    folders.push(other)
    git(other, 'init', '--quiet')
    commitIn(other)
    const named = { GIT_DIR: join(other, '.git'), GIT_WORK_TREE: '/' }
    expect(await answersWith(named, join(top, 'rust'))).toEqual(expected)
  })
})

test('nothing that git counts as belonging to one repository stays in the environment', () => {
  const names = execFileSync('git', ['rev-parse', '--local-env-vars'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  for (const name of names) vi.stubEnv(name, '/nowhere')
  vi.stubEnv('GIT_SSH_COMMAND', 'ssh -F here')
  const kept = Object.keys(gitEnvironment('/'))
  expect(names).toContain('GIT_DIR')
  expect(kept.filter((name) => names.includes(name))).toEqual([])
  expect(kept).toContain('GIT_SSH_COMMAND')
})

describe('a work tree that only the environment names', () => {
  let top = ''
  let named: Variables = {}
  beforeAll(() => {
    const folder = folderWith({
      'tree/.gitignore': 'ignored\n',
      'tree/rust/tracked': 'text\n',
      'tree/rust/ignored': '',
    })
    folders.push(folder)
    top = join(folder, 'tree')
    named = { GIT_DIR: join(folder, 'bare.git'), GIT_WORK_TREE: top }
    git(folder, 'init', '--quiet', '--bare', 'bare.git')
    for (const args of [
      ['add', '.'],
      ['commit', '--quiet', '--message=one'],
    ])
      git(top, `--git-dir=${named['GIT_DIR']}`, `--work-tree=${top}`, ...args)
  })

  test('is asked about', async () => {
    expect(await answersWith(named, join(top, 'rust'))).toMatchObject({
      repository: { top, gitFolder: named['GIT_DIR'] },
      checkedOut: FILES,
      released: { ref: null, commit: expect.stringMatching(/^[0-9a-f]{40}$/), notes: [] },
      workTree: { prefix: 'rust', tracks: [true, false], ignores: [false, true] },
      configuration: { files: new Set([join(top, 'rust', 'ignored')]), isGuess: false },
    })
  })

  test.each([
    ['without a work tree', ['GIT_DIR']],
    ['without a repository', ['GIT_WORK_TREE']],
  ])('is not, %s', async (_, names) => {
    for (const name of names) vi.stubEnv(name, named[name])
    await expect(repositoryOf(top)).rejects.toThrow('not in a git repository')
    expect(workTreeOf(top)).toBeUndefined()
  })

  test('is not for a directory elsewhere', async () => {
    for (const [name, value] of Object.entries(named)) vi.stubEnv(name, value)
    await expect(repositoryOf(join(top, '..'))).rejects.toThrow('not in a git repository')
  })
})

describe.skipIf(process.getuid?.() !== 0)('the checkout of another user (needs root)', () => {
  test('is not compared or released without a word', async () => {
    const folder = folderWith(FILES)
    folders.push(folder)
    git(folder, 'init', '--quiet')
    commitIn(folder)
    execFileSync('chown', ['-R', '12345', folder])
    vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null')
    await expect(repositoryOf(folder)).rejects.toThrow(/git finds no work tree here: .*dubious ownership/)
    expect(await releasedRevision(folder, undefined)).toEqual({
      ref: null,
      commit: null,
      notes: [expect.stringContaining('dubious ownership')],
    })
    expect(workTreeOf(folder)?.prefix).toBe('')
  })
})
