/** Configuration and toolchain files that git ignores never count, also where git cannot be asked as usual. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { folderWith, type Files } from './folder.ts'
import { cargo2nix, type Finished } from './program.ts'
import { git, writeFiles } from './registry.ts'

const SECRET = 'do-not-print-this'
const CONFIG = `[env]\nTOKEN = "${SECRET}"\n`
const PACKAGE: Files = {
  'Cargo.toml': '[package]\nname = "one"\nversion = "0.1.0"\n',
  'Cargo.lock': 'version = 4\n[[package]]\nname = "one"\nversion = "0.1.0"\n',
  'src/lib.rs': '',
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function workspaceWith(files: Files, isRepository = true): string {
  const folder = folderWith({ ...PACKAGE, ...files })
  folders.push(folder)
  if (isRepository) git(folder, 'init', '--quiet')
  return folder
}

const generate = (cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> =>
  cargo2nix(['generate', '--offline'], {
    cwd,
    env: { ...process.env, CARGO_HOME: join(cwd, 'home'), ...env },
  })

const written = (folder: string): string => readFileSync(join(folder, 'nix', 'Cargo.nix'), 'utf8')

async function expectLeftAside(folder: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { status, stderr } = await generate(folder, env)
  expect(status, stderr).toBe(0)
  expect(stderr).toMatch(/^note: ignored, .*`env\.TOKEN` in /m)
  expect(written(folder)).not.toContain(SECRET)
  return stderr
}

describe('an ignored configuration', () => {
  const files: Files = { '.gitignore': '.cargo\n', '.cargo/config.toml': CONFIG }

  test.each([
    { GIT_LITERAL_PATHSPECS: '1' },
    { GIT_NOGLOB_PATHSPECS: '1' },
    { GIT_INDEX_FILE: '/nowhere' },
    { GIT_DIR: '/nowhere' },
    { GIT_DIR: '/nowhere', GIT_WORK_TREE: '/' },
    { GIT_OBJECT_DIRECTORY: '/nowhere' },
    { GIT_CONFIG_COUNT: 'x' },
    { GIT_TRACE: '/dev/stdout' },
    { GIT_CEILING_DIRECTORIES: '/' },
  ])('is ignored with %j', async (env) => {
    await expectLeftAside(workspaceWith(files), env)
  })

  test.skipIf(process.getuid?.() !== 0)(
    'is ignored in the checkout of another user (needs root)',
    async () => {
      const folder = workspaceWith(files)
      spawnSync('chown', ['-R', '12345', folder])
      await expectLeftAside(folder)
    },
  )

  test.each([
    ['behind a link to a directory', { '.gitignore': 'mine\n', 'mine/config.toml': CONFIG }],
    ['behind an ignored link', { '.gitignore': '.cargo\n', 'mine/config.toml': CONFIG }],
  ])('is ignored %s', async (_, found) => {
    const folder = workspaceWith(found)
    symlinkSync('mine', join(folder, '.cargo'))
    await expectLeftAside(folder)
  })

  test('counts behind a link that git does not ignore', async () => {
    const folder = workspaceWith({ '.gitignore': 'target\n', 'shared/config.toml': CONFIG })
    symlinkSync('shared', join(folder, '.cargo'))
    expect(await generate(folder)).toMatchObject({ status: 0, stderr: '' })
    expect(written(folder)).toContain(SECRET)
  })

  test('counts where git tracks it', async () => {
    const folder = workspaceWith(files)
    git(folder, 'add', '--force', '.cargo')
    expect(await generate(folder)).toMatchObject({ status: 0, stderr: '' })
    expect(written(folder)).toContain(SECRET)
  })
})

describe('a repository that git cannot read', () => {
  const files: Files = { '.gitignore': '.cargo\n', '.cargo/config.toml': CONFIG }
  const isRefused = async (folder: string, reason: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> => {
    const { status, stderr } = await generate(folder, env)
    expect(status).toBe(2)
    expect(stderr).toContain(join(folder, '.cargo', 'config.toml'))
    expect(stderr).toMatch(/git cannot say whether it ignores this file: /)
    expect(stderr).toMatch(reason)
    expect(stderr).not.toContain(SECRET)
  }

  test('stops without git', async () => {
    const folder = workspaceWith(files)
    mkdirSync(join(folder, 'bin'))
    symlinkSync(process.execPath, join(folder, 'bin', 'node'))
    await isRefused(folder, /git is not in PATH/, { PATH: join(folder, 'bin') })
  })

  test.each(['index', 'config', 'HEAD'])('stops for a damaged .git/%s', async (name) => {
    const folder = workspaceWith(files)
    writeFileSync(join(folder, '.git', name), '[damaged')
    await isRefused(folder, /fatal: /)
  })

  test('stops for a .git that leads nowhere', async () => {
    await isRefused(workspaceWith({ ...files, '.git': 'gitdir: /nowhere\n' }, false), /fatal: /)
  })

  test('stops if git waits for a pipe', { timeout: 60_000 }, async () => {
    const folder = workspaceWith(files)
    const exclude = join(folder, '.git', 'info', 'exclude')
    rmSync(exclude, { force: true })
    spawnSync('mkfifo', [exclude])
    await isRefused(folder, /git did not end in \d+ s/)
  })

  test('needs no git without configuration', async () => {
    const folder = workspaceWith({})
    writeFileSync(join(folder, '.git', 'index'), '[damaged')
    expect(await generate(folder)).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('without a .git', () => {
  test.each([
    '.cargo',
    '/.cargo/',
    '.cargo/*',
    'config.toml',
    '*.toml',
    '.c?rgo',
    '.[c]argo',
    '\uFEFF.cargo',
    '.*',
    '**',
    '.CARGO',
    '.cargo/**',
  ])('a configuration that %j may name does not count', async (pattern) => {
    const files = { '.gitignore': `${pattern}\n`, '.cargo/config.toml': CONFIG }
    const stderr = await expectLeftAside(workspaceWith(files, false))
    expect(stderr).toMatch(/\.gitignore may name .*config\.toml, and there is no \.git/)
  })

  test.each(['', '/target\n*.log\n# .cargo\n!.cargo\nnode_modules/\nresult*\n.cargo-ok\n'])(
    'a configuration counts with the .gitignore %j',
    async (text) => {
      const folder = workspaceWith({ '.gitignore': text, '.cargo/config.toml': CONFIG }, false)
      expect(await generate(folder)).toMatchObject({ status: 0, stderr: '' })
      expect(written(folder)).toContain(SECRET)
    },
  )

  test('a configuration counts without a .gitignore', async () => {
    const folder = workspaceWith({ '.cargo/config.toml': CONFIG }, false)
    expect(await generate(folder)).toMatchObject({ status: 0, stderr: '' })
  })
})

test('a repository inside the repository answers for its own files', async () => {
  const folder = workspaceWith({
    'Cargo.toml': '[workspace]\nmembers = ["sub/one"]\nresolver = "2"\n',
    'sub/one/Cargo.toml': PACKAGE['Cargo.toml']!,
    'sub/one/src/lib.rs': '',
    'sub/.cargo/config.toml': CONFIG,
  })
  const sub = join(folder, 'sub')
  git(sub, 'init', '--quiet')
  git(sub, 'add', '.')
  git(sub, 'commit', '--quiet', '--message', 'all')
  git(folder, 'add', 'sub')
  const member = join(sub, 'one')
  const started = (): Promise<Finished> =>
    cargo2nix(['generate', '--offline'], {
      cwd: member,
      env: { ...process.env, CARGO_HOME: join(folder, 'home') },
    })
  expect(await started()).toMatchObject({ status: 0, stderr: '' })
  expect(written(folder)).toContain(SECRET)
  git(sub, 'rm', '--quiet', '--cached', '.cargo/config.toml')
  writeFiles(sub, { '.gitignore': '.cargo\n' })
  const { stderr } = await started()
  expect(stderr).toMatch(/`env\.TOKEN` in /)
  expect(written(folder)).not.toContain(SECRET)
})

describe('a toolchain file that git ignores', () => {
  test.each(['rust-toolchain', 'rust-toolchain.toml'])('%s does not count, with a note', async (name) => {
    const folder = workspaceWith({ 'rust-toolchain.toml': '' })
    rmSync(join(folder, 'rust-toolchain.toml'))
    expect(await generate(folder)).toMatchObject({ status: 0 })
    const before = written(folder)
    writeFileSync(join(folder, name), '[toolchain]\nchannel = "1.71"\n')
    writeFileSync(join(folder, '.git', 'info', 'exclude'), `${name}\n`)
    const { status, stderr } = await generate(folder)
    expect(status).toBe(0)
    expect(stderr).toContain(`note: ignored, since other checkouts do not have it: ${join(folder, name)}`)
    expect(written(folder)).toBe(before)
    expect(await cargo2nix(['check'], { cwd: folder })).toMatchObject({ status: 0 })
    writeFileSync(join(folder, '.git', 'info', 'exclude'), '')
    expect(await cargo2nix(['check'], { cwd: folder })).toMatchObject({ status: 1 })
  })

  test('leaves the next one to count', async () => {
    const folder = workspaceWith({
      '.gitignore': '/rust-toolchain\n',
      'rust-toolchain': '1.71\n',
      'rust-toolchain.toml': '[toolchain]\nchannel = "1.72"\n',
    })
    expect(await generate(folder)).toMatchObject({ status: 0 })
    const toolchain = readFileSync(join(folder, 'nix', 'toolchain.nix'), 'utf8')
    expect(toolchain).toContain('1.72')
    expect(toolchain).not.toContain('1.71')
  })
})
