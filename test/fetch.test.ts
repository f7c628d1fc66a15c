/** Downloads before generating: what the platforms of the matrix need, and nothing else. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, run, runOrFail, type Finished } from './program.ts'
import { packageArchive, registryServer, type RegistryServer, type ServedPackage } from './registry-server.ts'
import { writeFiles } from './registry.ts'

interface Needs {
  readonly name: string
  readonly features?: readonly string[]
  readonly optional?: boolean
  readonly platform?: string
}

/** A published library; its optional dependencies can be enabled by features of their names. */
function library(name: string, needs: readonly Needs[] = []): ServedPackage {
  const lines = needs.map(
    ({ name: to, features = [], optional = false, platform }) =>
      `[${platform === undefined ? '' : `target.'${platform}'.`}dependencies.${to}]\nversion = "1"\n` +
      `registry-index = "INDEX"\nfeatures = ${JSON.stringify(features)}\noptional = ${optional}\n`,
  )
  const manifest = `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n${lines.join('')}`
  const deps = needs.map(({ name: to, features = [], optional = false, platform }) => ({
    name: to,
    req: '^1',
    features,
    optional,
    default_features: true,
    target: platform ?? null,
    kind: 'normal',
  }))
  const files = { 'Cargo.toml': manifest.replaceAll('registry-index = "INDEX"\n', ''), 'src/lib.rs': '' }
  return packageArchive(name, '1.0.0', files, { deps, features: {} })
}

/** The feature that the Windows package asks of `shared` enables `extra`. */
const packages = [
  library('everywhere', [{ name: 'pins' }]),
  library('pins', [
    { name: 'companion', optional: true },
    { name: 'companion', platform: 'cfg(any())' },
  ]),
  library('companion'),
  library('asks', [{ name: 'pins', features: ['companion'] }]),
  library('only-unix'),
  library('only-windows', [{ name: 'shared', features: ['extra'] }, { name: 'below-windows' }]),
  library('below-windows'),
  library('shared', [{ name: 'extra', optional: true }]),
  library('extra'),
  library('only-wasm'),
]

const app = (resolver: string): string => `[package]
name = "app"
version = "0.1.0"
edition = "2021"
[workspace]
resolver = "${resolver}"
[dependencies]
everywhere = "1"
shared = "1"
[target.'cfg(unix)'.dependencies]
only-unix = "1"
[target.'cfg(windows)'.dependencies]
only-windows = "1"
[target.'cfg(all(target_arch = "wasm32", target_feature = "atomics"))'.dependencies]
only-wasm = "1"
`

const ASKS = `[target.'cfg(unix)'.dependencies.asks]
version = "1"
`

const FOR_A_FEATURE = `[target.'cfg(all(unix, target_feature = "avx512f"))'.dependencies]
only-wasm = "1"
`

const LINUX = ['--host', 'x86_64-unknown-linux-gnu']
const WINDOWS = ['--target', 'x86_64-pc-windows-gnu']

const withoutRustup = await run('rustup', ['default']).then(
  ({ status }) => status !== 0,
  () => true,
)

describe('downloads', () => {
  let server: RegistryServer
  let folder: string
  let lockfiles: Readonly<Record<string, string>>
  let next = 0

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-fetch-')))
    server = await registryServer({
      quick: { dl: 'dl', packages },
      slow: { dl: 'dl', packages, delay: 1200 },
    })
    lockfiles = {}
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  interface Workspace {
    readonly cwd: string
    readonly env: NodeJS.ProcessEnv
  }

  /** A workspace that takes crates.io's packages from a registry here, and an empty home of cargo. */
  const workspace = async (resolver = '2', registry = 'quick', more = ''): Promise<Workspace> => {
    next += 1
    const cwd = join(folder, `app-${next}`)
    const source = `[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "${server.indexOf(registry)}"\n`
    writeFiles(cwd, {
      'Cargo.toml': app(resolver) + more,
      'src/main.rs': 'fn main() {}\n',
      '.cargo/config.toml': source,
    })
    const env = { ...process.env, CARGO_HOME: join(folder, `home-${next}`) }
    const known = lockfiles[resolver + more]
    if (known === undefined) {
      await runOrFail('cargo', ['generate-lockfile'], { cwd, env })
      lockfiles = { ...lockfiles, [resolver + more]: readFileSync(join(cwd, 'Cargo.lock'), 'utf8') }
    } else writeFiles(cwd, { 'Cargo.lock': known })
    return { cwd, env }
  }
  const downloaded = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = server.downloads.length
    await work()
    return server.downloads
      .slice(before)
      .map((path) => path.split('/')[3] ?? '')
      .sort()
  }
  const generate = ({ cwd, env }: Workspace, ...args: readonly string[]): Promise<Finished> =>
    cargo2nixOrFail(['generate', ...LINUX, ...args], { cwd, env })
  const nix = ({ cwd }: Workspace): string => readFileSync(join(cwd, 'nix', 'Cargo.nix'), 'utf8')

  test('only what the matrix needs is downloaded, and the files are the same as with everything on disk', async () => {
    const limited = await workspace()
    expect(await downloaded(() => generate(limited))).toEqual([
      'everywhere',
      'extra',
      'only-unix',
      'pins',
      'shared',
    ])
    const complete = await workspace()
    await runOrFail('cargo', ['fetch', '--locked'], complete)
    expect(await downloaded(() => generate(complete, '--offline'))).toEqual([])
    expect(nix(complete)).toBe(nix(limited))
    expect(nix(limited)).not.toContain('only-windows')
    expect(nix(limited)).not.toContain('    extra = {')
  })

  test('a new target brings the rest; offline it is named', async () => {
    const grown = await workspace()
    await generate(grown)
    const offline = await cargo2nix(['generate', '--offline', ...LINUX, ...WINDOWS], grown)
    expect(offline).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/: not downloaded: below-windows 1\.0\.0, only-windows 1\.0\.0\n/),
    })
    expect(await downloaded(() => generate(grown, ...WINDOWS))).toEqual(['below-windows', 'only-windows'])
    expect(nix(grown)).toContain('    only-windows = {')
  })

  test('an unneeded package may be on disk without its dependencies', async () => {
    const partial = await workspace()
    await generate(partial, ...WINDOWS)
    const home = join(partial.env['CARGO_HOME']!, 'registry')
    for (const kind of ['cache', 'src']) {
      const [source] = readdirSync(join(home, kind))
      for (const entry of readdirSync(join(home, kind, source!)))
        if (entry.startsWith('below-windows-')) rmSync(join(home, kind, source!, entry), { recursive: true })
    }
    expect(await downloaded(() => generate(partial))).toEqual([])
    const limited = await workspace()
    await generate(limited)
    expect(nix(partial)).toBe(nix(limited))
  })

  test('a unit graph takes what its platforms need, and on such a disk it is that of cargo', async () => {
    const limited = await workspace()
    const graph = ['unit-graph', 'build', '--target', 'x86_64-unknown-linux-musl']
    expect(await downloaded(() => cargo2nixOrFail(graph, limited))).toEqual([
      'everywhere',
      'extra',
      'only-unix',
      'pins',
      'shared',
    ])
    const ours = await cargo2nixOrFail(graph, limited)
    const args = [
      'build',
      '--unit-graph',
      '-Z',
      'unstable-options',
      '--locked',
      '--offline',
      ...graph.slice(2),
    ]
    const env = { ...limited.env, RUSTC_BOOTSTRAP: '1' }
    const cargos = await runOrFail('cargo', args, { ...limited, env })
    expect(JSON.parse(ours.stdout)).toEqual(JSON.parse(cargos.stdout))
  })

  test('pinning the version of an optional dependency does not download it', async () => {
    const pins = await workspace()
    expect(readFileSync(join(pins.cwd, 'Cargo.lock'), 'utf8')).toContain('"companion"')
    expect(await downloaded(() => generate(pins))).not.toContain('companion')
    const asks = await workspace('2', 'quick', ASKS)
    expect(await downloaded(() => generate(asks))).toContain('companion')
    expect(nix(asks)).toContain('    companion = {')
  })

  test('what a target feature requires is downloaded, since settings could enable it', async () => {
    const featured = await workspace('2', 'quick', FOR_A_FEATURE)
    expect(await downloaded(() => generate(featured))).toContain('only-wasm')
    expect(await downloaded(() => generate(featured))).toEqual([])
  })

  test('resolver 1 unites the features of all platforms, so all of it is needed', async () => {
    const old = await workspace('1')
    expect(await downloaded(() => generate(old))).toEqual(
      packages
        .map(({ name }) => name)
        .filter((name) => name !== 'asks')
        .sort(),
    )
    expect(nix(old)).toContain('    extra = {')
  })

  test('a line prints the number of packages and bytes', async () => {
    const slow = await workspace('2', 'slow')
    const { stderr } = await generate({ ...slow, env: { ...slow.env, CARGO_TERM_PROGRESS_WHEN: 'auto' } })
    expect(stderr).toMatch(/^downloaded 5 of 6 packages, 0\.0 MB \.\.\.$/m)
  })

  test('concurrent runs do not interfere', async () => {
    const one = await workspace()
    const [two, three] = [await workspace(), await workspace()]
    const shared = [two, three].map((each) => ({ ...each, env: one.env }))
    await Promise.all([one, ...shared].map((each) => generate(each)))
    expect(shared.map(nix)).toEqual([nix(one), nix(one)])
    // In one directory, too.
    await Promise.all([generate(one, ...WINDOWS), generate(one, ...WINDOWS)])
    expect((await cargo2nix(['check', ...LINUX, ...WINDOWS], one)).status).toBe(0)
  })

  const title = 'a toolchain that is asked for but not installed is not needed'
  test.skipIf(withoutRustup)(`${title}${withoutRustup ? ' (no rustup on this machine)' : ''}`, async () => {
    const pinned = await workspace()
    writeFiles(pinned.cwd, { 'rust-toolchain.toml': '[toolchain]\nchannel = "1.0.1"\n' })
    const env = { ...pinned.env, RUSTUP_AUTO_INSTALL: '0', RUSTUP_TOOLCHAIN: undefined }
    expect((await run('cargo', ['--version'], { cwd: pinned.cwd, env })).status).not.toBe(0)
    expect(await downloaded(() => generate({ ...pinned, env }))).toContain('only-unix')
  })

  test('an unreachable registry is an error, and its password is not printed', async () => {
    const lost = await workspace()
    const config = readFileSync(join(lost.cwd, '.cargo', 'config.toml'), 'utf8')
    writeFiles(lost.cwd, {
      '.cargo/config.toml': config.replace(/127\.0\.0\.1:\d+/, 'me:secret@127.0.0.1:9'),
    })
    const env = { ...lost.env, CARGO_NET_RETRY: '0' }
    const refused = await cargo2nix(['generate', ...LINUX], { cwd: lost.cwd, env })
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cargo fetch --locked` failed'),
    })
    expect(refused.stderr).not.toContain('secret')
  })
})
