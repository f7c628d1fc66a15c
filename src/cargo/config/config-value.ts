/**
 * A value of cargo's configuration, with the file or variable that set it.
 *
 * In: parsed `config.toml` files. Out: one tree, merged as cargo merges.
 * Mirrors `util/context/config_value.rs` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import { isTable, quotedKey, type TomlTable, type TomlValue } from '../toml-value.ts'

/** Where a value was set, and the directory that its relative paths refer to. */
export interface ConfigOrigin {
  readonly kind: 'file' | 'environment'
  /** The file, or the name of the variable. */
  readonly name: string
  readonly folder: string
}

export type ConfigValue = ConfigScalar | ConfigList | ConfigTable

export interface ConfigScalar {
  readonly kind: 'scalar'
  readonly value: string | number | boolean
  readonly origin: ConfigOrigin
}

export interface ConfigList {
  readonly kind: 'list'
  readonly items: readonly ConfigValue[]
  readonly origin: ConfigOrigin
}

export interface ConfigTable {
  readonly kind: 'table'
  readonly entries: ReadonlyMap<string, ConfigValue>
  readonly origin: ConfigOrigin
}

/** How two scalars merge: a file further from the workspace fills gaps, an including file overrides. */
export type MergeRule = 'fill' | 'override'

/**
 * Lists that are one command line, so a second file replaces them instead of appending. Cargo 0.96 intends
 * the same, but its `merge_helper` loses track after passing a sibling key, and may append after all.
 */
const WHOLE_LISTS = [
  /^credential-alias\.[^.]+$/,
  /^doc\.browser$/,
  /^host\.(.+\.)?runner$/,
  /^registries\.[^.]+\.credential-provider$/,
  /^registry\.credential-provider$/,
  /^target\..+\.runner$/,
]

/** @throws Cargo2NixError for a date or a fraction, which cargo's configuration does not support */
export function toConfigTable(table: TomlTable, origin: ConfigOrigin, above = ''): ConfigTable {
  const entries = Object.entries(table).map(
    ([key, value]) => [key, toConfigValue(value, origin, `${above}${quotedKey(key)}`)] as const,
  )
  return { kind: 'table', entries: new Map(entries), origin }
}

/**
 * Merges the values of one file into those of others.
 *
 * @throws Cargo2NixError `bad-config` if one has a table or list and the other does not
 */
export function mergeConfig(old: ConfigTable, added: ConfigTable, rule: MergeRule, prefix = ''): ConfigTable {
  const entries = new Map(old.entries)
  for (const [key, value] of added.entries) {
    const known = entries.get(key)
    entries.set(key, known === undefined ? value : mergeValues(known, value, rule, `${prefix}${key}`))
  }
  return { ...old, entries }
}

function mergeValues(old: ConfigValue, added: ConfigValue, rule: MergeRule, key: string): ConfigValue {
  if (old.kind === 'table' && added.kind === 'table') return mergeConfig(old, added, rule, `${key}.`)
  if (old.kind === 'list' && added.kind === 'list') return mergeLists(old, added, rule, key)
  if (old.kind === 'scalar' && added.kind === 'scalar') return rule === 'override' ? added : old
  throw new Cargo2NixError({
    code: 'bad-config',
    message: `\`${key}\` is a ${added.kind} here and a ${old.kind} in ${old.origin.name}`,
    path: added.origin.name,
    hint: 'give the key the same type in both files',
  })
}

function mergeLists(old: ConfigList, added: ConfigList, rule: MergeRule, key: string): ConfigList {
  if (WHOLE_LISTS.some((pattern) => pattern.test(key))) return rule === 'override' ? added : old
  const items = rule === 'override' ? [...old.items, ...added.items] : [...added.items, ...old.items]
  return { ...old, items }
}

function toConfigValue(value: TomlValue, origin: ConfigOrigin, key: string): ConfigValue {
  if (isTable(value)) return toConfigTable(value, origin, `${key}.`)
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item) => toConfigValue(item, origin, key)), origin }
  }
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isInteger(value)) {
    return { kind: 'scalar', value: value as string | number | boolean, origin }
  }
  throw new Cargo2NixError({
    code: 'bad-config',
    message: `\`${key}\`: expected a string, a boolean, an integer, a list or a table`,
    path: origin.name,
    hint: 'correct the value',
  })
}
