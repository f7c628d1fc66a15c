/** The rules of the source layout: which directory may import what, and what a file looks like. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Source {
  /** Relative to the project. */
  readonly path: string
  readonly text: string
  /** The text without comments and the insides of strings. */
  readonly code: string
  readonly imports: readonly string[]
}

const sources = (folder: string): readonly Source[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name)
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, code: withoutCommentsAndStrings(text), imports: importsOf(text) }
    })

function importsOf(text: string): string[] {
  const specifiers = text.matchAll(
    /^(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm,
  )
  const dynamic = text.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)
  return [...specifiers, ...dynamic].flatMap((match) => match[1] ?? match[2] ?? [])
}

/** Good enough for the words that are looked for here: templates lose what they interpolate, too. */
function withoutCommentsAndStrings(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, "''")
    .replaceAll(/(^|\s)\/\/.*/g, '$1')
}

const source = sources('src')
const pure = source.filter(({ path }) => /^src\/(?:cargo|nix)\//.test(path))
const paths = (list: readonly Source[]): string[] => list.map(({ path }) => path)

/** Modules of Node that neither read nor change anything. */
const pureModules = new Set(['node:path', 'node:crypto', 'node:url', 'node:buffer'])

/** The files of a side that lie in none of its directories. */
const GROUND = '.'

/** The directories of each side, in their order: the picture of the pipeline. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  cargo: [
    GROUND,
    'ids',
    'manifest',
    'lockfile.ts',
    'config',
    'workspace',
    'platform',
    'resolve',
    'units',
    'rebuilds',
  ],
  nix: [
    'platform',
    'settings',
    'plan',
    'toolchain',
    'render',
    'native',
    'sources',
    'cache',
    'jobs',
    'timings',
    'release',
  ],
  io: [GROUND, 'manifests', 'packages', 'git', 'workspace', 'toolchain'],
}

describe('layers', () => {
  test('there is something to check', () => {
    expect(pure.length).toBeGreaterThan(10)
    expect(
      importsOf("import { a } from 'node:fs'\nimport 'b'\nexport * from './c.ts'\nawait import('d')\n"),
    ).toEqual(['node:fs', 'b', './c.ts', 'd'])
    expect(withoutCommentsAndStrings("a('process') // process\n/* process */ b")).not.toContain('process')
  })

  test('src/cargo and src/nix import nothing that touches the world', () => {
    const bad = pure.flatMap(({ path, imports }) =>
      imports
        .filter((name) =>
          name.startsWith('node:')
            ? !pureModules.has(name)
            : /^(?:execa|fs|os|process|child_process)$/.test(name),
        )
        .map((name) => `${path}: ${name}`),
    )
    expect(bad).toEqual([])
  })

  test('src/cargo and src/nix import nothing of src/io, src/commands or src/cli', () => {
    const bad = pure.flatMap(({ path, imports }) =>
      imports.filter((name) => /\/(?:io|commands)\/|\/cli\.ts$/.test(name)).map((name) => `${path}: ${name}`),
    )
    expect(bad).toEqual([])
  })

  test('src/cargo does not know of src/nix', () => {
    const bad = pure.filter(
      ({ path, imports }) => path.startsWith('src/cargo/') && imports.some((name) => name.includes('/nix/')),
    )
    expect(paths(bad)).toEqual([])
  })

  test.each(Object.entries(rooms))('each folder of src/%s imports only those before it', (side, order) => {
    const roomOf = (path: string): string => {
      const [first = '', ...rest] = path.slice(`src/${side}/`.length).split('/')
      return rest.length > 0 || order.includes(first) ? first : GROUND
    }
    const bad = source
      .filter(({ path }) => path.startsWith(`src/${side}/`) && !path.endsWith('.test.ts'))
      .flatMap(({ path, imports }) =>
        imports
          .filter((name) => name.startsWith('.'))
          .map((name) => join(path, '..', name))
          .filter((imported) => imported.startsWith(`src/${side}/`))
          .filter((imported) => order.indexOf(roomOf(imported)) > order.indexOf(roomOf(path)))
          .map((imported) => `${path}: ${imported}`),
      )
    expect(bad).toEqual([])
    const present = new Set(
      source.filter(({ path }) => path.startsWith(`src/${side}/`)).map(({ path }) => roomOf(path)),
    )
    expect([...present].toSorted()).toEqual([...order].toSorted())
  })

  test('src/cargo and src/nix use neither the process, the clock nor chance', () => {
    const bad = pure.filter(({ code }) =>
      /(?<![\w.])(?:process\.|console\.|fetch\(|Date\.now|new Date\b|performance\.|Math\.random)/.test(code),
    )
    expect(paths(bad)).toEqual([])
  })

  test('one file reads TOML, one runs programs, one prints', () => {
    const importing = (name: string): string[] =>
      paths(source.filter(({ imports }) => imports.includes(name)))
    expect(importing('smol-toml')).toEqual(['src/io/manifests/toml.ts'])
    expect(importing('execa').length).toBe(1)
    expect(importing('execa')[0]).toMatch(/^src\/io\//)
    expect(importing('node:child_process')).toEqual([])
    expect(paths(source.filter(({ text }) => text.includes("'node:child_process'")))).toEqual(
      importing('execa'),
    )
    const prints = source.filter(({ code }) =>
      /\bconsole\.|\bprocess\.(?:stdout|stderr|exit|exitCode)\b/.test(code),
    )
    expect(paths(prints)).toEqual(['src/shell.ts', 'src/start.ts'])
  })
})

describe('files', () => {
  const all = [...source, ...sources('test')]

  test('no default exports, no barrels', () => {
    expect(paths(all.filter(({ code }) => /^export default\b/m.test(code)))).toEqual([])
    expect(paths(all.filter(({ code }) => /^export \* from/m.test(code)))).toEqual([])
  })

  test('imports of the project name the file with its ending', () => {
    const bad = all.flatMap(({ path, imports }) =>
      imports
        .filter((name) => name.startsWith('.') && !/\.(?:ts|json|mjs)$/.test(name))
        .map((name) => `${path}: ${name}`),
    )
    expect(bad).toEqual([])
  })

  test('names are in kebab-case', () => {
    expect(paths(all).filter((path) => !/^(?:[a-z0-9-]+\/)+[a-z0-9-]+(?:\.test)?\.ts$/.test(path))).toEqual(
      [],
    )
    expect(
      paths(source).filter((path) => /\b(?:utils?|helpers?|common|manager|service)\b/.test(path)),
    ).toEqual([])
  })

  test('every source file says first what it is', () => {
    expect(paths(source.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*/.test(text)))).toEqual([])
  })

  test('no source file is over 400 lines, but data', () => {
    const long = source.filter(
      ({ path, text }) => text.split('\n').length > 401 && !/-(?:data|table)\.ts$/.test(path),
    )
    expect(paths(long)).toEqual([])
  })
})
