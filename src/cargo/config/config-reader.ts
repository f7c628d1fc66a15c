/**
 * Typed access to the configuration, with the `CARGO_…` variables that override it.
 *
 * In: the merged files and the environment. Out: values by key, of the requested type.
 * Mirrors `util/context/de.rs` and `get_cv_with_env` in `util/context/mod.rs` of cargo 0.96: a variable
 * overrides files, except for lists, where it appends.
 */
import { isAbsolute, join } from 'node:path'
import { Cargo2NixError } from '../../errors.ts'
import type { ConfigOrigin, ConfigTable, ConfigValue } from './config-value.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The parts of a key, such as `['build', 'rustflags']`. */
export type ConfigKey = readonly string[]

export interface ConfigReader {
  readonly string: (key: ConfigKey) => string | undefined
  readonly boolean: (key: ConfigKey) => boolean | undefined
  /** A list, or a string split at whitespace; includes what the variable appends. */
  readonly strings: (key: ConfigKey) => readonly string[] | undefined
  /** A path, resolved against the directory of the file that names it. */
  readonly path: (key: ConfigKey) => string | undefined
  /** The same as cargo spells it: not normalized; an empty path is the directory with a trailing slash. */
  readonly spelledPath: (key: ConfigKey) => string | undefined
  /** Like `path`, but a name without a slash is a program to look up in `PATH`. */
  readonly program: (key: ConfigKey) => string | undefined
  /** A program, resolved as by `program`, and its arguments. */
  readonly command: (key: ConfigKey) => readonly string[] | undefined
  /** The value as set in the files. */
  readonly value: (key: ConfigKey) => ConfigValue | undefined
  /** The keys of a table in the files, sorted. */
  readonly keys: (key: ConfigKey) => readonly string[]
  readonly environment: Environment
}

interface Found {
  readonly value: string | number | boolean
  readonly origin: ConfigOrigin
}

/** Opens the configuration; relative paths in variables refer to `cwd`. */
export function configReader(root: ConfigTable, environment: Environment, cwd: string): ConfigReader {
  const value = (key: ConfigKey): ConfigValue | undefined => lookUp(root, key)
  const scalar = (key: ConfigKey): Found | undefined => scalarAt(root, environment, cwd, key)
  const string = (key: ConfigKey): string | undefined => {
    const found = scalar(key)
    if (found === undefined) return undefined
    if (found.origin.kind === 'environment') return environment[environmentKey(key)]
    return typeof found.value === 'string'
      ? withoutNul(found.value, key, found.origin)
      : refuse(key, 'a string', found.origin)
  }
  const path = (key: ConfigKey): string | undefined => {
    const text = string(key)
    return text === undefined || isAbsolute(text) ? text : join(scalar(key)!.origin.folder, text)
  }
  const spelledPath = (key: ConfigKey): string | undefined => {
    const text = string(key)
    return text === undefined || isAbsolute(text) ? text : `${scalar(key)!.origin.folder}/${text}`
  }
  const command = (key: ConfigKey): readonly string[] | undefined => {
    const name = environmentKey(key)
    const variable = environment[name]
    const found = value(key)
    const origin =
      variable === undefined ? found?.origin : { kind: 'environment' as const, name, folder: cwd }
    // Unlike other lists, it is one command line, which the variable replaces.
    const words = stringsOf(variable === undefined ? found : undefined, variable, key)
    if (words === undefined || origin === undefined) return undefined
    const [first, ...args] = words
    if (first === undefined) return refuse(key, 'a program', origin)
    return [first.includes('/') && !isAbsolute(first) ? join(origin.folder, first) : first, ...args]
  }
  return {
    value,
    string,
    path,
    spelledPath,
    command,
    program: (key) => (string(key)?.includes('/') === false ? string(key) : path(key)),
    boolean: (key) => {
      const found = scalar(key)
      if (found === undefined) return undefined
      return typeof found.value === 'boolean' ? found.value : refuse(key, 'a boolean', found.origin)
    },
    strings: (key) => stringsOf(value(key), environment[environmentKey(key)], key),
    keys: (key) => {
      const table = value(key)
      return table?.kind === 'table' ? [...table.entries.keys()].sort() : []
    },
    environment,
  }
}

/** `build.rustflags` is `CARGO_BUILD_RUSTFLAGS`. */
export function environmentKey(key: ConfigKey): string {
  return ['CARGO', ...key.map((part) => part.replaceAll('-', '_').toUpperCase())].join('_')
}

/** The file or the variable that sets a key; where nothing does, the variable that could. */
export function originOf(reader: ConfigReader, key: ConfigKey): string {
  const variable = environmentKey(key)
  const ofFile = reader.value(key)?.origin.name
  return ofFile === undefined || reader.environment[variable] !== undefined ? variable : ofFile
}

function lookUp(root: ConfigTable, key: ConfigKey): ConfigValue | undefined {
  let value: ConfigValue | undefined = root
  for (const part of key) {
    if (value?.kind !== 'table') return undefined
    value = value.entries.get(part)
  }
  return value
}

function scalarAt(
  root: ConfigTable,
  environment: Environment,
  cwd: string,
  key: ConfigKey,
): Found | undefined {
  const name = environmentKey(key)
  const variable = environment[name]
  if (variable !== undefined) {
    return { value: variableValue(variable), origin: { kind: 'environment', name, folder: cwd } }
  }
  const value = lookUp(root, key)
  if (value === undefined || value.kind === 'scalar') return value
  return refuse(key, 'a single value', value.origin)
}

/** Variables may hold booleans and integers. */
function variableValue(text: string): string | number | boolean {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : text
}

function stringsOf(
  value: ConfigValue | undefined,
  variable: string | undefined,
  key: ConfigKey,
): readonly string[] | undefined {
  const added = variable === undefined ? [] : splitAtBlanks(variable)
  if (value === undefined) return variable === undefined ? undefined : added
  if (value.kind === 'scalar' && typeof value.value === 'string')
    return [...splitAtBlanks(withoutNul(value.value, key, value.origin)), ...added]
  if (value.kind !== 'list') return refuse(key, 'a string or a list of strings', value.origin)
  const items = value.items.map((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string')
      return withoutNul(item.value, key, item.origin)
    return refuse(key, 'a list of strings', item.origin)
  })
  return [...items, ...added]
}

/** A variable that is a list, as cargo splits it. */
export function splitAtBlanks(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** Programs get it as an argument or in a variable, which cannot hold one. */
function withoutNul(text: string, key: ConfigKey, origin: ConfigOrigin): string {
  return text.includes('\0') ? refuse(key, 'a text without a NUL character', origin) : text
}

/** The value of a key that must be one of these words; undefined if nothing sets it. */
export function wordOf<Word extends string>(
  reader: ConfigReader,
  key: ConfigKey,
  words: readonly Word[],
): Word | undefined {
  const value = reader.string(key)
  if (value === undefined) return undefined
  const word = words.find((each) => each === value)
  if (word !== undefined) return word
  const allowed = words.map((each) => `\`${each}\``).join(' or ')
  return refuseKey(reader, key, `${JSON.stringify(value)} is not ${allowed}`)
}

/** A key as in a file: parts that need it are quoted. */
export function dotted(key: ConfigKey): string {
  return key.map((part) => (/^[\w-]+$/.test(part) ? part : `'${part}'`)).join('.')
}

/** @throws Cargo2NixError `bad-config` about the value of a key, naming the file or the variable that sets it */
export function refuseKey(reader: ConfigReader, key: ConfigKey, message: string): never {
  throw new Cargo2NixError({
    code: 'bad-config',
    message: `\`${dotted(key)}\`: ${message}`,
    path: originOf(reader, key),
    hint: 'correct the value',
  })
}

function refuse(key: ConfigKey, expected: string, origin: ConfigOrigin): never {
  throw new Cargo2NixError({
    code: 'bad-config',
    message: `\`${key.join('.')}\`: expected ${expected}`,
    path: origin.name,
    hint: 'correct the value',
  })
}
