/** `why` on a small workspace in a repository; test/nix/rebuilds.test.ts checks that it agrees with Nix and cargo. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { folderWith } from './folder.ts'
import { nixIsMissing } from './builds/package-set.ts'
import { cargo2nix, cargo2nixOrFail, type Finished } from './program.ts'

const target = 'x86_64-unknown-linux-musl'
const host = 'x86_64-unknown-linux-gnu'
const folders: string[] = []

function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.org']
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' })
}

/** A repository whose workspace lies in a directory of it, with two commits. */
function repository(settings = ''): string {
  const manifest = (name: string, rest: string): string =>
    `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${rest}`
  const folder = folderWith({
    'rust/Cargo.toml': `[workspace]\nmembers = ["*"]\nresolver = "2"\n[workspace.metadata.cargo2nix]\nhosts = ["${host}"]\ntargets = ["${target}"]\n${settings}`,
    'rust/Cargo.lock':
      'version = 4\n\n[[package]]\nname = "base"\nversion = "0.1.0"\n\n' +
      '[[package]]\nname = "middle"\nversion = "0.1.0"\ndependencies = [\n "base",\n]\n\n' +
      '[[package]]\nname = "tool"\nversion = "0.1.0"\ndependencies = [\n "middle",\n]\n',
    'rust/base/Cargo.toml': manifest('base', '[features]\nloud = []\n'),
    'rust/base/src/lib.rs': 'mod words;\nconst NOTE: &str = include_str!("../../../notes/note.txt");\n',
    'rust/base/src/words.rs': '',
    'rust/base/tests/speaks.rs': '',
    'rust/middle/Cargo.toml': manifest('middle', '[dependencies]\nbase = { path = "../base" }\n'),
    'rust/middle/src/lib.rs': '',
    'rust/tool/Cargo.toml': manifest('tool', '[dependencies]\nmiddle = { path = "../middle" }\n'),
    'rust/tool/src/main.rs': 'fn main() {}\n',
    'notes/note.txt': 'a note\n',
    'rust/.gitignore': '*.log\n',
  })
  folders.push(folder)
  git(folder, 'init', '--quiet')
  git(folder, 'commit', '--quiet', '--allow-empty', '--message=empty')
  git(folder, 'add', '--all')
  git(folder, 'commit', '--quiet', '--message=workspace')
  return folder
}

interface Told {
  readonly commit: string
  readonly targets: readonly { readonly target: string; readonly units: number; readonly rebuilt: number }[]
  readonly rebuilt: readonly {
    readonly unit: string
    readonly reason: string
    readonly changes: readonly { readonly field: string; readonly name: string }[]
    readonly through: readonly string[]
    readonly rebuilds: Readonly<Record<string, number>>
  }[]
}

async function told(folder: string, ...args: readonly string[]): Promise<Told> {
  const { stdout } = await cargo2nixOrFail(['why', '--json', '--host', host, ...args], {
    cwd: join(folder, 'rust'),
  })
  return JSON.parse(stdout) as Told
}

const why = (folder: string, ...args: readonly string[]): Promise<Finished> =>
  cargo2nix(['why', '--host', host, ...args], { cwd: join(folder, 'rust') })

/** A PATH with git alone. */
function onlyGit(): string {
  const folder = folderWith({})
  folders.push(folder)
  symlinkSync(execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim(), join(folder, 'git'))
  return folder
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const missing = (await nixIsMissing()) ? ' (skipped: there is no nix-instantiate)' : ''

describe.skipIf(missing !== '')(`why${missing}`, () => {
  let folder: string
  beforeAll(() => {
    folder = repository()
  })

  test('why prints nothing right after a commit; the repository stays as it is', async () => {
    const before = git(folder, 'status', '--porcelain', '--ignored')
    const { stdout, status } = await why(folder)
    expect(stdout).toBe('Nothing is built again since HEAD.\n')
    expect(status).toBe(0)
    expect(git(folder, 'status', '--porcelain', '--ignored')).toBe(before)
    expect(readdirSync(folder).toSorted()).toEqual(['.git', 'notes', 'rust'])
  })

  test('for a module, why prints its unit, its dependents per target, and the path to each', async () => {
    appendFileSync(join(folder, 'rust/base/src/words.rs'), '// more\n')
    const { targets, rebuilt, commit } = await told(folder)
    expect(commit).toBe(git(folder, 'rev-parse', 'HEAD').trim())
    // three packages with a test each, and base's integration test
    expect(targets).toEqual([host, target].map((target) => ({ target, units: 7, rebuilt: 7 })))
    const tool = rebuilt.find(({ unit }) => unit === 'tool:bin:tool')
    expect(tool).toMatchObject({ reason: 'dependency', through: ['middle:lib', 'base:lib'] })
    const base = rebuilt.find(({ unit }) => unit === 'base:lib')
    expect(base?.changes).toMatchObject([{ field: 'source', name: 'base/src/words.rs' }])
    expect(base?.rebuilds).toEqual({ [host]: 6 })
    const { stdout } = await why(folder, 'tool:bin', '--target', target)
    expect(stdout).toContain(`tool:bin:tool 0.1.0 for ${target} is built again:`)
    expect(stdout).toContain('tool:bin:tool <- middle:lib <- base:lib')
    git(folder, 'checkout', '--', '.')
  })

  test('a file that is not in git yet counts, one that git ignores does not', async () => {
    writeFileSync(join(folder, 'rust/base/src/words.log'), 'x')
    expect((await told(folder)).rebuilt).toEqual([])
    mkdirSync(join(folder, 'rust/base/src/words'))
    writeFileSync(join(folder, 'rust/base/src/words/list.txt'), 'x')
    const { rebuilt } = await told(folder, 'base:lib')
    expect(rebuilt[0]?.changes).toMatchObject([
      { field: 'source', name: 'base/src/words/list.txt', after: expect.any(String) as string },
    ])
    git(folder, 'clean', '--quiet', '--force', '-d', '-x')
  })

  test('an included file outside of the workspace counts', async () => {
    appendFileSync(join(folder, 'notes/note.txt'), 'more\n')
    const { rebuilt } = await told(folder, 'base:lib')
    expect(rebuilt[0]?.changes).toMatchObject([{ field: 'source', name: '../notes/note.txt' }])
    git(folder, 'checkout', '--', '.')
  })

  test('a file that the manifest names counts, even if git ignores it', async () => {
    writeFileSync(join(folder, 'rust/middle/made.log'), 'x')
    appendFileSync(
      join(folder, 'rust/middle/Cargo.toml'),
      '[package.metadata.cargo2nix]\ninclude = ["*.log", "../../notes/**/*.txt"]\n',
    )
    const { rebuilt } = await told(folder, 'middle:lib')
    const names = ['../notes/note.txt', 'middle/made.log', 'place of the package']
    expect(rebuilt[0]?.changes.map(({ name }) => name)).toEqual(names)
    git(folder, 'checkout', '--', '.')
    git(folder, 'clean', '--quiet', '--force', '-d', '-x')
  })

  test('an interface is the same unit as its library', async () => {
    const withInterfaces = repository('interfaces = "all"\n')
    appendFileSync(join(withInterfaces, 'rust/base/src/words.rs'), '// more\n')
    appendFileSync(join(folder, 'rust/base/src/words.rs'), '// more\n')
    const [all, none] = [await told(withInterfaces), await told(folder)]
    expect(none.rebuilt).toHaveLength(14)
    expect({ ...all, commit: '' }).toEqual({ ...none, commit: '' })
    git(folder, 'checkout', '--', '.')
  })

  test('a test rebuilds itself', async () => {
    appendFileSync(join(folder, 'rust/base/tests/speaks.rs'), '// more\n')
    const { rebuilt } = await told(folder)
    expect(new Set(rebuilt.map(({ unit }) => unit))).toEqual(new Set(['base:test:speaks']))
    git(folder, 'checkout', '--', '.')
  })

  test('against an earlier revision, why names features and profile', async () => {
    writeFileSync(
      join(folder, 'rust/middle/Cargo.toml'),
      '[package]\nname = "middle"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nbase = { path = "../base", features = ["loud"] }\n',
    )
    appendFileSync(join(folder, 'rust/Cargo.toml'), '[profile.release.package.tool]\nopt-level = 1\n')
    git(folder, 'commit', '--quiet', '--all', '--message=more')
    expect((await told(folder)).rebuilt).toEqual([])
    const { rebuilt } = await told(folder, '--since', 'HEAD~1')
    const changes = (unit: string): unknown => rebuilt.find((each) => each.unit === unit)?.changes
    expect(changes('base:lib')).toMatchObject([{ field: 'features', name: 'loud' }])
    expect(changes('tool:bin:tool')).toMatchObject([{ field: 'profile', name: 'optLevel' }])
  })

  test('a change common to many units is printed once, a version along with the previous one', async () => {
    appendFileSync(join(folder, 'rust/Cargo.toml'), '[profile.release]\ndebug = 1\n')
    const { stdout } = await why(folder, '--target', target)
    expect(stdout).toMatch(/^ {2}profile \(.*\): \d+ units \(base:lib, .*, and \d+ more\)$/m)
    expect(stdout.split('\n').length).toBeLessThan(9)
    git(folder, 'checkout', '--', '.')
    for (const [file, from] of [
      ['middle/Cargo.toml', 'name = "middle"\nversion = "0.1.0"'],
      ['Cargo.lock', 'name = "middle"\nversion = "0.1.0"'],
    ] as const) {
      const path = join(folder, 'rust', file)
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, from.replace('0.1.0', '0.2.0')))
    }
    const { stdout: said } = await why(folder, '--target', target)
    expect(said).toContain('middle:lib 0.2.0 for ')
    expect(said).toContain(': version: `0.1.0` is now `0.2.0`; units built again with it: ')
    git(folder, 'checkout', '--', '.')
  })

  test.each([
    [['--since', 'nowhere'], 'there is no such revision'],
    [['--since', '--all'], 'there is no such revision'],
    [['--since', 'HEAD~2'], 'the workspace was not there yet'],
    [['bsae'], 'did you mean base?'],
    [['base:bin'], 'of base there are: lib, test'],
    [['no such'], 'is not a package id specification'],
  ])('%j is refused', async (args, message) => {
    const { status, stderr } = await why(folder, ...args)
    expect(stderr).toContain(message)
    expect(status).toBe(2)
  })

  test('an edit in a vendored package, in the worktree of a repository with a split index', async () => {
    const sum = '7'.repeat(64)
    const whole = folderWith({
      'repository/rust/Cargo.toml':
        '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nleaf = "1"\n[package.metadata.cargo2nix]\nvendored = "../third"\n',
      'repository/rust/Cargo.lock': `version = 4\n\n[[package]]\nname = "a"\nversion = "0.1.0"\ndependencies = ["leaf"]\n\n[[package]]\nname = "leaf"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${sum}"\n`,
      'repository/rust/src/lib.rs': '',
      'repository/.cargo/config.toml':
        '[source.crates-io]\nreplace-with = "third"\n[source.third]\ndirectory = "third"\n',
      'repository/third/leaf/Cargo.toml': '[package]\nname = "leaf"\nversion = "1.0.0"\n',
      'repository/third/leaf/src/lib.rs': '',
      'repository/third/leaf/.cargo-checksum.json': `{"package":"${sum}","files":{}}`,
    })
    folders.push(whole)
    const [main, folder] = [join(whole, 'repository'), join(whole, 'worktree')]
    git(main, 'init', '--quiet')
    git(main, 'config', 'core.splitIndex', 'true')
    git(main, 'add', '--all')
    git(main, 'commit', '--quiet', '--message=one')
    git(main, 'worktree', 'add', '--quiet', folder)
    expect((await told(folder)).rebuilt).toEqual([])
    appendFileSync(join(folder, 'third/leaf/src/lib.rs'), '// more\n')
    const { rebuilt } = await told(folder, 'leaf')
    expect(rebuilt[0]?.changes).toMatchObject([{ field: 'source', name: '../third/leaf/src' }])
    // what git says to its hooks in a worktree
    vi.stubEnv('GIT_DIR', git(folder, 'rev-parse', '--absolute-git-dir').trim())
    vi.stubEnv('GIT_INDEX_FILE', join(whole, 'index.lock'))
    const inHook = await told(folder, 'leaf')
    vi.unstubAllEnvs()
    expect(inHook.rebuilt).toEqual(rebuilt)
  })

  test('an edit in a vendored package inside of a root package, whose own units may read all of its files', async () => {
    const sum = '7'.repeat(64)
    const folder = folderWith({
      'rust/Cargo.toml':
        '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n[dev-dependencies]\nleaf = "1"\n',
      'rust/Cargo.lock': `version = 4\n\n[[package]]\nname = "a"\nversion = "0.1.0"\ndependencies = ["leaf"]\n\n[[package]]\nname = "leaf"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${sum}"\n`,
      'rust/src/lib.rs': '',
      'rust/build.rs': 'fn main() { std::fs::read_dir(".").unwrap().count(); }\n',
      'rust/tests/walks.rs':
        '#[test]\nfn walks() { std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap().count(); }\n',
      'rust/data/read.txt': '',
      'rust/.cargo/config.toml':
        '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n',
      'rust/vendor/leaf/Cargo.toml': '[package]\nname = "leaf"\nversion = "1.0.0"\n',
      'rust/vendor/leaf/src/lib.rs': '',
      'rust/vendor/leaf/.cargo-checksum.json': `{"package":"${sum}","files":{}}`,
    })
    folders.push(folder)
    git(folder, 'init', '--quiet')
    git(folder, 'add', '--all')
    git(folder, 'commit', '--quiet', '--message=one')
    const own = async (): Promise<readonly string[]> => {
      const { rebuilt } = await told(folder)
      const isOwn = ({ changes }: Told['rebuilt'][number]): boolean =>
        changes.some(({ field }) => field === 'source')
      return [...new Set(rebuilt.filter(isOwn).map(({ unit }) => unit.split(' ')[0]!))].toSorted()
    }
    appendFileSync(join(folder, 'rust/vendor/leaf/src/lib.rs'), '// more\n')
    expect(await own()).toEqual(['leaf:lib'])
    git(folder, 'checkout', '--', '.')
    appendFileSync(join(folder, 'rust/data/read.txt'), 'more')
    expect(await own()).toEqual(['a:build-script-run', 'a:lib', 'a:test:walks'])
  })

  test('without Nix, why names what to install', async () => {
    const { status, stderr } = await cargo2nix(['why', '--host', host], {
      cwd: join(folder, 'rust'),
      env: { ...process.env, PATH: onlyGit() },
    })
    expect(stderr).toContain(
      'error: nix-instantiate is not in PATH\nhint: install Nix: it is asked which files each unit reads\n',
    )
    expect(status).toBe(2)
  })

  test('outside of a git repository, why is an error', async () => {
    const bare = folderWith({
      'rust/Cargo.toml': '[package]\nname = "a"\nversion = "0.1.0"\n',
      'rust/Cargo.lock': 'version = 4\n\n[[package]]\nname = "a"\nversion = "0.1.0"\n',
      'rust/src/lib.rs': '',
    })
    folders.push(bare)
    const { status, stderr } = await why(bare)
    expect(stderr).toContain('not in a git repository')
    expect(status).toBe(2)
  })
})
