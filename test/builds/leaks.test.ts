/** No leaks: no credentials in what we write or print, no links out of a crate, no archive but the locked one. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCrateArchive } from '../../src/io/packages/crate-archive.ts'
import { serveRepositories, type GitServer } from '../git-server.ts'
import { cargo2nix, run, runOrFail, type Finished } from '../program.ts'
import { registry, repository, writeFiles } from '../registry.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()
const templates = join(import.meta.dirname, '..', '..', 'templates')

const app = (dependency: string): string =>
  `[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n${dependency}\n`

const leaf = {
  'Cargo.toml':
    '[package]\nname = "leaf"\nversion = "1.0.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "x"\n',
  'src/lib.rs': '',
}

let folder = ''
let env: NodeJS.ProcessEnv = {}
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-leaks-')))
  env = { ...process.env, CARGO_HOME: join(folder, 'home') }
})
afterAll(() => removeFolders([folder]))

const workspaceWith = (name: string, files: Readonly<Record<string, string>>): string => {
  const workspace = join(folder, name)
  writeFiles(workspace, { 'src/lib.rs': '', ...files })
  return workspace
}

describe('credentials', () => {
  let server: GitServer
  beforeAll(async () => {
    const served = join(folder, 'served')
    mkdirSync(served)
    repository(join(served, 'leaf'), leaf, [])
    server = await serveRepositories(served)
  })
  afterAll(() => server.close())

  const addressed = (login: string, name: string): string =>
    `leaf = { git = "${server.url.replace('//', `//${login}@`)}/${name}" }`

  test.for([
    ['a user name and a password', 'jo:hunter2'],
    ['a token', 'hunter2'],
  ])('%s in an address are refused, and not shown', async ([name, login]) => {
    const workspace = workspaceWith(name!, { 'Cargo.toml': app(addressed(login!, 'leaf')) })
    await runOrFail('cargo', ['fetch'], { cwd: workspace, env })
    const { status, stdout, stderr } = await cargo2nix(['generate'], { cwd: workspace, env })
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/Cargo\.lock: .*`leaf 1\.0\.0` at 127\.0\.0\.1/),
    ])
    expect(stdout + stderr).not.toContain('hunter2')
    expect(existsSync(join(workspace, 'nix'))).toBe(false)
  })

  test('credentials are not shown if cargo fails', async () => {
    const url = `git+${server.url.replace('//', '//jo:hunter2@')}/gone#${'0'.repeat(40)}`
    const workspace = workspaceWith('failing', {
      'Cargo.toml': app(addressed('jo:hunter2', 'gone')),
      'Cargo.lock': `version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = ["leaf"]\n[[package]]\nname = "leaf"\nversion = "1.0.0"\nsource = "${url}"\n`,
    })
    const { status, stdout, stderr } = await cargo2nix(['generate'], {
      cwd: workspace,
      env: { ...env, CARGO_NET_RETRY: '0' },
    })
    expect([status, stderr]).toEqual([2, expect.stringMatching(/cargo fetch --locked.*\/gone/s)])
    expect(stdout + stderr).not.toContain('hunter2')
  })

  test('credentials are not shown if the lockfile lacks the dependency', async () => {
    const workspace = workspaceWith('unlocked', {
      'Cargo.toml': app(addressed('jo:hunter2', 'leaf')),
      'Cargo.lock': 'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
    })
    const { status, stdout, stderr } = await cargo2nix(['generate'], { cwd: workspace, env })
    expect([status, stderr]).toEqual([2, expect.stringMatching(/leaf git\+http:\/\/127\.0\.0\.1:\d+\/leaf`/)])
    expect(stdout + stderr).not.toContain('hunter2')
  })
})

describe.skipIf(missing)(`archives${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let set: PackageSet
  beforeAll(async () => {
    set = await machinePackageSet()
    set = { ...set, env: { ...set.env, CARGO_HOME: env['CARGO_HOME'] } }
  })

  const unpack = (archive: string): Promise<Finished> => {
    const expression = `let pkgs = ${set.expression}; in import ${templates}/sources/unpack-crate.nix {
      buildShell = import ${templates}/lib/build-shell.nix { buildPackages = pkgs; contentAddress = import ${templates}/lib/content-address.nix false; };
      buildPackages = pkgs; pname = "leaf"; version = "1.0.0"; archive = /. + "${archive}"; }`
    return run('nix-build', ['--no-out-link', '--expr', expression], { env: set.env })
  }
  const pack = async (name: string, make: (folder: string) => Promise<void> | void): Promise<string> => {
    const crate = join(folder, name, 'leaf-1.0.0')
    writeFiles(crate, leaf)
    await make(crate)
    const archive = join(folder, name, 'leaf-1.0.0.crate')
    await runOrFail('tar', ['--create', '--gzip', '--file', archive, '-C', join(folder, name), 'leaf-1.0.0'])
    return archive
  }

  test('archives of files and directories are unpacked', async () => {
    const { status, stdout } = await unpack(await pack('plain', () => {}))
    expect(status).toBe(0)
    expect(readFileSync(join(stdout.trim(), 'Cargo.toml'), 'utf8')).toBe(leaf['Cargo.toml'])
  })

  test.for<readonly [what: string, make: (crate: string) => Promise<unknown> | void]>([
    ['a link that stays in the crate', (crate) => symlinkSync('../Cargo.toml', join(crate, 'src/.odd'))],
    ['a link that leaves the crate', (crate) => symlinkSync('../../../../outside', join(crate, 'src/.odd'))],
    ['a hard link', (crate) => linkSync(join(crate, 'Cargo.toml'), join(crate, 'src/.odd'))],
    ['a pipe', (crate) => runOrFail('mkfifo', [join(crate, 'src/.odd')])],
  ])('archives with %s are refused, as cargo refuses them since 1.96', async ([name, make]) => {
    const archive = await pack(name.replaceAll(' ', '-'), async (crate) => void (await make(crate)))
    const { status, stderr } = await unpack(archive)
    expect([status, stderr]).toEqual([
      expect.any(Number),
      expect.stringMatching(/an entry is neither a file nor a directory: .*(src\/\.odd|Cargo\.toml)/),
    ])
    expect(() => readCrateArchive(archive, folder)).toThrow(/an entry is neither a file nor a directory/)
  })

  test('archives other than the locked ones are refused by generate and by Nix, with both checksums', async () => {
    const published = registry(join(folder, 'registry'), env['CARGO_HOME']!)
    published.publish(leaf, 'leaf', '1.0.0')
    const workspace = workspaceWith('checksums', {
      'Cargo.toml': app('leaf = "1"'),
      '.cargo/config.toml': `[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "${published.index}"\n`,
    })
    await runOrFail('cargo', ['fetch'], { cwd: workspace, env })
    const lockfile = join(workspace, 'Cargo.lock')
    const text = readFileSync(lockfile, 'utf8')
    const found = /checksum = "(.*)"/.exec(text)?.[1] ?? ''
    const locked = 'f'.repeat(64)
    writeFileSync(lockfile, text.replace(found, locked))
    await runOrFail('rm', ['-r', join(folder, 'home/registry/src')])
    const generating = await cargo2nix(['generate'], { cwd: workspace, env })
    expect([generating.status, generating.stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`leaf-1\\.0\\.0\\.crate: .*${locked}.*${found}`)),
    ])

    writeFileSync(lockfile, text)
    expect(await cargo2nix(['generate'], { cwd: workspace, env })).toMatchObject({ status: 0 })
    const file = join(workspace, 'nix/Cargo.nix')
    writeFileSync(file, readFileSync(file, 'utf8').replace(found, locked))
    const args = ['--no-out-link', '--expr', generated(workspace, set), '--attr', 'packages.app']
    const { stderr } = await run('nix-build', args, { env: set.env })
    const sri = (hex: string): string => `sha256-${Buffer.from(hex, 'hex').toString('base64')}`
    expect(stderr).toContain(sri(locked))
    expect(stderr).toContain(sri(found))
  })
})
