/** Where and how files are written: not through links, with existing modes kept, and without leftovers. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { filesIn } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, cli, run } from './program.ts'
import { writeFiles } from './registry.ts'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-written-')))
let folder: string

const LOCK = 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n'
const MANIFEST = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n'

beforeEach(() => {
  folder = mkdtempSync(join(top, 'app-'))
  writeFiles(folder, { 'Cargo.toml': MANIFEST, 'Cargo.lock': LOCK, 'src/main.rs': 'fn main() {}\n' })
})
afterAll(() => rmSync(top, { recursive: true }))

const at = (path: string): string => join(folder, path)
const generate = (): Promise<unknown> => cargo2nixOrFail(['generate'], { cwd: folder })
const TARGET = 'riscv64gc-unknown-linux-gnu'

describe('links', () => {
  test.each<readonly [string, string, () => void]>([
    ['nix/Cargo.nix', '../victim.txt', () => writeFileSync(at('victim.txt'), 'mine\n')],
    ['nix/toolchain.nix', '../victim.txt', () => writeFileSync(at('victim.txt'), 'mine\n')],
    ['nix/Cargo.nix', 'nowhere', () => {}],
    ['nix/Cargo.nix', '.', () => {}],
    ['nix/cargo2nix.nix', '..', () => {}],
    ['nix', '.', () => {}],
    ['nix', '..', () => {}],
    ['nix', 'victim', () => writeFiles(at('victim'), { 'Cargo.nix': 'mine\n' })],
    ['nix', 'nowhere', () => {}],
  ])('%s that leads to %s is refused, with --force, too', async (link, target, prepare) => {
    if (link !== 'nix') mkdirSync(at('nix'))
    prepare()
    symlinkSync(target, at(link))
    const before = filesIn(folder.replace(/$/, '/src'))
    for (const flags of [[], ['--force']]) {
      const result = await cargo2nix(['generate', ...flags], { cwd: folder })
      expect(result).toMatchObject({ status: 2, stdout: '' })
      expect(result.stderr).toContain('this is a link')
      expect(result.stderr).toContain(link)
    }
    expect(readlinkSync(at(link))).toBe(target)
    expect(filesIn(at('src'))).toEqual(before)
    expect(readdirSync(folder).filter((name) => name.endsWith('.nix'))).toEqual([])
    if (existsSync(at('victim.txt'))) expect(readFileSync(at('victim.txt'), 'utf8')).toBe('mine\n')
    if (existsSync(at('victim'))) expect(filesIn(at('victim'))).toEqual({ 'Cargo.nix': 'mine\n' })
  })

  test('nix/cargo2nix, where the runtime was before, that leads elsewhere: nothing there is removed', async () => {
    await generate()
    const text = readFileSync(at('nix/Cargo.nix'), 'utf8')
    writeFiles(at('victim'), { 'ours.nix': text, 'theirs.nix': 'mine\n' })
    symlinkSync('../victim', at('nix/cargo2nix'))
    await generate()
    expect(Object.keys(filesIn(at('victim')))).toEqual(['ours.nix', 'theirs.nix'])
  })

  test('a directory in the place of a file is refused', async () => {
    mkdirSync(at('nix/Cargo.nix'), { recursive: true })
    expect(await cargo2nix(['generate', '--force'], { cwd: folder })).toMatchObject({ status: 2, stdout: '' })
    expect(readdirSync(at('nix'))).toEqual(['Cargo.nix'])
  })

  test('a linked Cargo.toml stays a link, and what it leads to keeps its mode', async () => {
    writeFiles(join(top, 'elsewhere'), { 'real.toml': MANIFEST })
    const real = join(top, 'elsewhere', 'real.toml')
    chmodSync(real, 0o640)
    rmSync(at('Cargo.toml'))
    symlinkSync(real, at('Cargo.toml'))
    await cargo2nixOrFail(['targets', 'add', TARGET], { cwd: folder })
    expect(readlinkSync(at('Cargo.toml'))).toBe(real)
    expect(readFileSync(real, 'utf8')).toContain(TARGET)
    expect(statSync(real).mode & 0o777).toBe(0o640)
    expect(readdirSync(join(top, 'elsewhere'))).toEqual(['real.toml'])
  })
})

describe('modes', () => {
  test.each([
    ['022', 0o755, 0o644],
    ['027', 0o750, 0o640],
    ['077', 0o700, 0o600],
  ])('nix/ and its files are new with umask %s', async (umask, directory, file) => {
    const result = await run('sh', ['-c', `umask ${umask}; exec '${process.execPath}' '${cli}' generate`], {
      cwd: folder,
    })
    expect(result.status).toBe(0)
    expect(statSync(at('nix')).mode & 0o777).toBe(directory)
    for (const name of readdirSync(at('nix')))
      expect(statSync(at(`nix/${name}`)).mode & 0o777, name).toBe(file)
  })

  test('files that are written again keep their modes', async () => {
    await generate()
    chmodSync(at('nix/Cargo.nix'), 0o664)
    chmodSync(at('Cargo.toml'), 0o600)
    await cargo2nixOrFail(['targets', 'add', TARGET], { cwd: folder })
    expect(statSync(at('nix/Cargo.nix')).mode & 0o777).toBe(0o664)
    expect(statSync(at('Cargo.toml')).mode & 0o777).toBe(0o600)
  })
})

describe('staging', () => {
  const mounts = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0
  const isolated = mounts ? test : test.skip
  const why = mounts ? '' : ' (skipped: this user may not mount)'

  isolated(`a workspace that is a mount point, in a directory that can't be written${why}`, async () => {
    const parent = mkdtempSync(join(top, 'parent-'))
    mkdirSync(join(parent, 'app'))
    const script = `
      mount -t tmpfs none app && cp -R '${folder}/.' app/ && mount -o remount,bind,ro . 2>/dev/null
      cd app && '${process.execPath}' '${cli}' generate && '${process.execPath}' '${cli}' targets add ${TARGET} &&
      '${process.execPath}' '${cli}' check && ls -A . nix`
    const result = await run('unshare', ['--mount', 'sh', '-c', script], { cwd: parent })
    expect(result.stderr).toBe('')
    expect(result.status).toBe(0)
    expect(result.stdout).not.toContain('.cargo2nix-')
  })

  isolated(`nix/ that is a mount point of its own${why}`, async () => {
    mkdirSync(at('nix'))
    const script = `mount -t tmpfs none nix && '${process.execPath}' '${cli}' generate && ls nix/Cargo.nix`
    expect(await run('unshare', ['--mount', 'sh', '-c', script], { cwd: folder })).toMatchObject({
      status: 0,
    })
  })

  test('what a killed run left is removed by the next one; what a running one has is not', async () => {
    await generate()
    const dead = spawnSync('true').pid
    const left = (directory: string, pid: number): string => {
      const path = join(directory, `.cargo2nix-${pid}-0123456789ab`)
      writeFiles(path, { '.gitignore': '*\n', 'files/Cargo.nix': 'half' })
      return path
    }
    const abandoned = [left(at('nix'), dead), left(folder, dead)]
    const used = left(at('nix'), process.pid)
    const old = left(folder, process.pid)
    utimesSync(old, 1, 1)
    const foreign = ['.cargo2nix-', '.cargo2nix-1-xyz', '.cargo2nix'].map((name) => at(`nix/${name}`))
    for (const path of foreign) mkdirSync(path)
    await generate()
    expect(abandoned.filter((path) => existsSync(path))).toEqual([])
    expect(existsSync(old)).toBe(false)
    for (const path of [used, ...foreign]) expect(lstatSync(path).isDirectory()).toBe(true)
  })

  test('git ignores the staging directory', async () => {
    expect(spawnSync('git', ['init', '--quiet'], { cwd: folder }).status).toBe(0)
    await generate()
    writeFiles(at('nix/.cargo2nix-1-0123456789ab'), { '.gitignore': '*\n', 'files/Cargo.nix': 'half' })
    const { stdout } = spawnSync('git', ['status', '--porcelain', '-uall'], { cwd: folder, encoding: 'utf8' })
    expect(stdout).toContain('nix/Cargo.nix')
    expect(stdout).not.toContain('.cargo2nix-')
  })
})

describe('kill -9', () => {
  const kills = Number(process.env['CARGO2NIX_KILLS'] ?? 4)

  test(`${kills} times at random moments: old, new or stale, and no litter after the next run`, async () => {
    await generate()
    const old = filesIn(at('nix'))
    let seed = 7
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647
    const seen = { old: 0, new: 0, stale: 0 }
    const start = performance.now()
    writeFileSync(at('Cargo.toml'), `${MANIFEST}[profile.release]\nopt-level = 1\n`)
    await generate()
    const duration = performance.now() - start
    const next = filesIn(at('nix'))
    for (let index = 0; index < kills; index += 1) {
      writeFileSync(at('Cargo.toml'), MANIFEST)
      await generate()
      expect(filesIn(at('nix'))).toEqual(old)
      writeFileSync(at('Cargo.toml'), `${MANIFEST}[profile.release]\nopt-level = 1\n`)
      // The last third of a run, where it writes.
      const delay = duration * (0.4 + 0.7 * random())
      await new Promise<void>((resolve) => {
        const child = spawn(process.execPath, [cli, 'generate'], { cwd: folder, stdio: 'ignore' })
        const timer = setTimeout(() => child.kill('SIGKILL'), delay)
        child.on('close', () => {
          clearTimeout(timer)
          resolve()
        })
      })
      const now = Object.entries(filesIn(at('nix'))).filter(([path]) => !path.startsWith('.cargo2nix-'))
      const isNew = JSON.stringify(Object.fromEntries(now)) === JSON.stringify(next)
      const { status } = await cargo2nix(['check'], { cwd: folder })
      expect(status).toBe(isNew ? 0 : status)
      if (status === 0) expect(readFileSync(at('nix/Cargo.nix'), 'utf8')).toBe(next['Cargo.nix'])
      seen[isNew ? 'new' : status === 1 ? 'stale' : 'old'] += 1
      await generate()
      expect(filesIn(at('nix'))).toEqual(next)
      expect(readdirSync(folder).toSorted()).toEqual(['Cargo.lock', 'Cargo.toml', 'nix', 'src'])
    }
    expect(seen.new + seen.stale).toBe(kills)
  })
})
