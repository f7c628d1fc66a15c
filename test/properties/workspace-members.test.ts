/** Random workspaces: members and default members are those of `cargo metadata`, in its order, and both refuse the same. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'vitest'
import { configReader } from '../../src/cargo/config/config-reader.ts'
import { readSourceConfig } from '../../src/cargo/config/source-config.ts'
import { Cargo2NixError } from '../../src/errors.ts'
import { manifestLoader } from '../../src/io/manifests/manifest-loader.ts'
import { readConfigFiles } from '../../src/io/workspace/read-config.ts'
import { findMembers } from '../../src/io/workspace/workspace-members.ts'
import { folderWith, type Files } from '../folder.ts'

const folders = ['', 'a', 'b', 'a/inner', 'c/d', 'c/.e', 'c/target/f', '../outside']

const patterns = [
  'a',
  'b',
  './b/',
  'a/inner',
  'c/*',
  'c/d',
  '*',
  '?',
  '[ab]',
  'c/**',
  '../outside',
  'none',
  'no*',
  'c',
]

const folderPatterns = fc.option(fc.uniqueArray(fc.constantFrom(...patterns), { maxLength: 3 }), {
  nil: undefined,
})

const aPackage = fc.record({
  dependencies: fc.uniqueArray(fc.nat(folders.length - 1), { maxLength: 2 }),
  workspace: fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant('pointer' as const) },
    { weight: 1, arbitrary: fc.constant('root' as const) },
  ),
})

const workspaces = fc.record({
  members: folderPatterns,
  exclude: folderPatterns,
  defaultMembers: fc.option(fc.uniqueArray(fc.constantFrom(...patterns), { maxLength: 2 }), {
    nil: undefined,
    freq: 2,
  }),
  /** By the place in `folders`; a directory without a package is empty, and the root without one is virtual. */
  packages: fc.array(fc.option(aPackage, { freq: 6 }), {
    minLength: folders.length,
    maxLength: folders.length,
  }),
  from: fc.nat(folders.length - 1),
})

type Workspace = typeof workspaces extends fc.Arbitrary<infer T> ? T : never

function climb(from: string, to: string): string {
  const up =
    from === ''
      ? []
      : from
          .replace('../', '')
          .split('/')
          .map(() => '..')
  const start = from.startsWith('../') ? [...up, 'root'] : up
  return [...start, to].filter((part) => part !== '').join('/') || '.'
}

function manifestOf(index: number, { packages }: Workspace): string {
  const one = packages[index]
  const folder = folders[index]!
  if (!one) return ''
  const pointer = one.workspace === 'pointer' && folder !== '' ? `workspace = "${climb(folder, '')}"\n` : ''
  const own = one.workspace === 'root' && folder !== '' ? '[workspace]\n' : ''
  const dependencies = one.dependencies
    .filter((other) => other !== index)
    .map((other) => `p${other} = { path = "${climb(folder, folders[other]!)}" }\n`)
  const head = `[package]\nname = "p${index}"\nversion = "0.1.0"\nedition = "2021"\n${pointer}`
  return `${head}[dependencies]\n${dependencies.join('')}${own}`
}

function filesOf(workspace: Workspace): Files {
  const lines = [
    ['members', workspace.members],
    ['exclude', workspace.exclude],
    ['default-members', workspace.defaultMembers],
  ] as const
  const table = lines.flatMap(([key, list]) =>
    list === undefined ? [] : [`${key} = ${JSON.stringify(list)}\n`],
  )
  const files: Record<string, string> = { 'root/notes.txt': '', 'root/c/notes.txt': '' }
  folders.forEach((folder, index) => {
    const place = join('root', folder)
    const manifest = manifestOf(index, workspace)
    const root = folder === '' ? `[workspace]\nresolver = "2"\n${table.join('')}` : ''
    if (manifest + root !== '') files[join(place, 'Cargo.toml')] = manifest + root
    files[join(place, manifest === '' ? 'notes.txt' : 'src/lib.rs')] = ''
  })
  return files
}

interface Members {
  readonly members: readonly string[]
  readonly defaultMembers: readonly string[]
}

function cargosMembers(cwd: string): Members | { readonly refused: string } {
  const args = [
    'metadata',
    '--no-deps',
    '--offline',
    '--format-version=1',
    '--manifest-path',
    join(cwd, 'Cargo.toml'),
  ]
  const { status, stdout, stderr } = spawnSync('cargo', args, { cwd, encoding: 'utf8' })
  if (status !== 0) return { refused: stderr }
  const json = JSON.parse(stdout) as Record<string, readonly string[]>
  const nameOf = (id: string): string => /p\d+/.exec(id.split('#')[1]!)![0]
  return {
    members: json['workspace_members']!.map(nameOf),
    defaultMembers: json['workspace_default_members']!.map(nameOf),
  }
}

function ourMembers(cwd: string): Members | { readonly refused: string } {
  const home = join(cwd, 'no-cargo-home')
  const config = readSourceConfig(configReader(readConfigFiles(cwd, home), {}, cwd))
  const loader = manifestLoader(config, home)
  try {
    const { members, defaultMembers } = findMembers(join(cwd, 'Cargo.toml'), loader)
    const nameOf = (path: string): string => loader.package(path).manifest.name
    return { members: members.map(nameOf), defaultMembers: defaultMembers.map(nameOf) }
  } catch (error) {
    if (error instanceof Cargo2NixError) return { refused: `${error.path}: ${error.message}` }
    throw error
  }
}

const runs = Number(process.env['CARGO2NIX_TEST_RUNS'] ?? 60)

test('random workspaces have the members that cargo lists', { timeout: 600_000 }, () => {
  const property = fc.property(workspaces, (workspace) => {
    fc.pre(workspace.from === 0 || workspace.packages[workspace.from] !== null)
    const folder = folderWith(filesOf(workspace))
    try {
      const cwd = join(folder, 'root', folders[workspace.from]!)
      const [expected, actual] = [cargosMembers(cwd), ourMembers(cwd)]
      if ('refused' in expected && 'refused' in actual) return
      const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)]
      if (left !== right)
        throw new Error(`cargo: ${left}\nwe: ${right}\n${JSON.stringify(filesOf(workspace), null, 1)}`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  fc.assert(property, { numRuns: runs })
})
