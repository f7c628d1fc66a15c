/** Inputs outside of the workspace's own files: `check` finds them where `generate` reads them. */
import {
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
