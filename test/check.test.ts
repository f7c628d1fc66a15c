/** `check`: tells whether the written files are current, with nothing but Node on the machine. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesIn, folderWith } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, type Finished } from './program.ts'

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

function replace(path: string, from: string, to: string): (folder: string) => void {
  return (folder) => {
    const text = readFileSync(join(folder, path), 'utf8')
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
    writeFileSync(
      join(folder, path),
      text.replace(from, () => to),
    )
  }
}

const check = (cwd: string): Promise<Finished> => cargo2nix(['check'], { cwd, env: bare })

describe('check', () => {
  test('PATH leads to no cargo, rustc or nix', () => {
    expect(() => execFileSync('cargo', ['--version'], { env: bare })).toThrow('ENOENT')
    expect(() => execFileSync('nix-build', ['--version'], { env: bare })).toThrow('ENOENT')
  })

  test('0 right after generate, and changes nothing', async () => {
    const before = filesIn(workspace)
    expect(await check(workspace)).toMatchObject({ status: 0, stderr: '' })
    expect(filesIn(workspace)).toEqual(before)
  })

  test('0 under another folder name', async () => {
    expect(await check(changed(() => {}))).toMatchObject({ status: 0 })
  })

  test("0 after a change in a member's code", async () => {
    const folder = changed((at) => appendFileSync(join(at, 'one', 'src', 'main.rs'), '// more\n'))
    expect(await check(folder)).toMatchObject({ status: 0 })
  })

  test('1 when the lockfile has another version of a registry package', async () => {
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

  test('1 when a member has another version', async () => {
    const folder = changed((at) => {
      replace('two/Cargo.toml', '0.2.0', '0.3.0')(at)
      replace('Cargo.lock', '0.2.0', '0.3.0')(at)
    })
    const result = await check(folder)
    expect(result.status).toBe(1)
    expect(result.stdout).toMatch(/two/)
    expect(result.stdout).toMatch(/0\.3\.0/)
  })

  test('1 when a member has another default feature', async () => {
    const result = await check(changed(replace('two/Cargo.toml', 'default = []', 'default = ["loud"]')))
    expect(result.status).toBe(1)
    expect(result.stdout).toMatch(/feature.*\btwo\b/)
  })

  test('1 when a dependency asks for a feature', async () => {
    const result = await check(
      changed(replace('one/Cargo.toml', '"../two"', '"../two", features = ["loud"]')),
    )
    expect(result.status).toBe(1)
    expect(result.stdout).toMatch(/feature.*\btwo\b/)
  })

  test('1 when a target is added', async () => {
    const table = '\n[workspace.metadata.cargo2nix]\ntargets = ["riscv64gc-unknown-linux-gnu"]\n'
    const result = await check(changed((at) => appendFileSync(join(at, 'Cargo.toml'), table)))
    expect(result.status).toBe(1)
    expect(result.stdout).toContain('riscv64gc-unknown-linux-gnu')
  })

  const written = ['nix/Cargo.nix', 'nix/toolchain.nix']

  test.each(written)('1 when a byte of %s was changed', async (path) => {
    const folder = changed((at) => {
      const text = readFileSync(join(at, path), 'utf8')
      const middle = text.indexOf('=', text.length >> 1)
      writeFileSync(join(at, path), `${text.slice(0, middle)} ${text.slice(middle)}`)
    })
    const result = await check(folder)
    expect(result.status).toBe(1)
    expect(result.stdout).toContain(basename(path))
  })

  test('1 when a file of the runtime was changed, is gone or is left over', async () => {
    const runtime = Object.keys(filesIn(join(workspace, 'nix'))).filter((path) =>
      /^cargo2nix\/.+\.nix$/.test(path),
    )
    expect(runtime.length).toBeGreaterThan(3)
    const named = runtime[1] ?? ''
    const path = join('nix', named)
    const text = readFileSync(join(workspace, path), 'utf8')
    const cases = [
      { named, folder: changed((at) => appendFileSync(join(at, path), '\n')) },
      { named, folder: changed((at) => unlinkSync(join(at, path))) },
      {
        named: 'left-over.nix',
        folder: changed((at) => writeFileSync(join(at, 'nix', 'cargo2nix', 'left-over.nix'), text)),
      },
    ]
    for (const { named, folder } of cases) {
      const result = await check(folder)
      expect(result.stdout).toContain(named)
      expect(result.status).toBe(1)
    }
  })

  test('1 when nothing was generated yet', async () => {
    const result = await check(changed((at) => rmSync(join(at, 'nix'), { recursive: true })))
    expect(result.status).toBe(1)
    expect(`${result.stdout}${result.stderr}`).toContain('generate')
  })

  test('0 again after generate', async () => {
    const folder = changed(replace('two/Cargo.toml', 'default = []', 'default = ["loud"]'))
    expect(await check(folder)).toMatchObject({ status: 1 })
    await cargo2nixOrFail(['generate'], { cwd: folder })
    expect(await check(folder)).toMatchObject({ status: 0 })
  })

  test('2 on an error', async () => {
    const result = await check(changed(replace('Cargo.toml', 'resolver = "2"', 'resolver =')))
    expect(result).toMatchObject({ status: 2, stdout: '' })
    expect(result.stderr).toMatch(/^error: .*Cargo\.toml/m)
  })

  test('2, with what to do, when a crate is not on disk and there is no cargo', async () => {
    const home = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
    folders.push(home)
    const result = await cargo2nix(['check'], { cwd: workspace, env: { ...bare, CARGO_HOME: home } })
    expect(result.status).toBe(2)
    expect(result.stderr).toMatch(/itoa/)
    expect(result.stderr).toMatch(/cargo fetch/)
  })
})
