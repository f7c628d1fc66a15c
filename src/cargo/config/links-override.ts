/**
 * `[target.<triple>.<links>]`: the output of a build script, given by the configuration.
 *
 * In: the table. Out: the script's output by directive.
 * Mirrors `parse_links_overrides` in `util/context/target.rs` of cargo 0.96.
 */
import { failAt, type TomlPlace } from '../toml-value.ts'
import type { ConfigTable, ConfigValue } from './config-value.ts'

/** Each is a list of lines, as a script would print them after the directive. */
export interface ScriptOutput {
  readonly linkSearch: readonly string[]
  readonly linkLib: readonly string[]
  /** The kind of target that the argument is for (`all`, `bins`, …), a space, the argument. */
  readonly linkArgs: readonly string[]
  readonly cfg: readonly string[]
  readonly checkCfg: readonly string[]
  /** `NAME=VALUE`, like metadata. */
  readonly env: readonly string[]
  readonly metadata: readonly string[]
}

type Lists = { -readonly [K in keyof ScriptOutput]: string[] }

const LISTS: Readonly<Record<string, keyof ScriptOutput>> = {
  'rustc-link-lib': 'linkLib',
  'rustc-link-search': 'linkSearch',
  'rustc-cfg': 'cfg',
  'rustc-check-cfg': 'checkCfg',
}

const LINK_ARGS: Readonly<Record<string, string>> = {
  'rustc-link-arg': 'all',
  'rustc-link-arg-cdylib': 'cdylib',
  'rustc-cdylib-link-arg': 'cdylib',
  'rustc-link-arg-bins': 'bins',
  'rustc-link-arg-tests': 'tests',
  'rustc-link-arg-benches': 'benches',
  'rustc-link-arg-examples': 'examples',
}

const REFUSED: ReadonlySet<string> = new Set(['warning', 'rerun-if-changed', 'rerun-if-env-changed'])

/**
 * Parses the table of one `links` value.
 *
 * @param place of the table
 * @throws Cargo2NixError if cargo refuses it
 */
export function parseLinksOverride(table: ConfigTable, place: TomlPlace): ScriptOutput {
  const output: Lists = {
    linkSearch: [],
    linkLib: [],
    linkArgs: [],
    cfg: [],
    checkCfg: [],
    env: [],
    metadata: [],
  }
  for (const [key, value] of [...table.entries].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    addTo(output, key, value, place)
  return output
}

function addTo(output: Lists, key: string, value: ConfigValue, place: TomlPlace): void {
  const list = Object.hasOwn(LISTS, key) ? LISTS[key] : undefined
  const wanted = Object.hasOwn(LINK_ARGS, key) ? LINK_ARGS[key] : undefined
  if (REFUSED.has(key)) failAt(place, key, 'is not supported in a build script override', 'remove it')
  if (list !== undefined) output[list].push(...stringsOf(value, key, place))
  else if (wanted !== undefined)
    output.linkArgs.push(...stringsOf(value, key, place).map((arg) => `${wanted} ${arg}`))
  else if (key === 'rustc-flags') addFlags(output, stringOf(value, key, place), place)
  else if (key === 'rustc-env') output.env.push(...pairsOf(value, key, place))
  else output.metadata.push(`${key}=${stringOf(value, key, place)}`)
}

/** `-l NAME` and `-L PATH`, with or without a space. */
function addFlags(output: Lists, text: string, place: TomlPlace): void {
  const words = text.split(/\s+/).filter((word) => word !== '')
  for (let at = 0; at < words.length; at++) {
    const flag = words[at]!.slice(0, 2)
    const list = flag === '-l' ? output.linkLib : flag === '-L' ? output.linkSearch : undefined
    const value = words[at]!.length > 2 ? words[at]!.slice(2) : words[++at]
    if (list === undefined || value === undefined)
      failAt(place, 'rustc-flags', `only \`-l\` and \`-L\` with a value are allowed: ${JSON.stringify(text)}`)
    list.push(value)
  }
}

function stringOf(value: ConfigValue, key: string, place: TomlPlace): string {
  if (value.kind === 'scalar' && typeof value.value === 'string') return oneLineOf(value.value, key, place)
  return failAt(place, key, 'expected a string')
}

function stringsOf(value: ConfigValue, key: string, place: TomlPlace): readonly string[] {
  if (value.kind !== 'list') failAt(place, key, 'expected a list of strings')
  return value.items.map((item) => stringOf(item, key, place))
}

function pairsOf(value: ConfigValue, key: string, place: TomlPlace): readonly string[] {
  if (value.kind !== 'table') failAt(place, key, 'expected a table')
  return [...value.entries]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `${name}=${stringOf(text, `${key}.${name}`, place)}`)
}

/** Script outputs are stored as lines. */
function oneLineOf(text: string, key: string, place: TomlPlace): string {
  return text.includes('\n')
    ? failAt(place, key, 'has a line break, which no build script could print')
    : text
}
