/** Inputs outside of the workspace's own files: `check` finds them where `generate` reads them. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesIn } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, runOrFail } from './program.ts'
import { packageArchive, registryServer, type RegistryServer } from './registry-server.ts'
import { writeFiles } from './registry.ts'

const CHECKSUM = 'ab'.repeat(32)
const SOURCE = 'registry+https://github.com/rust-lang/crates.io-index'

let top: string
let server: RegistryServer

beforeAll(async () => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-inputs-')))
  server = await registryServer({
    other: {
      dl: 'dl',
      packages: [
        packageArchive('far', '1.0.0', {
          'Cargo.toml': '[package]\nname = "far"\nversion = "1.0.0"\nedition = "2021"\n',
          'src/lib.rs': '',
        }),
      ],
    },
  })
})
afterAll(async () => {
  await server.close()
  rmSync(top, { recursive: true })
})

/** A program over one vendored package, in a repository of its own. */
function vendored(directory: string): string {
  const repository = mkdtempSync(join(top, 'repository-'))
  const folder = join(repository, 'app')
  mkdirSync(join(folder, '.git'), { recursive: true })
  writeFiles(folder, {
    'Cargo.toml':
      '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nold-dep = "1"\n',
    'Cargo.lock': `version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = [\n "old-dep",\n]\n\n[[package]]\nname = "old-dep"\nversion = "1.0.0"\nsource = "${SOURCE}"\nchecksum = "${CHECKSUM}"\n`,
    'src/main.rs': 'fn main() {}\n',
    '.cargo/config.toml': `[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "${directory}"\n`,
  })
  writeFiles(join(folder, directory, 'old-dep'), {
    'Cargo.toml':
      '[package]\nname = "old-dep"\nversion = "1.0.0"\nedition = "2015"\n[features]\ndefault = []\nloud = []\n',
    'src/lib.rs': '',
    '.cargo-checksum.json': JSON.stringify({ files: {}, package: CHECKSUM }),
  })
  return folder
}

const text = (folder: string): string => JSON.stringify(filesIn(join(folder, 'nix')))

/** What `check` says, held against whether `generate` writes anything. */
async function verdict(folder: string, env: NodeJS.ProcessEnv = process.env): Promise<'current' | 'stale'> {
  const checked = await cargo2nix(['check'], { cwd: folder, env })
  expect(checked.status, checked.stderr).toBeLessThan(2)
  const before = text(folder)
  await cargo2nixOrFail(['generate'], { cwd: folder, env })
  expect(checked.status === 0 ? 'current' : 'stale').toBe(before === text(folder) ? 'current' : 'stale')
  expect(await cargo2nix(['check'], { cwd: folder, env })).toMatchObject({ status: 0 })
  return checked.status === 0 ? 'current' : 'stale'
}

describe.each([
  ['in the workspace', 'third-party'],
  ['outside of it', '../third-party'],
])('a package vendored %s', (_, directory) => {
  const dep = join(directory, 'old-dep')
  test.each<readonly [string, Readonly<Record<string, string>>, 'current' | 'stale']>([
    ['code', { 'src/lib.rs': 'pub fn more() {}\n' }, 'current'],
    ['a module', { 'src/more.rs': '' }, 'current'],
    ['a build script by its name', { 'build.rs': 'fn main() {}\n' }, 'stale'],
    ['a readme by its name', { README: 'read me\n' }, 'stale'],
    [
      'a feature',
      {
        'Cargo.toml':
          '[package]\nname = "old-dep"\nversion = "1.0.0"\nedition = "2015"\n[features]\ndefault = ["loud"]\nloud = []\n',
      },
      'stale',
    ],
    [
      'an edition',
      { 'Cargo.toml': '[package]\nname = "old-dep"\nversion = "1.0.0"\nedition = "2021"\n' },
      'stale',
    ],
  ])('a vendored package gets %s', async (_name, files, expected) => {
    const folder = vendored(directory)
    await cargo2nixOrFail(['generate'], { cwd: folder })
    writeFiles(join(folder, dep), files)
    expect(await verdict(folder)).toBe(expected)
  })

  test('a vendored package gets its library under another name, as edition 2015 allows', async () => {
    const folder = vendored(directory)
    await cargo2nixOrFail(['generate'], { cwd: folder })
    rmSync(join(folder, dep, 'src/lib.rs'))
    writeFiles(join(folder, dep), {
      'src/old_dep.rs': '',
      'Cargo.toml':
        '[package]\nname = "old-dep"\nversion = "1.0.0"\nedition = "2015"\n[lib]\nname = "old_dep"\n',
    })
    expect(await verdict(folder)).toBe('stale')
  })
})

describe('downloads of another registry', () => {
  test("check notices that a registry's download URL changed", async () => {
    const folder = join(top, 'registry-app')
    const home = join(top, 'home')
    const env = { ...process.env, CARGO_HOME: home }
    writeFiles(folder, {
      'Cargo.toml':
        '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nfar = { version = "1", registry = "other" }\n',
      'src/main.rs': 'fn main() {}\n',
      '.cargo/config.toml': `[registries.other]\nindex = "${server.indexOf('other')}"\n`,
    })
    await runOrFail('cargo', ['fetch'], { cwd: folder, env })
    await cargo2nixOrFail(['generate'], { cwd: folder, env })
    expect(await verdict(folder, env)).toBe('current')
    const index = join(home, 'registry/index')
    const config = readdirSync(index)
      .map((name) => join(index, name, 'config.json'))
      .find((path) => readFileSync(path, 'utf8').includes('"dl"'))!
    const said = JSON.parse(readFileSync(config, 'utf8')) as { dl: string }
    writeFileSync(config, JSON.stringify({ ...said, dl: `${said.dl}/moved` }))
    expect(await verdict(folder, env)).toBe('stale')
    expect(readFileSync(join(folder, 'nix/Cargo.nix'), 'utf8')).toContain('/moved')
    // A machine that never read the index can't say, and the other inputs are the same.
    const elsewhere = { ...process.env, CARGO_HOME: join(top, 'nothing') }
    expect(await cargo2nix(['check'], { cwd: folder, env: elsewhere })).toMatchObject({ status: 0 })
    // The setting wins over the index.
    const table = `\n[package.metadata.cargo2nix.registries]\n"${server.indexOf('other')}" = "https://example.org/dl"\n`
    writeFileSync(join(folder, 'Cargo.toml'), `${readFileSync(join(folder, 'Cargo.toml'), 'utf8')}${table}`)
    expect(await verdict(folder, env)).toBe('stale')
    writeFileSync(config, JSON.stringify(said))
    expect(await verdict(folder, env)).toBe('current')
    expect(dirname(config)).toContain(home)
  })
})

describe('the index of a registry', () => {
  const FAR = { name: 'far', vers: '1.0.0', deps: [], cksum: '', features: {}, yanked: false }
  /** A program over a package of a registry, and the file of the index that has its entry. */
  const kinds: readonly (readonly [
    string,
    (folder: string) => Promise<{ readonly env: NodeJS.ProcessEnv; readonly file: string }>,
  ])[] = [
    [
      "in cargo's cache",
      async (folder) => {
        const home = `${folder}-home`
        const env = { ...process.env, CARGO_HOME: home, XDG_CACHE_HOME: `${folder}-caches` }
        writeFiles(folder, {
          '.cargo/config.toml': `[registries.other]\nindex = "${server.indexOf('other')}"\n`,
        })
        await runOrFail('cargo', ['fetch'], { cwd: folder, env })
        const index = join(home, 'registry/index')
        const file = readdirSync(index)
          .map((name) => join(index, name, '.cache/3/f/far'))
          .find((path) => existsSync(path))!
        return { env, file }
      },
    ],
    [
      'in a local registry',
      async (folder) => {
        const env = { ...process.env, XDG_CACHE_HOME: `${folder}-caches` }
        const crate = packageArchive('far', '1.0.0', {
          'Cargo.toml': '[package]\nname = "far"\nversion = "1.0.0"\nedition = "2021"\n',
          'src/lib.rs': '',
        })
        const file = join(folder, 'registry/index/3/f/far')
        writeFiles(folder, {
          '.cargo/config.toml': `[registries.other]\nindex = "https://example.org/index"\n[source.other]\nregistry = "https://example.org/index"\nreplace-with = "here"\n[source.here]\nlocal-registry = "registry"\n`,
          'registry/index/3/f/far': `${JSON.stringify({ ...FAR, cksum: crate.checksum })}\n`,
        })
        writeFileSync(join(folder, 'registry/far-1.0.0.crate'), crate.archive)
        await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: folder, env })
        return { env, file }
      },
    ],
  ]

  test.each(kinds)('%s: check notices that an entry changed', async (kind, prepare) => {
    const folder = join(mkdtempSync(join(top, 'index-')), 'app')
    writeFiles(folder, {
      '.git/marker': '',
      'Cargo.toml':
        '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nfar = { version = "1", registry = "other" }\n',
      'src/main.rs': 'fn main() {}\n',
    })
    const { env, file } = await prepare(folder)
    await cargo2nixOrFail(['generate'], { cwd: folder, env })
    expect(await verdict(folder, env)).toBe('current')
    const written = readFileSync(file, 'utf8')
    // Nothing that decides, then something that does.
    writeFileSync(file, written.replace('"yanked":false', '"yanked":true'))
    expect(await verdict(folder, env)).toBe('current')
    writeFileSync(file, written.replace('"features":{}', '"features":{"default":["loud"],"loud":[]}'))
    expect(await verdict(folder, env)).toBe('stale')
    expect(readFileSync(join(folder, 'nix/Cargo.nix'), 'utf8')).toContain('loud')
    // Another machine: its own cache knows nothing of the files.
    writeFileSync(file, written)
    const elsewhere = { ...env, XDG_CACHE_HOME: `${folder}-other-caches` }
    expect(await cargo2nix(['check'], { cwd: folder, env: elsewhere })).toMatchObject({ status: 1 })
    expect(await verdict(folder, env)).toBe('stale')
    expect(kind).toBeDefined()
  })

  test('without the packages, nothing can be said about their index', async () => {
    const folder = join(mkdtempSync(join(top, 'index-')), 'app')
    writeFiles(folder, {
      'Cargo.toml':
        '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nfar = { version = "1", registry = "other" }\n',
      'src/main.rs': 'fn main() {}\n',
    })
    const { env, file } = await kinds[0]![1](folder)
    await cargo2nixOrFail(['generate'], { cwd: folder, env })
    rmSync(join(env['CARGO_HOME']!, 'registry/src'), { recursive: true })
    rmSync(join(env['CARGO_HOME']!, 'registry/cache'), { recursive: true })
    writeFileSync(file, readFileSync(file, 'utf8').replace('"yanked":false', '"yanked":true'))
    expect(await cargo2nix(['check'], { cwd: folder, env })).toMatchObject({ status: 0 })
  })
})

describe('profiles of the configuration', () => {
  const config = (folder: string, text: string): void =>
    writeFileSync(join(folder, '.cargo/config.toml'), text)

  test('check refuses one that cargo refuses, and passes over one that nothing requests', async () => {
    const folder = vendored('third-party')
    const before = readFileSync(join(folder, '.cargo/config.toml'), 'utf8')
    await cargo2nixOrFail(['generate'], { cwd: folder })
    config(folder, `${before}[profile.unused]\ninherits = "release"\nlto = 1\n`)
    expect(await verdict(folder)).toBe('current')
    config(folder, `${before}[profile.release]\nlto = 1\n`)
    for (const command of ['check', 'generate']) {
      const { status, stderr } = await cargo2nix([command], { cwd: folder })
      expect(status).toBe(2)
      expect(stderr).toContain('.cargo/config.toml: `profile.release.lto`')
    }
    config(folder, `${before}[profile.unused]\ninherits = "release"\nlto = 1\n`)
    const build = '\n[package.metadata.cargo2nix.builds.fast]\nprofile = "unused"\n'
    writeFileSync(join(folder, 'Cargo.toml'), `${readFileSync(join(folder, 'Cargo.toml'), 'utf8')}${build}`)
    const { status, stderr } = await cargo2nix(['generate'], { cwd: folder })
    expect(status, stderr).toBe(2)
    expect(stderr).toContain('.cargo/config.toml: `profile.unused.lto`')
  })
})
