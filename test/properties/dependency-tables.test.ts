/** Random dependency tables, inherited or not: what we read is what `cargo metadata` lists, and both refuse the same. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'vitest'
import { buildFeatureMap } from '../../src/cargo/manifest/feature-value.ts'
import { configReader } from '../../src/cargo/config/config-reader.ts'
import { readSourceConfig } from '../../src/cargo/config/source-config.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import { manifestLoader } from '../../src/io/manifests/manifest-loader.ts'
import { readConfigFiles } from '../../src/io/workspace/read-config.ts'
import { findMembers } from '../../src/io/workspace/workspace-members.ts'
import { folderWith, type Files } from '../folder.ts'
import { normalDependency, ourDependency } from '../oracle/metadata-view.ts'

const names = ['serde', 'log', 'lib-one', 'other_name']

const version = fc.constantFrom(
  '1',
  '^1.2',
  '>=1.0, <2',
  '*',
  '1.*',
  '=1.0.0-alpha.1',
  '~1.2',
  ' 1.2 ',
  '1.2.3+meta',
  '>1.x',
)

/** Keys that may be absent; each of them is there once in a while. */
const detailed = fc.record(
  {
    version,
    path: fc.constantFrom('../lib', '../lib/../lib/', './../lib'),
    package: fc.constantFrom('lib-one', 'renamed'),
    features: fc.subarray(['x', 'y', 'z']),
    optional: fc.boolean(),
    'default-features': fc.boolean(),
    public: fc.boolean(),
  },
  { requiredKeys: [] },
)

const rare = fc.record(
  {
    git: fc.constantFrom('https://example.org/a/B.git', 'ssh://git@example.org/x', 'git@example.org:x'),
    branch: fc.constant('main'),
    tag: fc.constant('v1+2'),
    rev: fc.constant('0123abc'),
    registry: fc.constantFrom('mine', 'crates-io', 'unknown'),
    'registry-index': fc.constant('sparse+https://index.example.org/'),
    default_features: fc.boolean(),
    features: fc.constantFrom(['a/b'], ['dep:x']),
    artifact: fc.constant('bin'),
    unknown: fc.constant(1),
  },
  { requiredKeys: [] },
)

const table = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(version, detailed).map(([text, keys]) => ({ version: text, ...keys })) },
  { weight: 1, arbitrary: fc.tuple(detailed, rare).map(([left, right]) => ({ ...left, ...right })) },
)

const inherited = detailed.map(({ version: _, path: __, package: ___, ...keys }) => ({
  workspace: true,
  ...keys,
}))

/** For members to inherit; a few are optional or public, which cargo refuses. */
const shared = fc.oneof(
  { weight: 15, arbitrary: version },
  { weight: 60, arbitrary: table.map(({ optional: _, public: __, ...keys }) => keys) },
  { weight: 1, arbitrary: table },
)

const dependency = fc.oneof(version, table, table, inherited)

const tables = fc.dictionary(fc.constantFrom(...names), dependency, { maxKeys: 3 })

/** For tests: mostly not optional, which cargo refuses there. */
const testTables = fc.dictionary(
  fc.constantFrom(...names),
  fc.oneof(
    { weight: 1, arbitrary: dependency },
    {
      weight: 20,
      arbitrary: dependency.map((one) => (typeof one === 'string' ? one : { ...one, optional: false })),
    },
  ),
  { maxKeys: 2 },
)

const manifests = fc.record({
  edition: fc.constantFrom('2018', '2021', '2024'),
  workspace: fc.dictionary(fc.constantFrom(...names), shared, { minKeys: 3, maxKeys: 4, size: 'max' }),
  plain: fc.record(
    {
      dependencies: tables,
      'dev-dependencies': testTables,
      'build-dependencies': tables,
    },
    { requiredKeys: ['dependencies'] },
  ),
  platform: fc.dictionary(
    fc.constantFrom('cfg(unix)', 'cfg( any ( windows , feature = "x" ) )', 'x86_64-unknown-linux-gnu'),
    fc.record(
      { dependencies: tables, 'dev-dependencies': testTables, build_dependencies: tables },
      { requiredKeys: [] },
    ),
    { maxKeys: 1 },
  ),
})

type Manifests = typeof manifests extends fc.Arbitrary<infer T> ? T : never

/** An inline table: JSON is nearly TOML. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${JSON.stringify(key)} = ${inline(entry)}`)
    .join(', ')} }`
}

function filesOf({ edition, workspace, plain, platform }: Manifests): Files {
  const head = `[package]\nname = "main"\nversion = "0.1.0"\nedition = "${edition}"\n`
  const rest = Object.entries(plain).map(([key, value]) => `${key} = ${inline(value)}\n`)
  return {
    '.cargo/config.toml': '[registries.mine]\nindex = "https://example.org/index"\n',
    'Cargo.toml': `[workspace]\nmembers = ["main"]\n[workspace.dependencies]\n${Object.entries(workspace)
      .map(([name, value]) => `${name} = ${inline(value)}\n`)
      .join('')}`,
    'main/Cargo.toml': `${rest.join('')}target = ${inline(platform)}\n${head}`,
    'main/src/lib.rs': '',
    '../lib/Cargo.toml': '[package]\nname = "lib-two"\nversion = "1.2.3"\n',
    '../lib/src/lib.rs': '',
    'lib/Cargo.toml': '[package]\nname = "lib-one"\nversion = "1.2.3"\n',
    'lib/src/lib.rs': '',
  }
}

/** In a directory of their own, so that `..` stays inside. */
function prefixed(files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [join('workspace', path), text]))
}

type Outcome = readonly unknown[] | { readonly refused: string }

function cargosDependencies(cwd: string): Outcome {
  const args = ['metadata', '--no-deps', '--offline', '--format-version=1']
  const { status, stdout, stderr } = spawnSync('cargo', args, { cwd, encoding: 'utf8' })
  if (status !== 0) return { refused: stderr }
  const { packages } = JSON.parse(stdout) as {
    packages: readonly { name: string; dependencies: readonly Readonly<Record<string, unknown>>[] }[]
  }
  return packages.find(({ name }) => name === 'main')!.dependencies.map(normalDependency)
}

function ourDependencies(cwd: string): Outcome {
  const home = join(cwd, 'no-cargo-home')
  const loader = manifestLoader(readSourceConfig(configReader(readConfigFiles(cwd, home), {}, cwd)), home)
  try {
    findMembers(join(cwd, 'Cargo.toml'), loader)
    const { manifest } = loader.package(join(cwd, 'main', 'Cargo.toml'))
    buildFeatureMap(manifest)
    return manifest.dependencies.map(ourDependency)
  } catch (error) {
    if (error instanceof Cargo2NixError) return { refused: error.message }
    throw error
  }
}

const runs = Number(process.env['CARGO2NIX_TEST_RUNS'] ?? 60)

test('random dependency tables are read as cargo reads them', { timeout: 600_000 }, () => {
  const property = fc.property(manifests, (one) => {
    const outer = folderWith(prefixed(filesOf(one)))
    const folder = join(outer, 'workspace')
    try {
      const [expected, actual] = [cargosDependencies(folder), ourDependencies(folder)]
      if ('refused' in expected && 'refused' in actual) return
      const [left, right] = [JSON.stringify(expected, null, 1), JSON.stringify(actual, null, 1)]
      if (left !== right)
        throw new Error(`cargo: ${left}\nwe: ${right}\n${JSON.stringify(filesOf(one), null, 1)}`)
    } finally {
      rmSync(outer, { recursive: true })
    }
  })
  fc.assert(property, { numRuns: runs })
})
