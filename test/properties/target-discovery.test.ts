/** Random packages: the targets that we discover are those that `cargo metadata` lists, and both refuse the same ones. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'vitest'
import { parseManifest } from '../../src/cargo/manifest/parse-manifest.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import { directoryFiles } from '../../src/io/manifests/directory-files.ts'
import { parseToml } from '../../src/io/manifests/toml.ts'
import { folderWith } from '../folder.ts'
import { ourTarget } from '../oracle/metadata-view.ts'

const names = ['alpha', 'beta', 'bench', 'main', 'some-package']

const paths = [
  'src/lib.rs',
  'src/main.rs',
  'src/some_package.rs',
  'src/bench.rs',
  'build.rs',
  'other/x.rs',
  ...names.flatMap((name) => [
    `src/${name}.rs`,
    `src/bin/${name}.rs`,
    `src/bin/${name}/main.rs`,
    `tests/${name}.rs`,
    `tests/${name}/main.rs`,
    `examples/${name}.rs`,
    `benches/${name}.rs`,
  ]),
]

const flag = fc.option(fc.boolean(), { nil: undefined })

const target = fc.record(
  {
    name: fc.constantFrom(...names),
    path: fc.constantFrom('src/main.rs', './src/bin/alpha.rs', 'tests/beta.rs', 'other/x.rs', '../gone.rs'),
    test: fc.boolean(),
    doc: fc.boolean(),
    doctest: fc.boolean(),
    harness: fc.boolean(),
    'proc-macro': fc.boolean(),
    'crate-type': fc.subarray(['lib', 'rlib', 'cdylib', 'dylib', 'bin', 'proc-macro'], { maxLength: 2 }),
    crate_type: fc.constant(['rlib']),
    'required-features': fc.constant(['f']),
    edition: fc.constantFrom('2015', '2021'),
  },
  { requiredKeys: [] },
)

const library = target.map((table) => ({ ...table, name: table.name?.replace('-', '_') }))

const targets = fc.option(
  fc.array(
    target.chain((table) => fc.constantFrom(...names).map((name) => ({ ...table, name }))),
    { maxLength: 2 },
  ),
  { nil: undefined },
)

const packages = fc.record({
  edition: fc.constantFrom(undefined, '2018', '2021', '2024'),
  flags: fc.record({
    autolib: flag,
    autobins: flag,
    autoexamples: flag,
    autotests: flag,
    autobenches: flag,
    build: fc.constantFrom(undefined, true, false, 'other/x.rs'),
  }),
  lib: fc.option(library, { nil: undefined }),
  bin: targets,
  example: targets,
  test: targets,
  bench: targets,
  files: fc.subarray(paths, { minLength: 1, maxLength: 9 }),
})

type Package = typeof packages extends fc.Arbitrary<infer T> ? T : never

function manifestOf({ edition, flags, lib, bin, example, test: tests, bench }: Package): string {
  const lines = (table: object): string =>
    Object.entries(table)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join('')
  const list = (key: string, tables: readonly object[] | undefined): string =>
    (tables ?? []).map((table) => `[[${key}]]\n${lines(table)}`).join('')
  return [
    `[package]\nname = "some-package"\nversion = "0.1.0"\n${lines({ edition, ...flags })}`,
    lib === undefined ? '' : `[lib]\n${lines(lib)}`,
    list('bin', bin),
    list('example', example),
    list('test', tests),
    list('bench', bench),
    '[features]\nf = []\n[workspace]\n',
  ].join('')
}

/** The targets that cargo sees; its message where it refuses. */
function cargosTargets(folder: string): unknown {
  const args = ['metadata', '--no-deps', '--offline', '--format-version=1']
  const { status, stdout, stderr } = spawnSync('cargo', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) return { refused: stderr }
  return (JSON.parse(stdout) as { packages: readonly { targets: unknown }[] }).packages[0]?.targets
}

function ourTargets(folder: string, text: string): unknown {
  try {
    const manifestPath = join(folder, 'Cargo.toml')
    const { manifest } = parseManifest(parseToml(text, manifestPath, 'bad-manifest'), {
      manifestPath,
      folder,
      source: { kind: 'path', path: folder },
      files: directoryFiles(folder),
      inherit: () => {
        throw new Error('nothing is inherited')
      },
      registryIndex: (name) => name,
    })
    return manifest.targets.map(ourTarget)
  } catch (error) {
    if (error instanceof Cargo2NixError) return { refused: error.message }
    throw error
  }
}

const runs = Number(process.env['CARGO2NIX_TEST_RUNS'] ?? 60)

test('random packages have the targets that cargo lists', { timeout: 600_000 }, () => {
  const property = fc.property(packages, (one) => {
    const text = manifestOf(one)
    const folder = folderWith({
      ...Object.fromEntries(one.files.map((path) => [path, ''])),
      'Cargo.toml': text,
    })
    try {
      const [expected, actual] = [cargosTargets(folder), ourTargets(folder, text)]
      const refused = (value: unknown): boolean => !Array.isArray(value)
      if (refused(expected) && refused(actual)) return
      const [left, right] = [JSON.stringify(expected, null, 1), JSON.stringify(actual, null, 1)]
      if (left !== right) throw new Error(`cargo: ${left}\nwe: ${right}\n${text}`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  fc.assert(property, { numRuns: runs })
})
