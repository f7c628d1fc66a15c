/** Configuration files and variables, merged by us and by `cargo config get`. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toCargoConfig } from '../../src/cargo/workspace/config.ts'
import { configReader, type ConfigReader } from '../../src/cargo/config/config-reader.ts'
import type { ConfigValue } from '../../src/cargo/config/config-value.ts'
import { readConfigFiles } from '../../src/io/workspace/read-config.ts'
import { folderWith } from '../folder.ts'
import { runCargo } from './metadata-view.ts'

const files = {
  'home/config.toml': `
[build]
rustflags = ["--cfg", "of_home"]
jobs = 1
[target.x86_64-unknown-linux-gnu]
linker = "tools/ld-of-home"
[profile.release]
lto = "thin"
[env]
ONLY_HOME = "1"
SHARED = { value = "home", force = true }
`,
  'a/.cargo/config.toml': `
include = ["extra.toml", { path = "absent.toml", optional = true }]
[build]
rustflags = ["--cfg", "of_a"]
target = ["x86_64-unknown-linux-gnu", "specs/board.json"]
[profile.release]
lto = true
opt-level = "s"
[profile.release.package."*"]
opt-level = 1
`,
  'a/.cargo/extra.toml': `
include = ["deeper/more.toml"]
[build]
rustflags = ["--cfg", "of_extra"]
jobs = 3
[profile.release]
debug = "line-tables-only"
opt-level = 3
[profile.release.build-override]
codegen-units = 7
`,
  'a/.cargo/deeper/more.toml': `
[build]
rustflags = ["--cfg", "of_more"]
[env]
RELATIVE = { value = "here", relative = true }
`,
  'a/b/.cargo/config': `
[build]
rustflags = ["--cfg", "of_b"]
[target.x86_64-unknown-linux-gnu]
runner = ["b-runner", "--with blanks"]
linker = "ld-in-path"
rustflags = "-C target-cpu=native"
rustdocflags = ["--cfg", "doc"]
[target.'cfg(unix)']
rustflags = ["--cfg", "for_unix"]
runner = "tools/run  tools/more"
[target.x86_64-unknown-linux-gnu.thing]
rustc-link-lib = ["thing"]
rustc-link-search = ["/opt"]
version = "7"
[env]
SHARED = { value = "b" }
`,
  'a/b/.cargo/config.toml': '[build]\nrustflags = ["--cfg", "not_read"]\n',
  'a/b/c/Cargo.toml': '',
}

describe('the configuration', () => {
  let folder = ''
  let cwd = ''
  let home = ''
  beforeAll(() => {
    folder = folderWith(files)
    cwd = join(folder, 'a', 'b', 'c')
    home = join(folder, 'home')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const open = (env: Readonly<Record<string, string>> = {}): ConfigReader =>
    configReader(readConfigFiles(cwd, home), env, cwd)

  const cargoSays = (key: string, env: Readonly<Record<string, string>> = {}): unknown => {
    const args = ['-Zunstable-options', 'config', 'get', '--format=json', ...(key === '' ? [] : [key])]
    const text = runCargo(args, cwd, { ...process.env, ...env, CARGO_HOME: home, RUSTC_BOOTSTRAP: '1' })
    const json: unknown = JSON.parse(text)
    return key
      .split('.')
      .reduce((value, part) => (part === '' ? value : (value as Record<string, unknown>)[part]), json)
  }

  test('files are merged as cargo merges them', () => {
    const expected = cargoSays('') as Record<string, unknown>
    const root = readConfigFiles(cwd, home)
    for (const key of ['build', 'target', 'profile', 'env']) {
      expect(plain(root.entries.get(key)), key).toEqual(expected[key])
    }
  })

  test.each([
    ['CARGO_BUILD_WARNINGS', 'build.warnings = "deny"'],
    ['CARGO_RESOLVER_LOCKFILE_PATH', 'resolver.lockfile-path = "Cargo.lock"'],
    ['CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS', 'resolver.incompatible-rust-versions = "allow"'],
  ])('the variable %s overrides %s, and is what an error names', (name, text) => {
    const own = folderWith({ '.cargo/config.toml': text })
    try {
      const reader = configReader(readConfigFiles(own, home), { [name]: 'nope' }, own)
      expect(() => toCargoConfig(reader, [])).toThrow(expect.objectContaining({ path: name }))
      expect(() => toCargoConfig(configReader(readConfigFiles(own, home), {}, own), [])).not.toThrow()
    } finally {
      rmSync(own, { recursive: true })
    }
  })

  test.for([
    ['build.rustflags', 'CARGO_BUILD_RUSTFLAGS', '--cfg of_variable  -g'],
    ['target.x86_64-unknown-linux-gnu.runner', 'CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER', 'one two'],
    [
      'target.x86_64-unknown-linux-gnu.rustdocflags',
      'CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTDOCFLAGS',
      '-a b',
    ],
    ['target.x86_64-unknown-linux-gnu.linker', 'CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER', 'mold'],
    ['profile.release.lto', 'CARGO_PROFILE_RELEASE_LTO', 'fat'],
    ['profile.release.debug', 'CARGO_PROFILE_RELEASE_DEBUG', 'false'],
    [
      'profile.release.build-override.codegen-units',
      'CARGO_PROFILE_RELEASE_BUILD_OVERRIDE_CODEGEN_UNITS',
      '9',
    ],
  ] as const)('%s with %s', ([key, variable, value]) => {
    const env = { [variable]: value }
    const expected = cargoSays(key, env)
    const reader = open(env)
    const parts = key.split('.')
    const config = toCargoConfig(reader, ['x86_64-unknown-linux-gnu', 'x86_64-unknown-linux-musl'])
    const actual = {
      'build.rustflags': () => config.build.rustflags,
      'target.x86_64-unknown-linux-gnu.runner': () => config.target['x86_64-unknown-linux-gnu']?.runner,
      'target.x86_64-unknown-linux-gnu.rustdocflags': () =>
        config.target['x86_64-unknown-linux-gnu']?.rustdocflags,
      'target.x86_64-unknown-linux-gnu.linker': () => config.target['x86_64-unknown-linux-gnu']?.linker,
      'profile.release.lto': () => config.profile['release']?.lto,
      'profile.release.debug': () => reader.boolean(parts),
      'profile.release.build-override.codegen-units': () =>
        config.profile['release']?.buildOverride?.codegenUnits,
    }[key]()
    expect(actual).toEqual(expected)
  })

  test('build.target with CARGO_BUILD_TARGET, which adds to a list', () => {
    const env = { CARGO_BUILD_TARGET: 'wasm32-wasip1' }
    const expected = cargoSays('build.target', env) as readonly string[]
    const absolute = expected.map((name) => (name.endsWith('.json') ? join(folder, 'a', name) : name))
    expect(toCargoConfig(open(env), []).build.target).toEqual(absolute)
  })

  test('CARGO_BUILD_TARGET may be a file, relative to where cargo is started', () => {
    const own = folderWith({ '.cargo/config.toml': '[build]\ntarget = "a.json"\n' })
    try {
      const targets = (env: Readonly<Record<string, string>>): readonly string[] =>
        toCargoConfig(configReader(readConfigFiles(own, home), env, cwd), []).build.target
      expect(targets({ CARGO_BUILD_TARGET: '../b.json' })).toEqual([join(folder, 'a', 'b', 'b.json')])
      expect(targets({ CARGO_BUILD_TARGET: '/b.json' })).toEqual(['/b.json'])
      expect(targets({})).toEqual([join(own, 'a.json')])
    } finally {
      rmSync(own, { recursive: true })
    }
  })

  test('a custom target has variables, too', () => {
    const config = toCargoConfig(open({ CARGO_TARGET_BOARD_RUSTFLAGS: '--cfg of_board' }), [])
    expect(config.target['board']?.rustflags).toEqual(['--cfg', 'of_board'])
  })

  test('paths are relative to the folder of the file that names them', () => {
    const config = toCargoConfig(open(), [])
    expect(config.build.target).toEqual([
      'x86_64-unknown-linux-gnu',
      join(folder, 'a', 'specs', 'board.json'),
    ])
    expect(config.env['RELATIVE']).toEqual({
      value: join(folder, 'a', '.cargo', 'here'),
      relative: true,
      force: false,
    })
    expect(config.target['x86_64-unknown-linux-gnu']?.linker).toBe('ld-in-path')
    expect(config.target['x86_64-unknown-linux-gnu']?.runner?.[0]).toBe('b-runner')
    expect(config.target['cfg(unix)']?.runner).toEqual([join(folder, 'a', 'b', 'tools/run'), 'tools/more'])
  })

  test('what cargo makes of it: profiles, flags, overridden build scripts', () => {
    const config = toCargoConfig(open(), [])
    expect(config.profile['release']).toEqual({
      lto: true,
      optLevel: 's',
      debug: 'line-tables-only',
      package: { '*': { optLevel: '1' } },
      buildOverride: { codegenUnits: 7 },
    })
    expect(config.target['cfg(unix)']?.rustflags).toEqual(['--cfg', 'for_unix'])
    expect(config.target['x86_64-unknown-linux-gnu']?.linksOverrides).toEqual({
      thing: {
        linkLib: ['thing'],
        linkSearch: ['/opt'],
        linkArgs: [],
        cfg: [],
        checkCfg: [],
        env: [],
        metadata: ['version=7'],
      },
    })
  })

  test('variables name targets and profiles that no file has', () => {
    const reader = open({
      CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS: '-g',
      CARGO_PROFILE_DIST_INHERITS: 'release',
      RUSTFLAGS: ' -C  opt-level=1 ',
      RUSTDOCFLAGS: '--cfg docsrs',
      CARGO_INCREMENTAL: '0',
    })
    const config = toCargoConfig(reader, ['x86_64-unknown-linux-musl'])
    expect(config.target['x86_64-unknown-linux-musl']?.rustflags).toEqual(['-g'])
    expect(config.profile['dist']).toEqual({ inherits: 'release' })
    expect(config.environmentRustflags).toEqual(['-C', 'opt-level=1'])
    expect(config.environmentRustdocflags).toEqual(['--cfg', 'docsrs'])
    expect(config.incremental).toBe(false)
    expect(
      toCargoConfig(open({ CARGO_ENCODED_RUSTFLAGS: '-a b\x1f-c', RUSTFLAGS: 'x' }), []).environmentRustflags,
    ).toEqual(['-a b', '-c'])
  })
})

function plain(value: ConfigValue | undefined): unknown {
  if (value === undefined) return undefined
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'list') return value.items.map(plain)
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry)]))
}
