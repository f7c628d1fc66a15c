/** `check`: tests whether the generated files are up to date; needs nothing but Node. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesIn, folderWith } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, type Finished } from './program.ts'
import { replace } from './rebuilds/edit.ts'

const folders: string[] = []
let workspace: string
/** An environment whose PATH leads to node and to nothing else. */
let bare: NodeJS.ProcessEnv

const cargo = (args: readonly string[]): string =>
  execFileSync('cargo', args, { cwd: workspace, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

beforeAll(async () => {
  workspace = folderWith({
    'Cargo.toml': '[workspace]\nmembers = ["one", "two"]\nresolver = "2"\n',
    'one/Cargo.toml':
      '[package]\nname = "one"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ntwo = { path = "../two" }\nitoa = "1"\n',
    'one/src/main.rs': 'fn main() {}\n',
    'two/Cargo.toml':
      '[package]\nname = "two"\nversion = "0.2.0"\nedition = "2021"\n[features]\ndefault = []\nloud = []\n',
    'two/src/lib.rs': '',
  })
  const programs = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  symlinkSync(process.execPath, join(programs, 'node'))
  folders.push(workspace, programs)
  bare = { PATH: programs, HOME: process.env['HOME'], CARGO_HOME: process.env['CARGO_HOME'] }
  cargo(['generate-lockfile'])
  cargo(['update', '--package=itoa', '--precise=1.0.14'])
  cargo(['fetch', '--locked'])
  await cargo2nixOrFail(['generate'], { cwd: workspace })
})

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A copy of the workspace as generated, changed. */
function changed(change: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  folders.push(folder)
  cpSync(workspace, folder, { recursive: true })
  change(folder)
  return folder
}

const check = (cwd: string): Promise<Finished> => cargo2nix(['check'], { cwd, env: bare })

describe('check', () => {
  test('PATH leads to no cargo, rustc or nix', () => {
    expect(() => execFileSync('cargo', ['--version'], { env: bare })).toThrow('ENOENT')
    expect(() => execFileSync('nix-build', ['--version'], { env: bare })).toThrow('ENOENT')
  })

  test('exits with 0 right after generate, and changes nothing', async () => {
    const before = filesIn(workspace)
    expect(await check(workspace)).toMatchObject({ status: 0, stderr: '' })
    expect(filesIn(workspace)).toEqual(before)
  })

  test('exits with 0 in a copy of the workspace under another name', async () => {
    expect(await check(changed(() => {}))).toMatchObject({ status: 0 })
  })

  test("exits with 0 after a change in a member's code", async () => {
    const folder = changed((at) => appendFileSync(join(at, 'one', 'src', 'main.rs'), '// more\n'))
    expect(await check(folder)).toMatchObject({ status: 0 })
  })

  test('exits with 1 if the lockfile has another version of a registry package', async () => {
    const before = readFileSync(join(workspace, 'Cargo.lock'), 'utf8')
    cargo(['update', '--package=itoa', '--precise=1.0.15'])
    cargo(['fetch', '--locked'])
    const after = readFileSync(join(workspace, 'Cargo.lock'), 'utf8')
    writeFileSync(join(workspace, 'Cargo.lock'), before)
    const result = await check(changed((at) => writeFileSync(join(at, 'Cargo.lock'), after)))
    expect(result.status).toBe(1)
    expect(result.stdout).toContain('itoa')
    expect(result.stdout).toContain('1.0.14')
    expect(result.stdout).toContain('1.0.15')
  })

  test('exits with 1 if a member has another version', async () => {
    const folder = changed((at) => {
      replace('two/Cargo.toml', '0.2.0', '0.3.0')(at)
      replace('Cargo.lock', '0.2.0', '0.3.0')(at)
    })
    const result = await check(folder)
    expect(result.status).toBe(1)
    expect(result.stdout).toMatch(/two/)
    expect(result.stdout).toMatch(/0\.3\.0/)
  })

  test('exits with 1 if a member has another default feature', async () => {
    const result = await check(changed(replace('two/Cargo.toml', 'default = []', 'default = ["loud"]')))
    expect(result.status).toBe(1)
    expect(result.stdout).toMatch(/packages changed: .*\btwo-0\.2\.0 \(features\)/)
  })

  test('exits with 1 if a dependency requests a feature', async () => {
    const result = await check(
      changed(replace('one/Cargo.toml', '"../two"', '"../two", features = ["loud"]')),
    )
    expect(result.status).toBe(1)
    expect(result.stdout).toMatch(/packages changed: .*\btwo-0\.2\.0 \(features\)/)
  })

  test('exits with 1 after a target is added', async () => {
    const table = '\n[workspace.metadata.cargo2nix]\ntargets = ["riscv64gc-unknown-linux-gnu"]\n'
    const result = await check(changed((at) => appendFileSync(join(at, 'Cargo.toml'), table)))
    expect(result.status).toBe(1)
    expect(result.stdout).toContain('riscv64gc-unknown-linux-gnu')
  })

  const written = ['nix/Cargo.nix', 'nix/toolchain.nix']

  test.each(written)('exits with 1 after a byte of %s is changed', async (path) => {
    const folder = changed((at) => {
      const text = readFileSync(join(at, path), 'utf8')
      const middle = text.indexOf('=', text.length >> 1)
      writeFileSync(join(at, path), `${text.slice(0, middle)} ${text.slice(middle)}`)
    })
    const result = await check(folder)
    expect(result.status).toBe(1)
    expect(result.stdout).toContain(basename(path))
  })

  test('exits with 1 if a runtime file is changed, missing or left over', async () => {
    const named = 'cargo2nix.nix'
    const path = join('nix', named)
    const text = readFileSync(join(workspace, path), 'utf8')
    const leftOver = (at: string): void => {
      mkdirSync(join(at, 'nix', 'cargo2nix', 'lib'), { recursive: true })
      writeFileSync(join(at, 'nix', 'cargo2nix', 'lib', 'left-over.nix'), text)
    }
    const cases = [
      { named, folder: changed((at) => appendFileSync(join(at, path), '\n')) },
      { named, folder: changed((at) => unlinkSync(join(at, path))) },
      { named: '.gitattributes', folder: changed((at) => unlinkSync(join(at, 'nix', '.gitattributes'))) },
      { named: 'left-over.nix', folder: changed(leftOver) },
    ]
    for (const { named, folder } of cases) {
      const result = await check(folder)
      expect(result.stdout).toContain(named)
      expect(result.status).toBe(1)
    }
  })

  test('exits with 1 if nothing has been generated yet', async () => {
    const result = await check(changed((at) => rmSync(join(at, 'nix'), { recursive: true })))
    expect(result.status).toBe(1)
    expect(`${result.stdout}${result.stderr}`).toContain('generate')
  })

  test('exits with 0 again after generate', async () => {
    const folder = changed(replace('two/Cargo.toml', 'default = []', 'default = ["loud"]'))
    expect(await check(folder)).toMatchObject({ status: 1 })
    await cargo2nixOrFail(['generate'], { cwd: folder })
    expect(await check(folder)).toMatchObject({ status: 0 })
  })

  test('exits with 2 on an error', async () => {
    const result = await check(changed(replace('Cargo.toml', 'resolver = "2"', 'resolver =')))
    expect(result).toMatchObject({ status: 2, stdout: '' })
    expect(result.stderr).toMatch(/^error: .*Cargo\.toml/m)
  })

  test('--json prints whether the files are current, and what changed', async () => {
    const current = await cargo2nix(['check', '--json'], { cwd: workspace, env: bare })
    expect(current.status).toBe(0)
    expect(JSON.parse(current.stdout)).toEqual({ current: true, folder: 'nix', files: [], changes: {} })
    const folder = changed(replace('two/Cargo.toml', 'default = []', 'default = ["loud"]'))
    const stale = await cargo2nix(['check', '--json'], { cwd: folder, env: bare })
    expect(stale.status).toBe(1)
    expect(JSON.parse(stale.stdout)).toMatchObject({
      current: false,
      folder: 'nix',
      files: ['nix/Cargo.nix'],
      changes: { packagesChanged: { 'two-0.2.0': ['features'] } },
    })
  })
})

describe('check where no crate is on the disk', () => {
  let none: NodeJS.ProcessEnv
  const checkAlone = (cwd: string): Promise<Finished> => cargo2nix(['check'], { cwd, env: none })

  beforeAll(() => {
    const home = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
    folders.push(home)
    none = { ...bare, HOME: home, CARGO_HOME: join(home, 'nothing') }
  })

  test('exits with 0 right after generate', async () => {
    expect(await checkAlone(workspace)).toMatchObject({ status: 0, stderr: '' })
  })

  test.each<readonly [string, (folder: string) => void]>([
    ['a comment in a manifest', (at) => appendFileSync(join(at, 'two', 'Cargo.toml'), '# more\n')],
    ['the order of tables', replace('one/Cargo.toml', 'edition = "2021"\n', 'edition  =  "2021"\n\n')],
    ['code', (at) => appendFileSync(join(at, 'one', 'src', 'main.rs'), '// more\n')],
    ['a module', (at) => writeFileSync(join(at, 'one', 'src', 'new.rs'), '')],
  ])('exits with 0 after a change in %s', async (_, change) => {
    const folder = changed(change)
    expect(await checkAlone(folder)).toMatchObject({ status: 0 })
    await cargo2nixOrFail(['generate'], { cwd: folder })
    expect(filesIn(join(folder, 'nix'))).toEqual(filesIn(join(workspace, 'nix')))
  })

  const settings = '\n[workspace.metadata.cargo2nix.builds.more]\npackages = ["two"]\n'
  test.each<readonly [string, (folder: string) => void]>([
    ['a request for a feature', replace('one/Cargo.toml', '"../two"', '"../two", features = ["loud"]')],
    ['a new program', (at) => cpSync(join(at, 'one', 'src', 'main.rs'), join(at, 'two', 'src', 'main.rs'))],
    ['a setting', (at) => appendFileSync(join(at, 'Cargo.toml'), settings)],
    ['a profile', (at) => appendFileSync(join(at, 'Cargo.toml'), '\n[profile.release]\nopt-level = 1\n')],
    ['the generated text', replace('nix/Cargo.nix', 'itoa', 'itoo')],
    ['the toolchain', replace('nix/toolchain.nix', 'inherit pkgs', 'inherit  pkgs')],
    ['the runtime', replace('nix/cargo2nix.nix', 'inherit', 'inherit ')],
    // Evaluation would stop, since it compares bytes.
    ['a byte of the lockfile', (at) => appendFileSync(join(at, 'Cargo.lock'), '# more\n')],
    ['the line of digests', replace('nix/Cargo.nix', '# inputs ', '# inputs 0')],
    ['that line, which is gone', replace('nix/Cargo.nix', '# inputs ', '# ')],
  ])('exits with 1 after a change in %s, and generate agrees', async (_, change) => {
    const folder = changed(change)
    expect(await checkAlone(folder)).toMatchObject({ status: 1 })
    const before = filesIn(join(folder, 'nix'))
    await cargo2nixOrFail(['generate'], { cwd: folder })
    expect(filesIn(join(folder, 'nix'))).not.toEqual(before)
    expect(await checkAlone(folder)).toMatchObject({ status: 0 })
  })

  test('exits with 0 in another checkout, whatever the configuration says about its directory', async () => {
    const configuration =
      '[target.x86_64-unknown-linux-gnu]\nlinker = "tools/ld"\nrunner = "tools/run"\n' +
      '[env]\nHERE = { value = ".", relative = true }\nSAID = "this"\n[net]\noffline = true\n'
    const configured = (at: string): void => {
      mkdirSync(join(at, '.cargo'))
      writeFileSync(join(at, '.cargo', 'config.toml'), configuration)
    }
    const [one, other] = [changed(configured), changed(configured)]
    for (const folder of [one, other]) await cargo2nixOrFail(['generate'], { cwd: folder })
    expect(filesIn(join(other, 'nix'))).toEqual(filesIn(join(one, 'nix')))
    expect(await checkAlone(one)).toMatchObject({ status: 0 })
    replace('.cargo/config.toml', 'offline = true', 'offline = false')(one)
    expect(await checkAlone(one)).toMatchObject({ status: 0 })
    replace('.cargo/config.toml', 'SAID = "this"', 'SAID = "that"')(one)
    expect(await checkAlone(one)).toMatchObject({ status: 1 })
  })

  test('exits with 1 after a change of the configuration that reaches rustc', async () => {
    const folder = changed((at) => {
      mkdirSync(join(at, '.cargo'))
      writeFileSync(join(at, '.cargo', 'config.toml'), '[build]\nrustflags = ["-Cdebuginfo=1"]\n')
    })
    expect(await checkAlone(folder)).toMatchObject({ status: 1 })
  })

  test('exits with 1 for another version in the lockfile, and names it', async () => {
    const folder = changed((at) => {
      const text = readFileSync(join(at, 'Cargo.lock'), 'utf8')
      writeFileSync(join(at, 'Cargo.lock'), text.replace('1.0.14', '1.0.15'))
    })
    const result = await checkAlone(folder)
    expect(result.status).toBe(1)
    expect(result.stdout).toContain('packages updated: itoa 1.0.14 -> 1.0.15')
    expect(result.stdout).not.toContain('files added')
    expect(result.stderr).toMatch(/itoa 1\.0\.15.*cargo fetch/)
  })

  test('exits with 2 if a manifest and the lockfile do not match', async () => {
    const result = await checkAlone(changed(replace('two/Cargo.toml', '0.2.0', '0.3.0')))
    expect(result).toMatchObject({ status: 2, stdout: '' })
  })
})

describe('check in CI', () => {
  const stale = (): string => changed(replace('two/Cargo.toml', 'default = []', 'default = ["loud"]'))

  test.each(['GITHUB_ACTIONS', 'FORGEJO_ACTIONS'])(
    'with %s, check prints an annotation on the stale file',
    async (name) => {
      const folder = stale()
      const env = { ...bare, [name]: 'true', GITHUB_WORKSPACE: join(folder, '..') }
      const result = await cargo2nix(['check', '--json'], { cwd: folder, env })
      expect(result.status).toBe(1)
      expect(JSON.parse(result.stdout)).toMatchObject({ current: false })
      expect(result.stderr).toMatch(
        /^::error file=[^/]+\/nix\/Cargo\.nix,line=1,title=cargo2nix-ts::stale: .*two-0\.2\.0/m,
      )
      const current = await cargo2nix(['check'], { cwd: workspace, env })
      expect(current).toMatchObject({ status: 0, stderr: '' })
    },
  )

  test('in GitLab CI, check writes a code quality report', async () => {
    const folder = stale()
    const env = { ...bare, GITLAB_CI: 'true', CI_PROJECT_DIR: folder }
    expect(await cargo2nix(['check'], { cwd: folder, env })).toMatchObject({ status: 1, stderr: '' })
    const report = join(folder, 'gl-code-quality-report.json')
    const [issue] = JSON.parse(readFileSync(report, 'utf8')) as readonly Record<string, unknown>[]
    expect(issue).toMatchObject({
      severity: 'major',
      location: { path: 'nix/Cargo.nix', lines: { begin: 1 } },
    })
    expect(issue?.['description']).toContain('two-0.2.0')
    expect(issue?.['fingerprint']).toMatch(/^[0-9a-f]{64}$/)
    await cargo2nixOrFail(['generate'], { cwd: folder })
    expect(await cargo2nix(['check'], { cwd: folder, env })).toMatchObject({ status: 0 })
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual([])
  })

  test('outside CI, --code-quality sets where the report is written', async () => {
    const folder = stale()
    const result = await cargo2nix(['check', '--code-quality', 'out/report.json'], { cwd: folder, env: bare })
    expect(result.status).toBe(1)
    expect(JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8'))).toHaveLength(1)
  })

  test('the hooks for pre-commit run commands of this program on the files that matter', async () => {
    const text = readFileSync(join(import.meta.dirname, '..', '.pre-commit-hooks.yaml'), 'utf8')
    const hooks = text.split(/^- id: /m).slice(1)
    const field = (hook: string, name: string): string =>
      new RegExp(`^ {2}${name}: (.*)$`, 'm').exec(hook)?.[1] ?? ''
    expect(hooks.map((hook) => hook.split('\n')[0])).toEqual(['check', 'generate'])
    for (const hook of hooks) {
      const [program, ...args] = field(hook, 'entry').split(' ')
      expect(program).toBe('cargo2nix-ts')
      expect(await cargo2nix(args, { cwd: workspace, env: bare })).toMatchObject({ status: 0 })
      const files = new RegExp(field(hook, 'files'))
      for (const path of [
        'Cargo.lock',
        'a/Cargo.toml',
        '.cargo/config.toml',
        'src/bin/x.rs',
        'nix/Cargo.nix',
      ])
        expect(path).toMatch(files)
      for (const path of ['README.md', 'Cargo.lock.orig', 'package.json']) expect(path).not.toMatch(files)
    }
  })
})

describe('generate', () => {
  test('generate leaves files untouched if nothing changed', async () => {
    const times = (): readonly number[] =>
      Object.keys(filesIn(join(workspace, 'nix'))).map(
        (path) => statSync(join(workspace, 'nix', path)).mtimeMs,
      )
    const before = times()
    const folder = statSync(join(workspace, 'nix')).mtimeMs
    const { stdout } = await cargo2nixOrFail(['generate'], { cwd: workspace })
    expect(stdout).toContain('up to date')
    expect(times()).toEqual(before)
    expect(statSync(join(workspace, 'nix')).mtimeMs).toBe(folder)
  })

  test('generate writes only what changed, and prints what that is', async () => {
    const folder = changed(replace('one/Cargo.toml', 'itoa = "1"\n', ''))
    writeFileSync(
      join(folder, 'Cargo.lock'),
      readFileSync(join(folder, 'Cargo.lock'), 'utf8')
        .replace(/\[\[package\]\]\nname = "itoa"\n(.+\n)*\n?/, '')
        .replace(' "itoa",\n', ''),
    )
    const untouched = statSync(join(folder, 'nix', 'toolchain.nix')).mtimeMs
    const { stdout } = await cargo2nixOrFail(['generate'], { cwd: folder })
    expect(stdout).toMatch(/^packages removed: itoa-1\.0\.14$/m)
    expect(stdout).toMatch(/^packages changed: one-0\.1\.0 \(dependencies\)$/m)
    expect(stdout).toMatch(/^files changed: Cargo\.nix$/m)
    expect(statSync(join(folder, 'nix', 'toolchain.nix')).mtimeMs).toBe(untouched)
  })
})
