/**
 * Which configuration keys and which variables affect what is generated.
 *
 * Others affect only how cargo works on one machine: where it writes, what it prints, how it downloads.
 */
import { environmentKey, type Environment } from '../config/config-reader.ts'
import type { ConfigTable } from '../config/config-value.ts'
import { KNOWN_TARGETS } from './target-table.ts'

/** Keys of `[unstable]` that are followed. */
const UNSTABLE = ['bindeps', 'build-std', 'build-std-features', 'feature-unification', 'json-target-spec']

/** `*` is any name. A key that leads to a table covers everything in it. */
const KEYS: readonly (readonly string[])[] = [
  ['build', 'target'],
  ['build', 'rustflags'],
  ['build', 'rustdocflags'],
  ['build', 'warnings'],
  ['target', '*', '*'],
  ['profile', '*', '*'],
  ['env', '*'],
  ['patch', '*', '*'],
  ['paths'],
  ['resolver', 'lockfile-path'],
  ...UNSTABLE.map((name) => ['unstable', name]),
]

const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['incremental', 'ar'])

/** Dotted keys, in file order. */
export function decidingKeys(table: ConfigTable): readonly string[] {
  return KEYS.flatMap((pattern) => matches(table, pattern)).map((key) => key.map(quoted).join('.'))
}

function matches(table: ConfigTable, [first, ...rest]: readonly string[]): readonly (readonly string[])[] {
  const names = first === '*' ? [...table.entries.keys()] : [first!]
  return names.flatMap((name) => {
    const value = table.entries.get(name)
    if (value === undefined || (rest.length === 0 && WITHOUT_EFFECT.has(name))) return []
    if (rest.length === 0 || value.kind !== 'table') return [[name]]
    return matches(value, rest).map((key) => [name, ...key])
  })
}

function quoted(name: string): string {
  return /^[\w-]+$/.test(name) ? name : `'${name}'`
}

const FLAGS = ['RUSTFLAGS', 'RUSTDOCFLAGS']

const NAMES: ReadonlySet<string> = new Set([
  ...FLAGS,
  ...FLAGS.map((name) => `CARGO_ENCODED_${name}`),
  ...FLAGS.map((name) => `CARGO_BUILD_${name}`),
  'CARGO_BUILD_TARGET',
  'CARGO_BUILD_WARNINGS',
  'CARGO_RESOLVER_LOCKFILE_PATH',
  ...UNSTABLE.map((name) => environmentKey(['unstable', name])),
])

const OF_TARGETS = /^CARGO_TARGET_(.+)_(?:LINKER|RUNNER|RUSTFLAGS|RUSTDOCFLAGS)$/

const OF_PROFILES =
  /^CARGO_PROFILE_.+_(?:OPT_LEVEL|LTO|CODEGEN_UNITS|DEBUG|SPLIT_DEBUGINFO|DEBUG_ASSERTIONS|RPATH|PANIC|OVERFLOW_CHECKS|INHERITS|STRIP)$/

/** Whether cargo reads a setting that affects what is generated from a variable of that name. */
export function isDecidingVariable(name: string): boolean {
  if (NAMES.has(name) || OF_PROFILES.test(name)) return true
  const triple = OF_TARGETS.exec(name)?.[1]
  return triple !== undefined && inVariables().has(triple)
}

/** The variables that are set, sorted. */
export function decidingVariables(env: Environment): readonly string[] {
  return Object.keys(env)
    .filter((name) => env[name] !== undefined && isDecidingVariable(name))
    .sort()
}

function inVariables(): ReadonlySet<string> {
  return new Set(KNOWN_TARGETS.map((triple) => triple.replaceAll(/[-.]/g, '_').toUpperCase()))
}
