/**
 * Changes a TOML file as mistakes, merges and malice do: its bytes, its lines, or its values.
 *
 * In: a text and a source of randomness. Out: another text, which need not be TOML.
 */
import { parse, stringify } from 'smol-toml'
import type { Chance } from './chance.ts'

/** Words that mean something to cargo, to Nix, to JavaScript or to a terminal. */
const WORDS = [
  'dev',
  'release',
  'test',
  'DEV',
  'debug',
  'default',
  'one',
  'workspace',
  'true',
  '1.2.3',
  '>=1, <2',
  '*',
  '=1',
  '1 2',
  '^0',
  '18446744073709551616.0.0',
  '1.0.0-',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  ' ',
  '.',
  '..',
  '../..',
  '/',
  '/etc/passwd',
  '/dev/zero',
  'src/lib.rs',
  'a/b',
  'a?/b',
  'dep:a',
  'a-b',
  'a_b',
  'é',
  '\u0000',
  '\n::error::x',
  '\u001b[31m',
  '${x}',
  '"',
  "''",
  '\\',
  'cfg(unix)',
  'cfg(',
  'cfg(all(unix, not(windows)))',
  'x86_64-unknown-linux-gnu',
  'host-tuple',
  'x.json',
  '2',
  '3',
  '2015',
  '2018',
  '2021',
  '2024',
  '99',
  'lib',
  'bin',
  'proc-macro',
  'cdylib',
  'x'.repeat(300),
  'native',
  '-C target-cpu=native',
  'git+https://h/x#0',
  'registry+https://github.com/rust-lang/crates.io-index',
  'crates-io',
  'https://',
  'sparse+https://h/',
  'file:///x',
  '0'.repeat(64),
]

/** Keys that cargo, rustup or this program knows. */
const KEYS = [
  'package',
  'name',
  'version',
  'edition',
  'rust-version',
  'authors',
  'build',
  'links',
  'exclude',
  'include',
  'categories',
  'keywords',
  'publish',
  'metadata',
  'default-run',
  'autobins',
  'autolib',
  'resolver',
  'workspace',
  'members',
  'default-members',
  'dependencies',
  'dev-dependencies',
  'build-dependencies',
  'target',
  'features',
  'optional',
  'default-features',
  'path',
  'git',
  'branch',
  'rev',
  'tag',
  'registry',
  'lib',
  'bin',
  'example',
  'bench',
  'test',
  'crate-type',
  'proc-macro',
  'harness',
  'required-features',
  'doctest',
  'profile',
  'inherits',
  'opt-level',
  'lto',
  'debug',
  'strip',
  'panic',
  'codegen-units',
  'overflow-checks',
  'build-override',
  'patch',
  'replace',
  'lints',
  'rust',
  'clippy',
  'level',
  'priority',
  'check-cfg',
  'badges',
  'env',
  'value',
  'force',
  'relative',
  'rustflags',
  'rustdocflags',
  'linker',
  'runner',
  'source',
  'replace-with',
  'directory',
  'local-registry',
  'registries',
  'index',
  'net',
  'offline',
  'unstable',
  'paths',
  'toolchain',
  'channel',
  'components',
  'targets',
  'hosts',
  'builds',
  'packages',
  'vendored',
  'environment',
  'static',
  'relocation-model',
  'checksum',
  'root',
  'cargo-features',
  'im-a-teapot',
  'readme',
  'license-file',
  'description',
  'forced-target',
]

type Json = unknown
type Table = Record<string, Json>

/** One change; most structural ones leave a file that is TOML. */
export function mutate(text: string, random: Chance): string {
  return random.once(3) ? mutateText(text, random) : (mutateValues(text, random) ?? mutateText(text, random))
}

function mutateText(text: string, random: Chance): string {
  const lines = text.split('\n')
  const at = random.below(lines.length)
  const [from, to] = [random.below(text.length), random.below(text.length)].toSorted((a, b) => a - b) as [
    number,
    number,
  ]
  const changes: readonly (() => string)[] = [
    () => text.slice(0, from),
    () => text.slice(0, from) + text.slice(Math.min(to, from + 40)),
    () => text.slice(0, from) + String.fromCharCode(random.below(256)) + text.slice(from + 1),
    () => text.slice(0, from) + random.pick(WORDS) + text.slice(from),
    () => text.slice(0, to) + text.slice(from, to) + text.slice(to),
    () => lines.toSpliced(at, 1).join('\n'),
    () => lines.toSpliced(at, 0, lines[random.below(lines.length)]!).join('\n'),
    () => lines.toSpliced(at, 0, `${random.pick(KEYS)} = ${literal(random)}`).join('\n'),
    () => lines.toSpliced(at, 0, `[${random.pick(KEYS)}.${random.pick(KEYS)}]`).join('\n'),
    () => text.replace(/"[^"\n]*"/g, (old) => (random.once(8) ? JSON.stringify(random.pick(WORDS)) : old)),
    () => text.replace(/\d+/g, (old) => (random.once(8) ? String(random.below(30)) : old)),
  ]
  return random.pick(changes)()
}

function literal(random: Chance): string {
  return random.pick([
    JSON.stringify(random.pick(WORDS)),
    'true',
    'false',
    '1',
    '-1',
    '1.5',
    '[]',
    '{}',
    '1979-05-27',
    `["${random.pick(KEYS)}"]`,
  ])
}

function value(random: Chance): Json {
  return random.pick<() => Json>([
    () => random.pick(WORDS),
    () => random.pick(WORDS),
    () => random.once(2),
    () => random.below(5) - 1,
    () => 1.5,
    () => [],
    () => [random.pick(WORDS)],
    () => [random.pick(WORDS), 1],
    () => ({}),
    () => ({ [random.pick(KEYS)]: random.pick(WORDS) }),
    () => ({ workspace: true }),
    () => ({ path: random.pick(WORDS) }),
    () => new Date(0),
  ])()
}

/** Undefined where the text is no TOML, or a change makes none. */
function mutateValues(text: string, random: Chance): string | undefined {
  try {
    const document = parse(text) as Table
    const tables = tablesIn(document)
    const table = random.pick(tables)
    const keys = Object.keys(table)
    const key = random.pick(keys)
    const changes: readonly (() => void)[] = [
      () => delete table[key],
      () => put(table, key, value(random)),
      () => put(table, random.once(3) ? random.pick(WORDS) : random.pick(KEYS), value(random)),
      () => put(table, random.pick(KEYS), structuredClone(table[key])),
      () => rename(table, key, random.once(2) ? random.pick(WORDS) : random.pick(KEYS)),
      () => put(table, key, structuredClone(random.pick(tables))),
      () => wrap(table, key, random),
    ]
    random.pick(changes)()
    return stringify(document)
  } catch {
    return undefined
  }
}

function wrap(table: Table, key: string, random: Chance): void {
  const old = table[key]
  put(table, key, Array.isArray(old) ? (random.once(2) ? old[0] : [...old, ...old, value(random)]) : [old])
}

function put(table: Table, key: string | undefined, wanted: Json): void {
  if (key !== undefined)
    Object.defineProperty(table, key, { value: wanted, enumerable: true, configurable: true, writable: true })
}

function rename(table: Table, key: string, name: string): void {
  if (key === undefined) return
  const old = table[key]
  delete table[key]
  put(table, name, old)
}

function tablesIn(any: Json): Table[] {
  if (Array.isArray(any)) return any.flatMap(tablesIn)
  if (typeof any !== 'object' || any === null || any instanceof Date) return []
  return [any as Table, ...Object.values(any).flatMap(tablesIn)]
}
