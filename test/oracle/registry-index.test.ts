/**
 * A package whose entry in the registry's index differs from the manifest in its archive: cargo resolves by the
 * index, and so do we. Everything comes from a registry on loopback.
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, runOrFail } from '../program.ts'
import { registry, writeFiles } from '../registry.ts'
import {
  packageArchive,
  registryServer,
  type RegistryServer,
  type ServedPackage,
} from '../registry-server.ts'
import { askOurs, cargoUnitGraph, difference } from './unit-graph.ts'

const LEAF = '[features]\ndefault = ["loud"]\nloud = []\nquiet = []\n'

interface IndexDependency {
  readonly name: string
  readonly [key: string]: unknown
}

interface Case {
  /** Tables in the manifest of `between`. */
  readonly manifest: string
  /** What its entry in the index says. */
  readonly deps: readonly IndexDependency[]
  readonly index?: Readonly<Record<string, unknown>>
}

const ON_LEAF = '[dependencies]\nleaf = "1"\n'

const CASES: Readonly<Record<string, Case>> = {
  'default features are off': { manifest: ON_LEAF, deps: [{ name: 'leaf', default_features: false }] },
  'default features are on': {
    manifest: '[dependencies]\nleaf = { version = "1", default-features = false }\n',
    deps: [{ name: 'leaf' }],
  },
  'a feature is requested': { manifest: ON_LEAF, deps: [{ name: 'leaf', features: ['quiet', ''] }] },
  'there is another dependency': { manifest: ON_LEAF, deps: [{ name: 'leaf' }, { name: 'other' }] },
  'there is no dependency': { manifest: `${ON_LEAF}other = "1"\n`, deps: [{ name: 'other' }] },
  'it is for another platform': { manifest: ON_LEAF, deps: [{ name: 'leaf', target: 'cfg(windows)' }] },
  'it is for every platform': {
    manifest: '[target."cfg(windows)".dependencies]\nleaf = "1"\n',
    deps: [{ name: 'leaf' }],
  },
  'it has another name': { manifest: ON_LEAF, deps: [{ name: 'twig', package: 'leaf' }] },
  'it is a build-dependency': { manifest: ON_LEAF, deps: [{ name: 'leaf', kind: 'build' }] },
  'it is optional, and nothing enables it': {
    manifest: ON_LEAF,
    deps: [{ name: 'leaf', optional: true }],
  },
  'it is optional, and a feature enables it': {
    manifest: ON_LEAF,
    deps: [{ name: 'leaf', optional: true }],
    index: { v: 2, features: { default: ['more'] }, features2: { more: ['dep:leaf', 'leaf?/quiet'] } },
  },
  'it is a feature less': {
    manifest: `${ON_LEAF}[features]\ndefault = ["leaf/quiet"]\n`,
    deps: [{ name: 'leaf' }],
  },
  'the same is spelt otherwise': {
    manifest:
      '[features]\nb = []\na = ["b"]\n[dependencies]\nother = "1.0"\n[target."cfg( any(unix,windows) )".dependencies]\nleaf = "1"\n[dev-dependencies]\nnowhere = "1"\n',
    deps: [
      { name: 'leaf', target: 'cfg(any(unix, windows))' },
      { name: 'other', req: '^1.0' },
    ],
    index: { features: { a: ['b'] }, features2: { b: [] }, v: 2 },
  },
}

function library(name: string, tables: string, index: ServedPackage['index']): ServedPackage {
  const manifest = `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n${tables}`
  const files = { 'Cargo.toml': manifest, 'src/lib.rs': '', 'build.rs': 'fn main() {}\n' }
  return packageArchive(name, '1.0.0', files, index)
}

const leafFeatures = { default: ['loud'], loud: [], quiet: [] }

function packagesOf({ manifest, deps, index = {} }: Case): readonly ServedPackage[] {
  const full = deps.map((each) => ({ req: '^1', features: [], optional: false, kind: 'normal', ...each }))
  return [
    library('leaf', LEAF, { deps: [], features: leafFeatures }),
    library('other', '', { deps: [], features: {} }),
    library('between', manifest, { features: {}, ...index, deps: full }),
  ]
}

const APP = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nbetween = "1"\n'

let folder = ''
let server: RegistryServer

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-index-')))
  const served = Object.values(CASES).map(
    (each, index) => [`r${index}`, { dl: 'dl', packages: packagesOf(each) }] as const,
  )
  server = await registryServer(Object.fromEntries(served))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

interface Fetched {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly home: string
}

/** A workspace in which cargo has downloaded everything from the case's registry. */
async function fetched(title: string, name: string, app = APP): Promise<Fetched> {
  const cwd = join(folder, name)
  const home = join(folder, `${name}-home`)
  const source = server.indexOf(`r${Object.keys(CASES).indexOf(title)}`)
  writeFiles(cwd, {
    'Cargo.toml': app,
    'src/lib.rs': '',
    '.cargo/config.toml': `[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "${source}"\n`,
  })
  const env = { ...process.env, CARGO_HOME: home, XDG_CACHE_HOME: join(folder, `${name}-cache`) }
  await runOrFail('cargo', ['fetch'], { cwd, env })
  return { cwd, env, home }
}

/** Changes what cargo has cached of the index. */
function editIndex(home: string, name: string, edit: (text: string) => string): string {
  const indexes = join(home, 'registry', 'index')
  const [index = ''] = readdirSync(indexes)
  const path = join(indexes, index, '.cache', name.slice(0, 2), name.slice(2, 4), name)
  const before = readFileSync(path, 'latin1')
  expect(edit(before)).not.toBe(before)
  writeFileSync(path, edit(before), 'latin1')
  return path
}

describe('the index decides where', () => {
  test.each(Object.keys(CASES).map((title, index) => [title, `case-${index}`]))('%s', async (title, name) => {
    const { cwd, env, home } = await fetched(title, name)
    const around = { env: { CARGO_HOME: home } }
    const expected = await cargoUnitGraph(cwd, { subcommand: 'build' }, around)
    expect(expected.kind).toBe('graph')
    const { answer } = await askOurs(cwd, around)
    expect(difference(expected, answer({ subcommand: 'build' }))).toBe(undefined)
    // Once from the archives, and once from the cache.
    await cargo2nixOrFail(['generate', '--offline'], { cwd, env })
    const nix = readFileSync(join(cwd, 'nix', 'Cargo.nix'), 'utf8')
    expect((await cargo2nixOrFail(['generate', '--offline'], { cwd, env })).stderr).not.toContain('index')
    expect(readFileSync(join(cwd, 'nix', 'Cargo.nix'), 'utf8')).toBe(nix)
  })
})

test('an entry that changes is read again', async () => {
  const { cwd, env, home } = await fetched('a feature is requested', 'changes')
  await cargo2nixOrFail(['generate', '--offline'], { cwd, env })
  const nix = (): string => readFileSync(join(cwd, 'nix', 'Cargo.nix'), 'utf8')
  expect(nix()).toContain('features = "default loud quiet"')
  editIndex(home, 'between', (text) => text.replace('"quiet"', '"loud"'))
  await cargo2nixOrFail(['generate', '--offline'], { cwd, env })
  expect(nix()).toContain('features = "default loud"')
})

test('without the index the manifest holds, and one note says so; check then compares the text', async () => {
  const { cwd, env, home } = await fetched('default features are off', 'none')
  rmSync(join(home, 'registry', 'index'), { recursive: true })
  const offline = await cargo2nixOrFail(['generate', '--offline'], { cwd, env })
  const notes = offline.stderr.split('\n').filter((line) => line.includes("the registry's index"))
  expect(notes).toEqual([expect.stringMatching(/ for between 1\.0\.0, leaf 1\.0\.0: .*cargo fetch --locked/)])
  const nix = (): string => readFileSync(join(cwd, 'nix', 'Cargo.nix'), 'utf8')
  expect(nix()).toContain('features = "default loud"')
  expect((await cargo2nix(['check'], { cwd, env })).status).toBe(0)
  // Online, cargo brings the index.
  const unindexed = nix()
  const online = await cargo2nixOrFail(['generate'], { cwd, env })
  expect(online.stderr).not.toContain('is not on this machine')
  expect(nix()).not.toContain('features = "default loud"')
  writeFileSync(join(cwd, 'nix', 'Cargo.nix'), unindexed)
  const checked = await cargo2nix(['check'], { cwd, env })
  expect(checked).toMatchObject({ status: 1, stdout: expect.stringContaining('leaf') })
  expect(checked.stdout).not.toContain('another build')
})

test('an index that is older than the version, or damaged, counts as missing', async () => {
  const { cwd, env, home } = await fetched('default features are off', 'older')
  const path = editIndex(home, 'between', (text) => text.replaceAll('1.0.0', '0.9.0'))
  const generate = (): Promise<{ stderr: string }> => cargo2nixOrFail(['generate', '--offline'], { cwd, env })
  expect((await generate()).stderr).toContain('for between 1.0.0:')
  expect((await generate()).stderr).toContain('for between 1.0.0:')
  for (const text of [
    '',
    '\0',
    '\x001.0.0\0',
    '\x001.0.0\0null',
    '\x001.0.0\0{"name":"between"',
    '\x001.0.0\0[]\0',
  ]) {
    writeFileSync(path, text)
    expect((await generate()).stderr).toContain('for between 1.0.0:')
  }
})

describe('what cargo refuses is refused', () => {
  const edits: Readonly<
    Record<string, readonly [name: string, edit: (text: string) => string, says: RegExp]>
  > = {
    'another checksum': [
      'between',
      (text) => text.replace(/(?<="cksum":")[0-9a-f]{8}/, '01234567'),
      /locked with the checksum .*index has 01234567/,
    ],
    'a form of the future': ['between', (text) => text.replace('"yanked"', '"v":3,"yanked"'), /the form 3/],
    'a bad requirement': ['between', (text) => text.replace('"^1"', '"one"'), /`one`|"one"/],
    'a bad platform': [
      'between',
      (text) => text.replace('"kind"', '"target":"cfg(","kind"'),
      /between 1\.0\.0.*cfg\(/,
    ],
    'a feature without a dependency': [
      'between',
      (text) => text.replace('"features":{}', '"features":{"x":["dep:nowhere"]}'),
      /dep:nowhere/,
    ],
    'a dependency that is no table': [
      'between',
      (text) => text.replace(/"deps":\[.*\],"c/, '"deps":["leaf"],"c'),
      /`deps\.0`/,
    ],
  }
  test.each(Object.entries(edits))('%s', async (title, [name, edit, says]) => {
    const { cwd, env, home } = await fetched('default features are off', `bad-${title.replaceAll(' ', '-')}`)
    const path = editIndex(home, name, edit)
    const expected = await cargoUnitGraph(cwd, { subcommand: 'build' }, { env: { CARGO_HOME: home } })
    expect(expected.kind).toBe('refused')
    const { status, stderr } = await cargo2nix(['generate', '--offline'], { cwd, env })
    expect(status).toBe(2)
    expect(stderr).toContain(`error: ${path}: `)
    expect(stderr).toMatch(says)
  })

  test('two packages that link one library, by the index alone', async () => {
    const { cwd, env, home } = await fetched('there is another dependency', 'linked')
    for (const name of ['leaf', 'other'])
      editIndex(home, name, (text) => text.replace('"yanked"', '"links":"z","yanked"'))
    const around = { env: { CARGO_HOME: home } }
    expect((await cargoUnitGraph(cwd, { subcommand: 'build' }, around)).kind).toBe('refused')
    const { status, stderr } = await cargo2nix(['generate', '--offline'], { cwd, env })
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('library `z`') })
  })
})

test.each(['git', 'local', 'vendored'])('a registry of another kind: %s', async (kind) => {
  const place = join(folder, `kind-${kind}`)
  const home = join(place, 'home')
  const cwd = join(place, 'app')
  const mine = registry(join(place, 'mine'), join(folder, 'publishing'))
  const published = (name: string, more: string): Readonly<Record<string, string>> => ({
    'Cargo.toml': `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\ndescription = "x"\nlicense = "MIT"\n${more}`,
    'src/lib.rs': '',
    '.cargo/config.toml': `[registries.mine]\nindex = "${mine.index}"\n`,
  })
  mine.publish(published('leaf', LEAF), 'leaf', '1.0.0', [], leafFeatures)
  const between = published('between', '[dependencies]\nleaf = { version = "1", registry = "mine" }\n')
  mine.publish(between, 'between', '1.0.0', [{ name: 'leaf', req: '^1', default_features: false }])
  const config = `[registries.mine]\nindex = "${mine.index}"\n`
  writeFiles(cwd, {
    'Cargo.toml': APP.replace('"1"', '{ version = "1", registry = "mine" }'),
    'src/lib.rs': '',
    '.cargo/config.toml': config,
  })
  const env = { ...process.env, CARGO_HOME: home, XDG_CACHE_HOME: join(place, 'cache') }
  await runOrFail('cargo', ['fetch'], { cwd, env })
  if (kind === 'vendored') {
    const { stdout } = await runOrFail('cargo', ['vendor', '--locked'], { cwd, env })
    writeFiles(cwd, { '.cargo/config.toml': config + stdout })
  }
  if (kind === 'local') {
    const replacement = `[source.mine]\nregistry = "${mine.index}"\nreplace-with = "copy"\n[source.copy]\nlocal-registry = "../mine"\n`
    writeFiles(cwd, { '.cargo/config.toml': config + replacement })
    rmSync(home, { recursive: true })
  }
  const { answer } = await askOurs(cwd, { env: { CARGO_HOME: home } })
  const ours = answer({ subcommand: 'build' })
  const expected = await cargoUnitGraph(cwd, { subcommand: 'build' }, { env: { CARGO_HOME: home } })
  const features =
    expected.kind === 'graph'
      ? expected.graph.units.find(({ target }) => target.name === 'leaf')?.features
      : expected
  expect(features).toEqual(kind === 'vendored' ? ['default', 'loud'] : [])
  // Cargo unpacks a local registry's archives into its home; we read them where they are.
  const leaf = ours.kind === 'graph' && ours.graph.units.find(({ target }) => target.name === 'leaf')
  if (kind === 'local') expect(leaf).toMatchObject({ features })
  else expect(difference(expected, ours)).toBe(undefined)
})
