/** Files, names and places that should not occur: we exit at once with an error that names them, without a stack trace. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderWith, type Files } from './folder.ts'
import { cargo2nix, cli, run, type Finished } from './program.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const manifest = (more = ''): string =>
  `[package]\nname = "one"\nversion = "0.1.0"\nedition = "2021"\n${more}`
const good: Files = {
  'Cargo.toml': manifest(),
  'Cargo.lock': 'version = 4\n\n[[package]]\nname = "one"\nversion = "0.1.0"\n',
  'src/lib.rs': '',
}

function workspace(files: Files = {}): string {
  const folder = folderWith({ ...good, ...files })
  folders.push(folder)
  return folder
}

/** Ends within seconds, and never with a stack. */
async function ends(cwd: string, args: readonly string[] = ['generate']): Promise<Finished> {
  const finished = await run('timeout', ['20', process.execPath, '--max-old-space-size=1024', cli, ...args], {
    cwd,
  })
  expect(finished.stderr).not.toMatch(/^ +at |this is a bug/m)
  expect([0, 1, 2], `${finished.status} ${finished.stderr}`).toContain(finished.status)
  return finished
}

test.each([
  ['/dev/null', 0],
  ['/dev/zero', 2],
])('a source that is a link to %s', async (device, status) => {
  const cwd = workspace()
  rmSync(join(cwd, 'src/lib.rs'))
  symlinkSync(device, join(cwd, 'src/lib.rs'))
  const finished = await ends(cwd)
  expect(finished.status, finished.stderr).toBe(status)
})

test('absolute paths in `members`, `exclude` and `package.workspace`', async () => {
  const top = folderWith({
    'root/Cargo.lock': good['Cargo.lock']!,
    'one/src/lib.rs': '',
    'other/src/lib.rs': '',
  })
  folders.push(top)
  const root = join(top, 'root')
  for (const name of ['one', 'other'])
    writeFileSync(
      join(top, name, 'Cargo.toml'),
      manifest(`workspace = "${root}"\n`).replace('"one"', `"${name}"`),
    )
  const patterns = `members = ["${top}/o*"]\nexclude = ["${top}/other"]\n`
  writeFileSync(join(root, 'Cargo.toml'), `[workspace]\n${patterns}`)
  const { status, stderr, stdout } = await ends(root, ['unit-graph'])
  expect(status, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ units: [{ target: { name: 'one' } }] })
})

/** What stands where a file should. */
const THINGS: Readonly<Record<string, (path: string) => void>> = {
  pipe: (path) => void execFileSync('mkfifo', [path]),
  'link to a device': (path) => symlinkSync('/dev/zero', path),
  'link to itself': (path) => symlinkSync(path, path),
  directory: (path) => void mkdirSync(path),
  'link that leads nowhere': (path) => symlinkSync('/nowhere/at/all', path),
}

/** Where nobody looks into a directory, or a link that leads nowhere is as if nothing was there. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  'rust-toolchain.toml': ['directory', 'link that leads nowhere'],
  '.cargo/config.toml': ['link that leads nowhere', 'link to itself'],
  'nix/toolchain.lock.json': ['link that leads nowhere', 'link to itself'],
}

describe.each([
  'Cargo.toml',
  'Cargo.lock',
  '.cargo/config.toml',
  'rust-toolchain.toml',
  'nix/toolchain.lock.json',
])('instead of %s', (path) => {
  test.each(Object.entries(THINGS))('a %s', async (name, make) => {
    const cwd = workspace()
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    rmSync(join(cwd, path), { force: true })
    make(join(cwd, path))
    for (const args of [['generate'], ['check'], ['unit-graph']]) {
      const { status, stderr } = await ends(cwd, args)
      if (HARMLESS[path]?.includes(name) === true) continue
      if (path.startsWith('nix/') && args[0] === 'unit-graph') continue
      expect(status, stderr).toBe(2)
      expect(stderr).toContain(path)
    }
  })
})

describe('paths in a manifest', () => {
  const long = 'x'.repeat(5000)
  test.each([
    ['a name that is too long', 'dependencies.other.path', long],
    ['a NUL byte', 'dependencies.other.path', 'a\\u0000b'],
    ['a link to itself', 'dependencies.other.path', 'loop'],
    ['a name that is too long', 'lib.path', long],
    ['a NUL byte', 'lib.path', 'a\\u0000b'],
    ['a link to itself', 'lib.path', 'loop'],
    ['a link to itself', 'package.build', 'loop'],
    ['a NUL byte', 'package.build', 'a\\u0000b'],
    ['a NUL byte', 'package.workspace', '../a\\u0000b'],
    ['a name that is too long', 'package.workspace', long],
  ])('%s as %s', async (_, key, path) => {
    const cwd = workspace({ 'Cargo.toml': `${manifest()}[placeholder]\n` })
    const text = key.startsWith('package.')
      ? manifest(`${key.slice('package.'.length)} = "${path}"\n`)
      : `${manifest()}[${key.slice(0, key.lastIndexOf('.'))}]\npath = "${path}"\n`
    writeFileSync(join(cwd, 'Cargo.toml'), text)
    symlinkSync('loop', join(cwd, 'loop'))
    const { status, stderr } = await ends(cwd)
    expect(status, stderr).toBe(2)
    expect(stderr).toContain('Cargo.toml')
    expect(stderr.length).toBeLessThan(12_000)
  })

  test('members that are links in a circle', async () => {
    const cwd = workspace({ 'Cargo.toml': '[workspace]\nmembers = ["members/*", "members/**/deep"]\n' })
    mkdirSync(join(cwd, 'members'))
    symlinkSync('.', join(cwd, 'members', 'again'))
    symlinkSync('..', join(cwd, 'members', 'up'))
    symlinkSync('self', join(cwd, 'members', 'self'))
    expect((await ends(cwd)).status).toBe(2)
  })
})

describe('where text of input is shown', () => {
  const command = '::error file=x::pwned'
  const cases: Readonly<Record<string, Files>> = {
    'a name in a manifest': { 'Cargo.toml': `[package]\nname = "a\\n${command}"\nversion = "0.1.0"\n` },
    'a version': { 'Cargo.toml': `[package]\nname = "one"\nversion = "1\\n${command}"\n` },
    'a requirement': { 'Cargo.toml': manifest(`[dependencies]\nx = "1\\n${command}"\n`) },
    'a key': { 'Cargo.toml': manifest(`["a\\n${command}"]\n[dependencies."x\\n${command}"]\npath = "y"\n`) },
    'a target': { 'Cargo.toml': manifest(`[[bin]]\nname = "b\\n${command}"\npath = "nope.rs"\n`) },
    'a source': {
      'Cargo.lock': `version = 4\n[[package]]\nname = "one"\nversion = "0.1.0"\nsource = "x\\n${command}"\n`,
    },
    'a setting': { 'Cargo.toml': manifest(`[package.metadata.cargo2nix]\ntargets = ["x\\n${command}"]\n`) },
    'an unknown setting': { 'Cargo.toml': manifest(`[package.metadata.cargo2nix]\n"x\\n${command}" = 1\n`) },
    'a value of the configuration': { '.cargo/config.toml': `[env."A\\n${command}"]\nforce = true\n` },
    'a toolchain': { 'rust-toolchain.toml': `[toolchain]\nchannel = "x\\n${command}\\u001b[31m"\n` },
    'a warning': {
      '.cargo/config.toml': `[unstable]\n[target."cfg(x\\n${command})"]\nrustdocflags = ["a"]\n`,
    },
  }
  test.each(Object.entries(cases))('%s starts no line of its own', async (_, files) => {
    const cwd = workspace(files)
    for (const args of [['generate'], ['check']]) {
      const { stdout, stderr } = await ends(cwd, args)
      const lines = `${stdout}\n${stderr}`.split(/[\n\r\u0085\u2028\u2029]/)
      expect(lines.filter((line) => line.trimStart().startsWith('::'))).toEqual([])
      // eslint-disable-next-line no-control-regex
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    }
  })

  test.each([
    [],
    ['completions'],
    ['generate', '--color'],
    ['generate', '--target'],
    ['generate', '--out'],
    ['generate', '--manifest-path'],
    ['report', '--file'],
    ['rust-project', '--out'],
    ['unit-graph'],
    ['timings', '--'],
  ])('a word of the command line starts no line of its own: %j', async (...args) => {
    const cwd = workspace()
    for (const given of [
      [...args, `x\n${command}`],
      [...args.slice(0, -1), `${args.at(-1)}=x\n${command}`],
    ]) {
      const { stdout, stderr } = await ends(cwd, given)
      expect(`${stdout}\n${stderr}`.split(/[\n\r]/).filter((line) => line.startsWith('::'))).toEqual([])
      expect(stdout + stderr).toContain('x\\n::error')
    }
  })

  test.each(['generate --out=', 'check --out=', 'report --file=', 'generate --manifest-path='])(
    'an empty path is refused: %s',
    async (line) => {
      const cwd = workspace()
      const { status, stderr } = await ends(cwd, line.split(' '))
      expect(status).toBe(2)
      expect(stderr).toContain(`\`${line.split(' ')[1]!.slice(0, -1)}\`: the path is empty`)
    },
  )

  test('only the annotation of `check` does', async () => {
    const cwd = workspace()
    const env = { ...process.env, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: cwd }
    const { stderr } = await cargo2nix(['check'], { cwd, env })
    const lines = stderr.split('\n').filter((line) => line.startsWith('::'))
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.filter((line) => !line.startsWith('::error file=nix/'))).toEqual([])
  })
})

describe('large input', () => {
  test.each([
    ['a chain of 10,000 features', 10_000],
    ['a chain of 500 features', 500],
  ])('%s is resolved', async (_, count) => {
    const features = Array.from({ length: count }, (__, index) =>
      index === 0 ? 'f0 = []' : `f${index} = ["f${index - 1}"]`,
    )
    const text = manifest(`[features]\ndefault = ["f${count - 1}"]\n${features.join('\n')}\n`)
    const { status, stdout } = await ends(workspace({ 'Cargo.toml': text }), ['unit-graph'])
    expect(status).toBe(0)
    const { units } = JSON.parse(stdout) as { units: { features: string[] }[] }
    expect(units[0]?.features).toHaveLength(count + 1)
  })

  test('a chain of 10,000 features by `dep/feature` is resolved', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => index)
    const features = names.map((index) => `f${index} = [${index === 0 ? '' : `"f${index - 1}"`}]`)
    const cwd = workspace({
      'Cargo.toml': manifest('[dependencies]\ntwo = { path = "two", features = ["f9999"] }\n'),
      'Cargo.lock': `${good['Cargo.lock']}dependencies = ["two"]\n\n[[package]]\nname = "two"\nversion = "0.1.0"\n`,
      'two/Cargo.toml': `[package]\nname = "two"\nversion = "0.1.0"\nedition = "2021"\n[features]\n${features.join('\n')}\n`,
      'two/src/lib.rs': '',
    })
    expect((await ends(cwd)).status).toBe(0)
  })

  test('a chain of 500 profiles is generated', async () => {
    const profiles = Array.from(
      { length: 500 },
      (_, index) =>
        `[profile.p${index}]\ninherits = "${index === 0 ? 'release' : `p${index - 1}`}"\nopt-level = 1\n`,
    )
    const { status, stderr } = await ends(workspace({ 'Cargo.toml': manifest(profiles.join('')) }))
    expect(status, stderr).toBe(0)
  })

  test('2,000 named builds are generated', async () => {
    const builds = Array.from(
      { length: 2000 },
      (_, index) => `b${index} = { features = [${index % 3 === 0 ? '"loud"' : ''}] }\n`,
    ).join('')
    const tables = `[features]\nloud = []\n[package.metadata.cargo2nix.builds]\n${builds}`
    const { status, stderr } = await ends(workspace({ 'Cargo.toml': manifest(tables) }))
    expect(status, stderr).toBe(0)
  })

  test('tables within tables, deeper than any stack', async () => {
    const deep = `x = ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`
    const { status, stderr } = await ends(workspace({ 'Cargo.toml': manifest(deep) }))
    expect(status).toBe(2)
    expect(stderr).toContain('Cargo.toml')
  })
})

describe('where nothing can be written or read', () => {
  test('a full standard output is an error', () => {
    const cwd = workspace()
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"$0" "$1" unit-graph > /dev/full`, process.execPath, cli],
      {
        cwd,
        encoding: 'utf8',
      },
    )
    expect(status).toBe(2)
    expect(stderr).toBe(
      'error: standard output: cannot be written: no space is left on the device\nhint: make room, or redirect it elsewhere\n',
    )
  })

  test('a full standard error does not change the exit code', () => {
    const cwd = workspace({ 'Cargo.toml': 'x' })
    const { status } = spawnSync('sh', ['-c', `"$0" "$1" generate 2> /dev/full`, process.execPath, cli], {
      cwd,
    })
    expect(status).toBe(2)
  })

  test.each(['/dev/full', '/dev/null/x', '/proc/x'])('an unwritable `--out %s` is an error', async (out) => {
    const { status, stderr } = await ends(workspace(), ['generate', '--out', out])
    expect(status).toBe(2)
    expect(stderr).toContain(out.split('/').slice(0, 3).join('/'))
  })

  test('an unwritable `--code-quality` file is an error', async () => {
    const { status, stderr } = await ends(workspace(), ['check', '--code-quality', '/dev/full'])
    expect(status).toBe(2)
    expect(stderr).toContain('/dev/full')
  })

  test.each(['generate', 'check', 'unit-graph', 'why', 'targets', 'overrides', 'toolchain'])(
    '%s in a directory that is gone',
    (command) => {
      const gone = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
      const { status, stderr } = spawnSync(
        'sh',
        ['-c', `rmdir "$PWD" && "$0" "$1" "$2"`, process.execPath, cli, command],
        { cwd: gone, encoding: 'utf8' },
      )
      expect(status).toBe(2)
      expect(stderr).toMatch(/^error: the current directory cannot be read: /)
      expect(stderr).not.toMatch(/^ +at /m)
    },
  )

  const isRoot = process.getuid?.() === 0
  test.skipIf(isRoot)(`a file without permission${isRoot ? ' (root may read all)' : ''}`, async () => {
    const cwd = workspace({ 'rust-toolchain.toml': '[toolchain]\nchannel = "stable"\n' })
    chmodSync(join(cwd, 'rust-toolchain.toml'), 0)
    const { status, stderr } = await ends(cwd)
    expect(status).toBe(2)
    expect(stderr).toContain('rust-toolchain.toml')
  })
})

describe('cargo fetch that could not run', () => {
  const lacking = {
    'Cargo.toml': manifest('[dependencies]\nnot-there-at-all = "1"\n'),
    'Cargo.lock': `${good['Cargo.lock']}dependencies = ["not-there-at-all"]\n\n[[package]]\nname = "not-there-at-all"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${'0'.repeat(64)}"\n`,
  }
  test.each([
    ['says why it ended', '#!/bin/sh\nexit 3\n', 0o755, 'exit code 3'],
    ['says which signal ended it', '#!/bin/sh\nkill -9 $$\n', 0o755, 'SIGKILL'],
    ['says why it was not started', '#!/bin/sh\nexit 0\n', 0o644, 'permission denied'],
    ['says what cargo said', '#!/bin/sh\necho "error: no such host" >&2\nexit 101\n', 0o755, 'no such host'],
  ])('%s', async (_, script, mode, expected) => {
    const cwd = workspace(lacking)
    const programs = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
    folders.push(programs)
    writeFileSync(join(programs, 'cargo'), script)
    chmodSync(join(programs, 'cargo'), mode)
    const env = { PATH: mode === 0o644 ? programs : `${programs}:/bin:/usr/bin`, HOME: programs }
    const { status, stderr } = await run(process.execPath, [cli, 'generate'], { cwd, env })
    expect(status).toBe(2)
    expect(stderr).toContain(expected)
  })
})
