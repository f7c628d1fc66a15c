/** `toolchain`: what is requested, what is pinned, and what goes wrong; against a local server. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'smol-toml'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseChannel, satisfies } from '../src/cargo/workspace/toolchain-channel.ts'
import { parseChannelManifest, pinChannel } from '../src/nix/toolchain/channel-manifest.ts'
import { DEFAULT_HOSTS } from '../src/nix/platform/platform.ts'
import { parsePin, printPin } from '../src/nix/toolchain/toolchain-pin.ts'
import { requestToolchain } from '../src/nix/toolchain/toolchain-request.ts'
import { publishChannel, serveFolder, type DistServer, type Published } from './dist-server.ts'
import { folderWith } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, type Finished } from './program.ts'

const LINUX = 'x86_64-unknown-linux-gnu'
const MUSL = 'x86_64-unknown-linux-musl'
const MAC = 'aarch64-apple-darwin'

describe('toolchain', () => {
  let folder: string
  let server: DistServer
  let workspace: string
  beforeEach(async () => {
    folder = folderWith({})
    server = await serveFolder(folder)
    workspace = folderWith({
      'Cargo.toml': '[package]\nname = "a"\nversion = "0.1.0"\n',
      'Cargo.lock': 'version = 4\n[[package]]\nname = "a"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
    })
  })
  afterEach(async () => {
    await server.close()
    for (const each of [folder, workspace]) rmSync(each, { recursive: true })
  })

  const ours = (...args: readonly string[]): Promise<Finished> =>
    cargo2nix(args, { cwd: workspace, env: { ...process.env, RUSTUP_DIST_SERVER: server.url } })
  const oursOrFail = (...args: readonly string[]): Promise<Finished> =>
    cargo2nixOrFail(args, { cwd: workspace, env: { ...process.env, RUSTUP_DIST_SERVER: server.url } })
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(workspace, path)), { recursive: true })
    writeFileSync(join(workspace, path), text)
  }
  const read = (path: string): string => readFileSync(join(workspace, path), 'utf8')
  const asks = (keys: string): void => write('rust-toolchain.toml', `[toolchain]\n${keys}\n`)
  const settings = (keys: string): void =>
    write('Cargo.toml', `${read('Cargo.toml')}[package.metadata.cargo2nix]\n${keys}\n`)

  /** Publishes a build: every component for every host, but those that are taken away. */
  const publish = (name: string, version: string, without: readonly string[] = [], day = ''): void => {
    const file = (component: string, triple: string): string => {
      const path = `dist/2026-01-02/${component}-${version}-${triple}.tar.xz`
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), `${component} ${version} ${triple}`)
      return path
    }
    const of = (component: string, triples: readonly string[]): Published[string] =>
      Object.fromEntries(
        triples.map((triple) => [
          triple,
          without.includes(`${component} ${triple}`) ? null : { xz: file(component, triple) },
        ]),
      )
    publishChannel(
      folder,
      {
        name,
        date: '2026-01-02',
        version,
        components: {
          rustc: of('rustc', DEFAULT_HOSTS),
          cargo: of('cargo', DEFAULT_HOSTS),
          'clippy-preview': of('clippy-preview', DEFAULT_HOSTS),
          'rust-src': { '*': { xz: file('rust-src', 'all') } },
          'rust-std': of('rust-std', [...DEFAULT_HOSTS, MUSL]),
        },
      },
      day,
    )
  }

  test('a moving channel is pinned to the version found, and stays until it is pinned anew', async () => {
    asks('channel = "stable"')
    publish('stable', '1.95.0')
    const { stdout } = await oursOrFail('toolchain', 'update')
    expect(stdout).toMatch(/^pinned 1\.95\.0 \(stable, 2026-01-02\)$/m)
    const pinned = read('nix/toolchain.lock.json')
    publish('stable', '1.96.0')
    await oursOrFail('generate')
    expect((await ours('check')).status).toBe(0)
    expect(read('nix/toolchain.lock.json')).toBe(pinned)
    const again = await oursOrFail('toolchain', 'update')
    expect(again.stdout).toMatch(/^pinned 1\.96\.0 \(stable, 2026-01-02\), was 1\.95\.0 \(stable, /m)
    expect(read('nix/toolchain.lock.json')).not.toBe(pinned)
  })

  test('toolchain shows what is requested, what is pinned and where from', async () => {
    expect((await oursOrFail('toolchain')).stdout).toMatch(/^provider +nixpkgs\nasked for +any channel\n$/)
    asks('channel = "1.95"\ncomponents = ["rust-src"]\ntargets = ["wasm32-wasip1"]')
    publish('1.95', '1.95.2', [`rust-std ${MUSL}`])
    const update = await oursOrFail('toolchain', 'update')
    expect(update.stderr).toContain('has no rust-std for wasm32-wasip1')
    const { stdout, stderr } = await oursOrFail('toolchain', '--host', LINUX, '--target', MUSL)
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    expect(rows).toEqual([
      ['provider', 'dist'],
      ['asked for', '1.95, with rust-src, by rust-toolchain.toml'],
      ['pinned', '1.95.2 (1.95, 2026-01-02)'],
      ['in', 'nix/toolchain.lock.json'],
      ['from', server.url],
      ['builds on', `${LINUX}: cargo clippy-preview rust-src rustc`],
      ['rust-std', LINUX],
      ['no rust-std', MUSL],
    ])
    const json = await oursOrFail('toolchain', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      provider: 'dist',
      asked: { channel: { name: '1.95' }, from: 'rust-toolchain.toml', components: ['rust-src'] },
      pinned: { release: '1.95.2', server: server.url },
      stale: [],
    })
    expect(stderr).toContain(`has no rust-std for ${MUSL}`)
  })

  test('another target needs no network', async () => {
    publish('stable', '1.95.0')
    await oursOrFail('toolchain', 'update')
    await server.close()
    asks(`channel = "stable"\ntargets = ["${MUSL}"]`)
    await oursOrFail('generate')
    expect(read('nix/toolchain.nix')).toContain(`extraTargets = [ "${MUSL}" ];`)
    await oursOrFail('targets', 'add', MUSL)
    expect(read('nix/toolchain.nix')).not.toContain('extraTargets')
    expect(JSON.parse(read('nix/toolchain.lock.json')).archives['rust-std']).toHaveProperty(MUSL)
    expect(read('nix/toolchain.nix')).toContain('pin = ./toolchain.lock.json;')
  })

  test('check reports a pin that is not what is requested; generate keeps it and warns', async () => {
    asks('channel = "1.95.0"')
    publish('1.95.0', '1.95.0')
    await oursOrFail('toolchain', 'update')
    asks('channel = "1.96"\ncomponents = ["rustfmt"]')
    const check = await ours('check')
    expect(check.status).toBe(1)
    expect(check.stdout).toMatch(
      /rust-toolchain\.toml asks for 1\.96, pinned is 1\.95\.0 \(2026-01-02\), rust-toolchain\.toml asks for rustfmt, not pinned$/m,
    )
    expect(check.stdout).toContain('nix is stale: run `cargo2nix-ts toolchain update`')
    const generate = await oursOrFail('generate')
    expect(generate.stderr).toContain('warning: rust-toolchain.toml asks for 1.96')
    expect(read('nix/toolchain.lock.json')).toContain('"1.95.0"')
    asks('channel = "1.95"')
    expect((await ours('check')).status).toBe(0)
  })

  test('the settings win over the file', async () => {
    asks('channel = "1.70.0"')
    settings('toolchain = { provider = "dist", channel = "1.95.0", components = ["rust-src"] }')
    const unpinned = await ours('generate')
    expect(unpinned.status).toBe(2)
    expect(unpinned.stderr).toContain('no toolchain is pinned')
    expect(existsSync(join(workspace, 'nix'))).toBe(false)
    publish('1.95.0', '1.95.0')
    await oursOrFail('toolchain', 'update')
    expect((await ours('check')).status).toBe(0)
    write('Cargo.toml', read('Cargo.toml').replace('"dist"', '"nixpkgs"'))
    await oursOrFail('generate')
    expect(read('nix/toolchain.nix')).not.toContain('pin =')
    expect(read('nix/toolchain.nix')).toContain('channel = "1.95.0";')
  })

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['provider', 'toolchain.provider = "rustup"', /metadata\.cargo2nix\.toolchain\.provider: /],
    [
      'key',
      'toolchain.chanel = "stable"',
      /metadata\.cargo2nix\.toolchain: unknown key `chanel`\nhint: did you mean `channel`/,
    ],
    ['profile', 'toolchain.profile = "small"', /metadata\.cargo2nix\.toolchain\.profile: /],
    ['components', 'toolchain.components = "clippy"', /metadata\.cargo2nix\.toolchain\.components: /],
  ]
  test.each(bad)('a wrong %s in the settings is refused by its key', async (_, keys, message) => {
    settings(keys)
    const { status, stderr } = await ours('generate')
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('a listed host must have what is requested; a default one may lack it', async () => {
    publish('stable', '1.95.0', [`rustc ${MAC}`])
    const named = await ours('toolchain', 'update', '--host', LINUX, '--host', MAC)
    expect(named.status).toBe(2)
    expect(named.stderr).toContain(`\`stable\` has no rustc for ${MAC}, which is one of the hosts`)
    expect(named.stderr).toContain('hosts')
    expect(existsSync(join(workspace, 'nix'))).toBe(false)
    const { stderr } = await oursOrFail('toolchain', 'update')
    expect(stderr).toContain(`has no rustc for ${MAC}: nothing can be built on it`)
    const later = await ours('generate', '--host', MAC)
    expect(later.status).toBe(2)
    expect(later.stderr).toContain(`has no rustc for ${MAC}`)
  })

  test('a requested component must exist; clippy need not', async () => {
    publish('nightly', '1.98.0-nightly', [`clippy-preview ${MAC}`], '2026-01-02')
    asks('channel = "nightly-2026-01-02"')
    const { stderr, stdout } = await oursOrFail('toolchain', 'update')
    expect(stdout).toMatch(/^pinned 1\.98\.0-nightly \(nightly-2026-01-02, 2026-01-02\)$/m)
    expect(stderr).toContain(`\`nightly-2026-01-02\` has no clippy-preview for ${MAC}`)
    asks('channel = "nightly-2026-01-02"\ncomponents = ["clippy"]')
    const asked = await ours('toolchain', 'update')
    expect(asked.status).toBe(2)
    expect(asked.stderr).toContain(`has no clippy-preview for ${MAC}`)
    expect(asked.stderr).toContain('another day')
    asks('channel = "nightly-2026-01-02"\ncomponents = ["clipy"]')
    expect((await ours('toolchain', 'update')).stderr).toContain('has no component `clipy`')
  })

  test('unstable features work only with a nightly', async () => {
    write('tool/Cargo.toml', '[package]\nname = "tool"\nversion = "0.1.0"\n')
    write('tool/src/main.rs', 'fn main() {}\n')
    write(
      'Cargo.lock',
      `${read('Cargo.lock')}dependencies = ["tool"]\n[[package]]\nname = "tool"\nversion = "0.1.0"\n`,
    )
    write(
      'Cargo.toml',
      `${read('Cargo.toml')}[dependencies]\ntool = { path = "tool", artifact = "bin", target = "${MUSL}" }\n[workspace]\n`,
    )
    publish('stable', '1.95.0')
    publish('nightly', '1.98.0-nightly', [], '2026-01-02')
    const disabled = await ours('generate')
    expect(disabled.stderr).toContain('set `unstable.bindeps = true` in .cargo/config.toml')
    write('.cargo/config.toml', '[unstable]\nbindeps = true\n')
    await oursOrFail('toolchain', 'update', 'nightly-2026-01-02')
    expect(read('nix/Cargo.nix')).toContain(`target = "${MUSL}";`)
    expect(read('nix/toolchain.nix')).toContain(MUSL)
    const stable = await ours('toolchain', 'update', 'stable')
    expect([stable.status, stable.stderr]).toEqual([
      2,
      expect.stringContaining('needs a nightly toolchain, and the toolchain is 1.95.0'),
    ])
  })

  test('features of a manifest need a nightly, used or not', async () => {
    write('Cargo.toml', `cargo-features = ["trim-paths"]\n${read('Cargo.toml')}`)
    publish('stable', '1.95.0')
    publish('nightly', '1.98.0-nightly', [], '2026-01-02')
    await oursOrFail('toolchain', 'update', 'nightly-2026-01-02')
    const stable = await ours('toolchain', 'update', 'stable')
    expect([stable.status, stable.stderr]).toEqual([
      2,
      expect.stringContaining('`cargo-features = ["trim-paths"]` needs a nightly toolchain'),
    ])
  })

  test('a nightly refuses by name what its cargo would follow and is not supported', async () => {
    const accepts = async (unstable: string): Promise<string> => {
      write('.cargo/config.toml', `[unstable]\n${unstable}\n`)
      const { status, stderr } = await ours('generate')
      expect([unstable, status], stderr).toEqual([unstable, 0])
      return stderr
    }
    const refuses = async (unstable: string): Promise<void> => {
      const key = unstable.split(' ')[0]
      write('.cargo/config.toml', `[unstable]\n${unstable}\n`)
      const { status, stderr } = await ours('generate')
      expect([unstable, status, stderr]).toEqual([
        unstable,
        2,
        expect.stringContaining(
          `.cargo/config.toml: \`unstable.${key}\` is not supported, and the toolchain is`,
        ),
      ])
      expect(stderr).toContain('or pin a stable toolchain')
    }
    const followed = [
      'host-config = true',
      'panic-abort-tests = true',
      'target-applies-to-host = true',
      'trim-paths = true',
      'root-dir = "/"',
    ]
    const without = ['build-std-features = ["optimize_for_size"]', 'trim-paths = false', 'gc = true']
    // Nothing but Nix knows the toolchain.
    for (const each of ['build-std = ["core", "alloc"]', 'build-std = []', ...followed.slice(0, 1)]) {
      expect(await accepts(each)).toContain(`\`unstable.${each.split(' ')[0]}\` is for a nightly cargo alone`)
      expect(read('nix/Cargo.nix')).toContain(
        `stable = ".cargo/config.toml: \`unstable.${each.split(' ')[0]}\`";`,
      )
    }
    for (const each of without) await accepts(each)
    expect(read('nix/Cargo.nix')).not.toContain('newerRules')
    asks('channel = "nightly-2026-01-02"')
    for (const each of followed) await refuses(each)
    const others = 'only core, alloc and compiler_builtins can be compiled along'
    for (const [each, message] of [
      ['["std", "panic_abort"]', others],
      ['[]', others],
      ['"core,alloc"', '`unstable.build-std`: expected a list'],
      ['["core"]\nbuild-std-features = "mem"', '`unstable.build-std-features`: expected a list'],
    ] as const) {
      write('.cargo/config.toml', `[unstable]\nbuild-std = ${each}\n`)
      const { status, stderr } = await ours('generate')
      expect([each, status]).toEqual([each, 2])
      expect(stderr).toContain(message)
    }
    for (const each of without) await accepts(each)
    publish('stable', '1.95.0')
    publish('nightly', '1.98.0-nightly', [], '2026-01-02')
    await oursOrFail('toolchain', 'update')
    await refuses('host-config = true')
    rmSync(join(workspace, 'rust-toolchain.toml'))
    write('.cargo/config.toml', '')
    await oursOrFail('toolchain', 'update', 'stable')
    await accepts('build-std = ["core"]')
  })

  test('unknown channels, other answers and changed manifests are errors that change nothing', async () => {
    const failing = async (...args: readonly string[]): Promise<string> => {
      const { status, stderr } = await ours('toolchain', 'update', ...args)
      expect(status).toBe(2)
      expect(existsSync(join(workspace, 'nix'))).toBe(false)
      return stderr
    }
    expect(await failing('1.333.0')).toMatch(/channel-rust-1\.333\.0\.toml: there is no channel `1\.333\.0`/)
    expect(await failing('mine')).toContain('there is no channel `mine`')
    publish('stable', '1.95.0')
    const manifest = join(folder, 'dist/channel-rust-stable.toml')
    const text = readFileSync(manifest, 'utf8')
    writeFileSync(manifest, `${text}\n`)
    expect(await failing()).toMatch(/its SHA-256 is [0-9a-f]{64}, but /)
    publishChannel(folder, {
      name: 'stable',
      date: '2026-01-02',
      version: '1.95.0',
      components: { cargo: { [LINUX]: null } },
    })
    expect(await failing()).toContain('`stable` has no rustc for ')
    await server.close()
    expect(await failing()).toContain('cannot be downloaded: ECONNREFUSED')
  })

  test('a lock that somebody edited is refused by its key', async () => {
    publish('stable', '1.95.0')
    await oursOrFail('toolchain', 'update')
    const text = read('nix/toolchain.lock.json')
    write('nix/toolchain.lock.json', text.replace(/"sha256": ".{4}/, '"sha256": "'))
    const { status, stderr } = await ours('generate')
    expect(status).toBe(2)
    expect(stderr).toMatch(
      /toolchain\.lock\.json: archives\.cargo\.\S+\.sha256: must be 64 hexadecimal digits/,
    )
    await oursOrFail('toolchain', 'update')
    expect(read('nix/toolchain.lock.json')).toBe(text)
  })

  test("generate writes the requested channel for nixpkgs' toolchain", async () => {
    asks('channel = "1.70"')
    await oursOrFail('generate')
    expect(read('nix/toolchain.nix')).toContain('  channel = "1.70";\n')
    asks(`channel = "1.70.0-${LINUX}"`)
    await oursOrFail('generate')
    expect(read('nix/toolchain.nix')).toContain('  channel = "1.70.0";\n')
    asks(`channel = "nightly-2026-01-02-${LINUX}"`)
    await oursOrFail('generate')
    expect(read('nix/toolchain.nix')).toContain('  channel = "nightly-2026-01-02";\n')
    for (const name of ['stable', `stable-${MAC}`]) {
      asks(`channel = "${name}"`)
      await oursOrFail('generate')
      expect(read('nix/toolchain.nix')).not.toContain('channel')
    }
    asks('channel = "nightly"')
    expect((await oursOrFail('generate')).stderr).toContain('asks for nightly, which nixpkgs does not have')
    rmSync(join(workspace, 'rust-toolchain.toml'))
    write('rust-toolchain', '/opt/rust\n')
    expect((await oursOrFail('generate')).stderr).toContain('/opt/rust, which only this machine has')
    expect(read('nix/toolchain.nix')).not.toContain('/opt')
  })
})

test.each([
  ['stable', 'stable', '1.95.0', true],
  ['1.95', 'stable', '1.95.0', true],
  ['1.95.0', 'stable', '1.95.0', true],
  ['1.9', 'stable', '1.95.0', false],
  ['1.95.1', 'stable', '1.95.0', false],
  ['stable', '1.95.0', '1.95.0', true],
  ['beta', 'stable', '1.95.0', false],
  ['stable', 'nightly', '1.98.0-nightly', false],
  ['nightly', 'nightly-2026-01-02', '1.98.0-nightly', true],
  ['nightly-2026-01-02', 'nightly', '1.98.0-nightly', true],
  ['nightly-2026-01-03', 'nightly', '1.98.0-nightly', false],
  ['mine', 'stable', '1.95.0', false],
])('%s is answered by %s of version %s: %s', (wanted, channel, release, expected) => {
  expect(satisfies({ channel, release, date: '2026-01-02' }, parseChannel(wanted))).toBe(expected)
})

const sysroot = spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).stdout?.trim()
/** rustup keeps the manifest that a toolchain came with. */
const real = `${sysroot}/lib/rustlib/multirust-channel-manifest.toml`

describe.skipIf(!existsSync(real))(
  `the manifest of the installed toolchain${existsSync(real) ? '' : ' (skipped: rustup has none here)'}`,
  () => {
    test('a manifest is pinned with the URLs and checksums that it has', () => {
      const document = parse(readFileSync(real, 'utf8')) as unknown as Manifest
      const request = requestToolchain(
        {
          provider: undefined,
          channel: undefined,
          components: ['rust-src', 'llvm-tools'],
          profile: undefined,
        },
        undefined,
        '/',
      )
      const { pin } = pinChannel(parseChannelManifest(document, real), {
        request,
        channel: 'stable',
        server: 'https://mirror.example',
        platforms: { hosts: [LINUX], hostsFrom: 'user' },
      })
      expect(Object.keys(pin.archives).toSorted()).toEqual([
        'cargo',
        'clippy-preview',
        'llvm-tools-preview',
        'rust-src',
        'rust-std',
        'rustc',
        'rustfmt-preview',
      ])
      for (const [component, byTriple] of Object.entries(pin.archives)) {
        for (const [triple, archive] of Object.entries(byTriple)) {
          const { xz_url: url, xz_hash: hash } = document.pkg[component]!.target[triple]!
          expect(archive).toEqual({ path: new URL(url).pathname.slice(1), sha256: hash })
        }
      }
      const available = Object.entries(document.pkg['rust-std']!.target).filter(([, each]) => each.available)
      expect(Object.keys(pin.archives['rust-std']!).toSorted()).toEqual(
        available.map(([triple]) => triple).toSorted(),
      )
      expect(available.length).toBeGreaterThan(50)
      expect(parsePin(printPin(pin), 'x')).toEqual(pin)
    })
  },
)

interface Manifest {
  readonly pkg: Readonly<
    Record<
      string,
      { readonly target: Readonly<Record<string, { available: boolean; xz_url: string; xz_hash: string }>> }
    >
  >
}
