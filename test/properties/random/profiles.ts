/** Random `[profile]` tables, configuration and variables. */
import type { RandomPackage } from './packages.ts'
import type { Random } from './random.ts'
import type { Toml } from './toml.ts'

type Table = Record<string, Toml>

export const CUSTOM_PROFILES: readonly string[] = ['custom', 'custom-two', 'debug']

/** Of `dev`, `release`, `test`, `bench` and two of the user's. */
export function randomProfiles(random: Random, packages: readonly RandomPackage[]): Table {
  const names = random.some(['dev', 'release', 'test', 'bench'], 0.4)
  const table: Table = Object.fromEntries(names.map((name) => [name, profile(random, packages)]))
  if (random.chance(0.6))
    table['custom'] = { inherits: random.pick(['dev', 'release', 'test']), ...profile(random, packages) }
  if (random.chance(0.08)) table['debug'] = profile(random, packages)
  if (random.chance(0.2))
    table['custom-two'] = {
      inherits: random.pick(['custom', 'custom', 'bench', 'bench', 'debug']),
      ...profile(random, packages),
    }
  return table
}

function profile(random: Random, packages: readonly RandomPackage[]): Table {
  const table = settings(random, 0.15)
  if (random.chance(0.2)) table['panic'] = random.pick(['abort', 'unwind'])
  if (random.chance(0.2)) table['lto'] = random.pick([true, false, 'thin', 'fat', 'off', 'no'])
  if (random.chance(0.1)) table['rpath'] = random.chance(0.5)
  if (random.chance(0.3)) table['build-override'] = settings(random, 0.2)
  if (random.chance(0.4)) table['package'] = overrides(random, packages)
  return table
}

/** Those that overrides may have, too. */
function settings(random: Random, probability: number): Table {
  const choices: Record<string, readonly Toml[]> = {
    'opt-level': [0, 1, 2, 3, 's', 'z'],
    'codegen-units': [1, 16],
    debug: [true, false, 0, 1, 2, 'none', 'limited', 'full', 'line-tables-only'],
    'split-debuginfo': ['off', 'packed', 'unpacked'],
    'debug-assertions': [true, false],
    'overflow-checks': [true, false],
    incremental: [true, false],
    strip: [true, false, 'none', 'symbols', 'debuginfo'],
  }
  const chosen = Object.entries(choices).filter(() => random.chance(probability))
  return Object.fromEntries(chosen.map(([key, values]) => [key, random.pick(values)]))
}

function overrides(random: Random, packages: readonly RandomPackage[]): Table {
  const specs = random.some(packages, 0.2).map((item) => specOf(random, item))
  const all = random.chance(0.4) ? ['*'] : []
  return Object.fromEntries([...new Set([...specs, ...all])].map((spec) => [spec, settings(random, 0.25)]))
}

function specOf(random: Random, { name, version }: RandomPackage): string {
  return random.pick([name, name, `${name}@${version}`, `${name}:${version}`])
}

const NATIVE = 'x86_64-unknown-linux-gnu'

/** `.cargo/config.toml`: copies of the registry, and perhaps more. */
export function randomConfig(random: Random, packages: readonly RandomPackage[]): Table {
  const source = { 'crates-io': { 'replace-with': 'copies' }, copies: { directory: 'vendor' } }
  const table: Table = { source }
  if (random.chance(0.1)) table['profile'] = randomProfiles(random, packages)
  const build: Table = {}
  if (random.chance(0.07))
    build['target'] = random.pick([NATIVE, 'x86_64-pc-windows-gnu', [NATIVE, 'aarch64-apple-darwin']])
  if (random.chance(0.07))
    build['rustflags'] = random.pick([['--cfg', 'special'], '-C target-feature=+avx2', ['-Cpanic=abort']])
  if (random.chance(0.05)) build['incremental'] = random.chance(0.5)
  if (random.chance(0.03)) build['warnings'] = random.pick(['warn', 'allow', 'deny'])
  if (Object.keys(build).length > 0) table['build'] = build
  if (random.chance(0.15)) table['target'] = targetTables(random, packages)
  return table
}

function targetTables(random: Random, packages: readonly RandomPackage[]): Table {
  const tables: Table = {}
  if (random.chance(0.6))
    tables[NATIVE] = { rustflags: random.pick([['--cfg', 'special'], ['-Ctarget-feature=+avx2']]) }
  if (random.chance(0.4)) tables['cfg(unix)'] = { rustflags: ['--cfg', 'special'] }
  if (random.chance(0.3)) tables['cfg(special)'] = { rustflags: ['-C', 'target-feature=+avx2'] }
  if (random.chance(0.3)) {
    const { name, version } = random.pick(packages)
    const native = (tables[NATIVE] ??= {}) as Table
    native[`native-${name}-${version}`] = { 'rustc-link-lib': ['native'] }
  }
  return tables
}

/** Variables that win over the files. */
export function randomEnvironment(random: Random): Readonly<Record<string, string>> {
  const choices: readonly (readonly [string, readonly string[]])[] = [
    ['RUSTFLAGS', ['--cfg special', '-Ctarget-feature=+avx2', '']],
    ['CARGO_ENCODED_RUSTFLAGS', ['--cfg\x1fspecial', '']],
    ['CARGO_INCREMENTAL', ['0', '1']],
    ['CARGO_BUILD_WARNINGS', ['deny']],
    ['CARGO_PROFILE_DEBUG_LTO', ['thin']],
    ['CARGO_PROFILE_DEV_PANIC', ['abort']],
    ['CARGO_PROFILE_TEST_OPT_LEVEL', ['1']],
    ['CARGO_PROFILE_RELEASE_STRIP', ['none', 'symbols', 'true']],
    ['CARGO_BUILD_TARGET', [NATIVE, 'x86_64-pc-windows-gnu']],
    ['CARGO_BUILD_RUSTFLAGS', ['--cfg special']],
    ['CARGO_PROFILE_DEV_OPT_LEVEL', ['1', 's']],
    ['CARGO_PROFILE_RELEASE_DEBUG', ['true', 'line-tables-only', '1']],
    ['CARGO_PROFILE_RELEASE_LTO', ['thin', 'true']],
    ['CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL', ['3']],
    ['CARGO_PROFILE_CUSTOM_DEBUG', ['1']],
    ['CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS', ['--cfg special']],
  ]
  return Object.fromEntries(random.some(choices, 0.2).map(([name, values]) => [name, random.pick(values)]))
}
