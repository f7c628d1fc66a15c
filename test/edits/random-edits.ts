/**
 * Edits as people make them, at random: code, files beside it, manifests, configuration, settings.
 *
 * In: a workspace's directory and a source of randomness. Out: what was done, in words.
 */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'smol-toml'
import type { Chance } from '../fuzz/chance.ts'

interface Place {
  readonly folder: string
  /** What git tracks, besides what `generate` wrote. */
  readonly files: readonly string[]
  /** Directories of packages. */
  readonly members: readonly string[]
  readonly random: Chance
}

type Edit = (place: Place) => string

type Table = Record<string, unknown>

const codeOf = ({ files, random }: Place): string => random.pick(files.filter((path) => path.endsWith('.rs')))

function add(folder: string, path: string, text: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
  return path
}

function name({ random }: Place): string {
  return `${random.pick(['new', 'other', 'extra', 'late'])}${random.below(100)}`
}

/** Writes a manifest anew; comments go. */
function inToml({ folder }: Place, path: string, change: (table: Table) => void): string {
  const file = join(folder, path)
  const table = existsSync(file) ? (parse(readFileSync(file, 'utf8')) as Table) : {}
  change(table)
  add(folder, path, stringify(table))
  return path
}

function below(table: Table, ...keys: readonly string[]): Table {
  return keys.reduce<Table>((inner, key) => (inner[key] ??= {}) as Table, table)
}

const inMember = (place: Place, what: string, change: (table: Table) => void): string =>
  `${what} in ${inToml(place, join(place.random.pick(place.members), 'Cargo.toml'), change)}`

const code: readonly Edit[] = [
  (place) => {
    const path = codeOf(place)
    appendFileSync(join(place.folder, path), '// A comment.\n')
    return `a comment in ${path}`
  },
  (place) => {
    const path = codeOf(place)
    appendFileSync(join(place.folder, path), `pub fn ${name(place)}_${place.random.below(1000)}() {}\n`)
    return `a function in ${path}`
  },
  (place) => {
    const path = codeOf(place)
    rmSync(join(place.folder, path))
    return `${path} is removed`
  },
  (place) => {
    const path = codeOf(place)
    const to = join(dirname(path), `${name(place)}.rs`)
    renameSync(join(place.folder, path), join(place.folder, to))
    return `${path} is now ${to}`
  },
  (place) =>
    `a file that nothing names: ${add(place.folder, join(dirname(codeOf(place)), `${name(place)}.rs`), '')}`,
  (place) => {
    const [path, module] = [codeOf(place), name(place)]
    appendFileSync(join(place.folder, path), `mod ${module};\n`)
    return `a module of ${path}: ${add(place.folder, join(dirname(path), `${module}.rs`), '// New.\n')}`
  },
  (place) => {
    const [path, text] = [codeOf(place), `${name(place)}.txt`]
    appendFileSync(join(place.folder, path), `const _: &str = include_str!("${text}");\n`)
    return `a text in ${path}: ${add(place.folder, join(dirname(path), text), 'text\n')}`
  },
]

const targets: readonly Edit[] = ['src/bin', 'tests', 'examples', 'benches'].map((kind) => (place) => {
  const path = join(place.random.pick(place.members), kind, `${name(place)}.rs`)
  return `a target: ${add(place.folder, path, 'fn main() {}\n')}`
})

const beside: readonly Edit[] = [
  (place) => {
    const path = place.random.pick(place.files.filter((each) => !/\.(?:rs|toml|lock)$/.test(each)))
    if (path === undefined) return 'nothing'
    appendFileSync(join(place.folder, path), 'more\n')
    return `a line in ${path}`
  },
  (place) => `a file: ${add(place.folder, `${name(place)}.md`, 'text\n')}`,
  (place) =>
    `a file: ${add(place.folder, join(place.random.pick(place.members), 'data', `${name(place)}.txt`), 'text\n')}`,
  (place) =>
    `a readme: ${add(place.folder, join(place.random.pick(place.members), 'README.md'), `${name(place)}\n`)}`,
  (place) => {
    // Of code that git ignores, cargo makes targets, and a commit has none.
    const pattern = place.random.pick(['*.md', '*.txt', 'data/', '*.orig', '!*.md', '/notes'])
    appendFileSync(join(place.folder, '.gitignore'), `${pattern}\n`)
    return `${pattern} in .gitignore`
  },
]

const manifests: readonly Edit[] = [
  (place) => {
    const path = join(place.random.pick(place.members), 'Cargo.toml')
    appendFileSync(join(place.folder, path), '# A comment.\n')
    return `a comment in ${path}`
  },
  (place) =>
    inMember(place, 'a feature', (table) => {
      below(table, 'features')[name(place)] = []
      if (place.random.once(2))
        below(table, 'features')['default'] = Object.keys(below(table, 'features')).slice(0, 1)
    }),
  (place) =>
    inMember(place, 'an edition', (table) => {
      below(table, 'package')['edition'] = place.random.pick(['2015', '2018', '2021', '2024'])
    }),
  (place) =>
    inMember(place, 'a version', (table) => {
      below(table, 'package')['version'] = `0.${place.random.below(3)}.${place.random.below(9)}`
    }),
  (place) =>
    inMember(place, 'a description', (table) => {
      below(table, 'package')['description'] = name(place)
    }),
  (place) =>
    inMember(place, 'a lint', (table) => {
      below(table, 'lints', 'rust')['unused'] = place.random.pick(['allow', 'warn'])
    }),
  (place) =>
    inMember(place, 'whether the library is tested', (table) => {
      below(table, 'lib')['test'] = place.random.once(2)
    }),
  (place) =>
    inMember(place, 'a dependency less', (table) => {
      const list = Object.keys(below(table, 'dependencies'))
      if (list.length > 0) delete below(table, 'dependencies')[place.random.pick(list)]
    }),
  (place) =>
    `a profile in ${inToml(place, 'Cargo.toml', (table) => {
      const key = place.random.pick(['opt-level', 'debug', 'codegen-units'])
      below(table, 'profile', place.random.pick(['dev', 'release']))[key] = 1 + place.random.below(2)
    })}`,
]

const configuration: readonly Edit[] = [
  (place) =>
    `flags in ${inToml(place, '.cargo/config.toml', (table) => {
      below(table, 'build')['rustflags'] = [`--cfg=${name(place)}`]
    })}`,
  (place) =>
    `a variable in ${inToml(place, '.cargo/config.toml', (table) => {
      below(table, 'env')[name(place).toUpperCase()] = 'value'
    })}`,
  (place) =>
    `an alias in ${inToml(place, '.cargo/config.toml', (table) => {
      below(table, 'alias')[name(place)] = 'build'
    })}`,
  (place) =>
    `an interface in ${inToml(place, 'Cargo.toml', (table) => {
      const owner = 'workspace' in table ? 'workspace' : 'package'
      below(table, owner, 'metadata', 'cargo2nix')['interfaces'] = place.random.pick(['none', 'all'])
    })}`,
]

const KINDS = [code, code, targets, beside, manifests, manifests, configuration] as const

/** One or two edits. */
export function randomEdits(folder: string, random: Chance): readonly string[] {
  const made: string[] = []
  for (let count = random.pick([1, 1, 2]); count > 0; count--) {
    const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const files = tracked
      .split('\0')
      .filter((path) => path !== '' && !path.startsWith('nix/') && existsSync(join(folder, path)))
    const members = files
      .filter((path) => /(?:^|\/)Cargo\.toml$/.test(path))
      .filter((path) => /^\[package\]/m.test(readFileSync(join(folder, path), 'utf8')))
      .map((path) => dirname(path))
    made.push(random.pick(random.pick(KINDS))({ folder, files, members, random }))
  }
  return made
}
