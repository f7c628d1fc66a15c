/**
 * `[profile]` of the configuration, and the variables `CARGO_PROFILE_<name>_<key>`.
 *
 * In: the configuration. Out: profiles in the same shape as a manifest's.
 * Mirrors how `util/context/de.rs` of cargo 0.96 reads a `TomlProfile`: key by key, variables before files.
 */
import { environmentKey, type ConfigReader, type Environment } from '../config/config-reader.ts'
import type { ConfigValue } from '../config/config-value.ts'
import { parseProfile } from './toml-profile.ts'
import { documentPlace, failAt, isTable, placeOf, type TomlTable, type TomlValue } from '../toml-value.ts'
import type { CargoConfig } from './workspace.ts'
import { recordOf } from '../../record.ts'

const KEYS = [
  'opt-level',
  'lto',
  'codegen-units',
  'debug',
  'split-debuginfo',
  'debug-assertions',
  'rpath',
  'panic',
  'overflow-checks',
  'incremental',
  'inherits',
  'strip',
]

const BUILT_IN = ['dev', 'release', 'debug', 'test', 'bench']

/**
 * Reads all profiles of the configuration.
 *
 * @throws Cargo2NixError `bad-config` if cargo refuses one
 */
export function profilesOfConfig(reader: ConfigReader): Pick<CargoConfig, 'profile' | 'profileFiles'> {
  const table = reader.value(['profile'])
  if (table !== undefined && table.kind !== 'table') {
    failAt(documentPlace(table.origin.name, 'bad-config'), 'profile', 'expected a table')
  }
  const written = table === undefined ? {} : (tomlOf(table) as TomlTable)
  const names = [
    ...new Set([...BUILT_IN, ...Object.keys(written), ...namesInEnvironment(reader.environment)]),
  ]
  const read = names.flatMap((name) => {
    const file =
      table?.entries.get(name)?.origin.name ?? `the variables ${environmentKey(['profile', name])}_*`
    const place = placeOf(documentPlace(file, 'bad-config'), 'profile')
    if (written[name] !== undefined && !isTable(written[name])) failAt(place, name, 'expected a table')
    const layered = withVariables(written[name], ['profile', name], reader)
    return Object.keys(layered).length === 0
      ? []
      : [{ name, file, profile: parseProfile(layered, placeOf(place, name)) }]
  })
  return {
    profile: recordOf(read.map(({ name, profile }) => [name, profile])),
    profileFiles: recordOf(read.map(({ name, file }) => [name, file])),
  }
}

function withVariables(
  written: TomlValue | undefined,
  key: readonly string[],
  reader: ConfigReader,
): TomlTable {
  const table = (written ?? {}) as TomlTable
  const override = (table['build-override'] ?? {}) as TomlTable
  const inner = withKeys(override, [...key, 'build-override'], reader.environment)
  const outer = withKeys(table, key, reader.environment)
  return Object.keys(inner).length === 0 ? outer : { ...outer, 'build-override': inner }
}

function withKeys(table: TomlTable, key: readonly string[], environment: Environment): TomlTable {
  const set = KEYS.flatMap((name) => {
    const variable = environment[environmentKey([...key, name])]
    return variable === undefined ? [] : [[name, valueOf(variable)] as const]
  })
  return { ...table, ...recordOf(set) }
}

function valueOf(text: string): TomlValue {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^\d{1,9}$/.test(text) ? Number(text) : text
}

/** Names of profiles that only variables mention; a variable cannot say whether it means `-` or `_`. */
function namesInEnvironment(environment: Environment): readonly string[] {
  const suffixes = KEYS.map((key) => environmentKey([key]).slice('CARGO'.length))
  return Object.keys(environment).flatMap((variable) => {
    if (!variable.startsWith('CARGO_PROFILE_') || variable.includes('_BUILD_OVERRIDE_')) return []
    const suffix = suffixes.filter((end) => variable.endsWith(end)).sort((a, b) => b.length - a.length)[0]
    const name = suffix && variable.slice('CARGO_PROFILE_'.length, -suffix.length)
    return name ? [name.toLowerCase().replaceAll('_', '-')] : []
  })
}

function tomlOf(value: ConfigValue): TomlValue {
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'list') return value.items.map(tomlOf)
  return recordOf([...value.entries].map(([key, entry]) => [key, tomlOf(entry)]))
}
