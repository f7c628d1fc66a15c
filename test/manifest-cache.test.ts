/** Parsed manifests cached between runs: output is the same, whatever state the cache is in. */
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, runOrFail } from './program.ts'
import { packageArchive, registryServer, type RegistryServer } from './registry-server.ts'
import { writeFiles } from './registry.ts'

const packages = ['first', 'other'].map((name) =>
  packageArchive(name, '1.0.0', {
    'Cargo.toml': `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2018"\n[features]\ndefault = ["loud"]\nloud = []\n`,
    'src/lib.rs': '',
    'build.rs': 'fn main() {}\n',
  }),
)
const [first, other] = packages.map(({ checksum }) => checksum) as [string, string]

/** Another version's directory. */
const STRANGE = '0123456789abcdef'

let folder: string
let cwd: string
let server: RegistryServer
/** Cargo.nix as it is without anything kept. */
let expected: string

const env = (caches: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CARGO_HOME: join(folder, 'home'),
  XDG_CACHE_HOME: caches,
})
const generate = async (caches = join(folder, 'caches')): Promise<string> => {
  const out = mkdtempSync(join(folder, 'out-'))
  const args = ['generate', '--offline', '--host', 'x86_64-linux', '--out', join(out, 'nix')]
  await cargo2nixOrFail(args, { cwd, env: env(caches) })
  return readFileSync(join(out, 'nix', 'Cargo.nix'), 'utf8')
}
const kept = (): string => join(folder, 'caches', 'cargo2nix-ts', 'manifests')
/** The directory of this version of the program. */
const ours = (): string => join(kept(), readdirSync(kept()).find((name) => name !== STRANGE) ?? '')
/** Without what says of which index the generated files are made. */
const manifestsIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('made-'))
    .toSorted()
const read = (checksum: string): string => readFileSync(join(ours(), checksum), 'utf8')
const seal = (checksum: string, json: string): string =>
  `${createHash('sha256').update(`${checksum}\n${json}`).digest('hex')}\n${json}`
/** The text of an entry with another edition, as only a program of other rules could have written it. */
const planted = (checksum: string): string =>
  seal(checksum, read(checksum).slice(65).replaceAll('"2018"', '"2021"'))
const unpacked = (): string => {
  const sources = join(folder, 'home', 'registry', 'src')
  return join(sources, readdirSync(sources)[0] ?? '')
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-manifests-')))
  server = await registryServer({ here: { dl: 'dl', packages } })
  cwd = join(folder, 'app')
  writeFiles(cwd, {
    'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n[dependencies]\nfirst = "1"\nother = "1"\n',
    'src/main.rs': 'fn main() {}\n',
    '.cargo/config.toml': `[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "${server.indexOf('here')}"\n`,
  })
  await runOrFail('cargo', ['fetch'], { cwd, env: env(folder) })
  expected = await generate(mkdtempSync(join(folder, 'caches-')))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  rmSync(join(folder, 'caches'), { recursive: true, force: true })
  expect(await generate()).toBe(expected)
})

test('the cache has one entry per package, and the output is the same with it', async () => {
  expect(manifestsIn(ours())).toEqual([first, other].toSorted())
  expect(await generate()).toBe(expected)
})

test('cached entries are used: otherwise the other tests would prove nothing', async () => {
  writeFileSync(join(ours(), first), planted(first))
  expect(await generate()).not.toBe(expected)
})

test.each([
  ['cut off', (path: string) => truncateSync(path, 200)],
  ['empty', (path: string) => truncateSync(path, 0)],
  ['changed', (path: string) => writeFileSync(path, read(first).replaceAll('"2018"', '"2021"'))],
  ['of another package', (path: string) => copyFileSync(join(ours(), other), path)],
  ['JSON of something else', (path: string) => writeFileSync(path, '{"edition":"2021"}')],
  ['JSON of something else with a digest', (path: string) => writeFileSync(path, seal('', '{}'))],
])('an entry that is %s is read again', async (_, damage) => {
  const whole = read(first)
  damage(join(ours(), first))
  expect(await generate()).toBe(expected)
  expect(read(first)).toBe(whole)
})

test('an entry of another version of the program is left alone', async () => {
  const [rules, strange] = [ours(), join(kept(), STRANGE)]
  mkdirSync(strange)
  for (const checksum of [first, other]) writeFileSync(join(strange, checksum), planted(checksum))
  expect(readdirSync(strange)).toHaveLength(2)
  rmSync(rules, { recursive: true })
  expect(await generate()).toBe(expected)
  expect(readdirSync(strange)).toHaveLength(2)
})

test('entries from three months ago are removed when something is written', async () => {
  const strange = join(kept(), STRANGE)
  const rules = ours()
  mkdirSync(strange)
  writeFileSync(join(strange, first), 'old')
  writeFileSync(join(rules, `${other}.part`), 'left behind')
  const old = Date.now() / 1000 - 91 * 24 * 60 * 60
  for (const path of [join(strange, first), join(rules, `${other}.part`)]) utimesSync(path, old, old)
  expect(await generate()).toBe(expected)
  expect(readdirSync(strange)).toHaveLength(1)
  rmSync(join(rules, first))
  expect(await generate()).toBe(expected)
  expect(readdirSync(kept())).toHaveLength(1)
  expect(manifestsIn(rules)).toEqual([first, other].toSorted())
})

test('concurrent runs work with an empty and with a damaged cache', async () => {
  rmSync(kept(), { recursive: true })
  expect(new Set(await Promise.all(Array.from({ length: 4 }, () => generate())))).toEqual(new Set([expected]))
  truncateSync(join(ours(), first), 99)
  expect(new Set(await Promise.all(Array.from({ length: 4 }, () => generate())))).toEqual(new Set([expected]))
  expect(manifestsIn(ours())).toEqual([first, other].toSorted())
  for (const checksum of [first, other]) expect(read(checksum)).toBe(seal(checksum, read(checksum).slice(65)))
})

test('an unwritable cache directory is not an error', async () => {
  writeFileSync(join(folder, 'file'), '')
  expect(await generate(join(folder, 'file'))).toBe(expected)
  rmSync(kept(), { recursive: true })
  writeFileSync(kept(), '')
  expect(await generate()).toBe(expected)
  rmSync(kept())
})

test('a package that was changed on the disk is read again', async () => {
  const manifest = join(unpacked(), 'first-1.0.0', 'Cargo.toml')
  const text = readFileSync(manifest, 'utf8')
  writeFileSync(manifest, text.replace('2018', '2015'))
  try {
    const changed = await generate()
    expect(changed).not.toBe(expected)
    expect(changed).toBe(await generate(mkdtempSync(join(folder, 'caches-'))))
  } finally {
    writeFileSync(manifest, text)
  }
  expect(await generate()).toBe(expected)
})

test('without its files a package is not on the machine, whatever is kept of it', async () => {
  const registry = join(folder, 'home', 'registry')
  rmSync(join(registry, 'src'), { recursive: true })
  expect(await generate()).toBe(expected)
  // From the archives now, of which something is kept, too.
  for (const checksum of [first, other]) writeFileSync(join(ours(), checksum), planted(checksum))
  expect(await generate()).not.toBe(expected)
  rmSync(join(registry, 'cache'), { recursive: true })
  const offline = await cargo2nix(['generate', '--offline'], { cwd, env: env(join(folder, 'caches')) })
  expect(offline).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('not downloaded: first 1.0.0'),
  })
  await cargo2nixOrFail(['generate', '--host', 'x86_64-linux'], { cwd, env: env(join(folder, 'caches')) })
  expect(readdirSync(unpacked())).toHaveLength(2)
})

test('nothing is kept of a manifest that is refused', async () => {
  const manifest = join(unpacked(), 'first-1.0.0', 'Cargo.toml')
  const text = readFileSync(manifest, 'utf8')
  writeFileSync(manifest, text.replace('"2018"', '"1066"'))
  rmSync(ours(), { recursive: true })
  try {
    const refused = await cargo2nix(['generate', '--offline'], { cwd, env: env(join(folder, 'caches')) })
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('package.edition') })
    expect(readdirSync(kept()).flatMap((rules) => readdirSync(join(kept(), rules)))).not.toContain(first)
  } finally {
    writeFileSync(manifest, text)
  }
})
