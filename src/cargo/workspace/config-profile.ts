/**
 * `[profile]` of the configuration, and the variables `CARGO_PROFILE_<name>_<key>`.
 *
 * In: the configuration. Out: profiles in the same shape as a manifest's.
 * Mirrors how `util/context/de.rs` of cargo 0.96 reads a `TomlProfile`: key by key, variables before files.
 */
import {
  environmentKey,
  splitAtBlanks,
  type ConfigReader,
  type Environment,
} from '../config/config-reader.ts'
import type { ConfigValue } from '../config/config-value.ts'
import { parseProfile, type AllowedKeys } from './toml-profile.ts'
import { documentPlace, failAt, isTable, placeOf, type TomlTable, type TomlValue } from '../toml-value.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { CargoConfig, TomlProfile } from './workspace.ts'
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
  // Unstable or without effect, but cargo checks them.
  'codegen-backend',
  'dir-name',
  'hint-mostly-unused',
  'rustflags',
  'trim-paths',
]

/** Cargo reads these, and those that the manifest has, whatever is requested. */
export const ALWAYS_READ: readonly string[] = ['dev', 'release', 'debug', 'test', 'bench']

type ConfiguredProfiles = Pick<CargoConfig, 'profile' | 'profileFiles' | 'refusedProfiles'>

/**
 * Reads all profiles of the configuration. Cargo reads one when something requests it, so one that it would
 * refuse is kept with its error.
 *
 * @throws Cargo2NixError `bad-config` if `profile` is not a table
 */
export function profilesOfConfig(reader: ConfigReader, allowed: AllowedKeys): ConfiguredProfiles {
  const table = reader.value(['profile'])
  if (table !== undefined && table.kind !== 'table') {
    failAt(documentPlace(table.origin.name, 'bad-config'), 'profile', 'expected a table')
  }
  const written = table === undefined ? {} : (tomlOf(table) as TomlTable)
  const names = [
    ...new Set([...ALWAYS_READ, ...Object.keys(written), ...namesInEnvironment(reader.environment)]),
  ]
  const read = names.map((name) => {
    const file =
      table?.entries.get(name)?.origin.name ?? `the variables ${environmentKey(['profile', name])}_*`
    return { name, file, ...readProfile(written[name], name, file, reader, allowed) }
  })
  return {
    profile: recordOf(read.flatMap(({ name, profile }) => (profile === undefined ? [] : [[name, profile]]))),
    profileFiles: recordOf(
      read.flatMap(({ name, file, profile }) => (profile === undefined ? [] : [[name, file]])),
    ),
    refusedProfiles: recordOf(
      read.flatMap(({ name, refused }) => (refused === undefined ? [] : [[name, refused]])),
    ),
  }
}

/** A profile, or why cargo refuses it; neither where nothing sets a key of it. */
function readProfile(
  written: TomlValue | undefined,
  name: string,
  file: string,
  reader: ConfigReader,
  allowed: AllowedKeys,
): { readonly profile?: TomlProfile; readonly refused?: Cargo2NixError } {
  const place = placeOf(documentPlace(file, 'bad-config'), 'profile')
  try {
    if (name.includes('\0')) failAt(place, name, 'has a NUL character')
    if (written !== undefined && !isTable(written)) failAt(place, name, 'expected a table')
    const layered = withVariables(written, ['profile', name], reader)
    return Object.keys(layered).length === 0
      ? {}
      : { profile: parseProfile(layered, placeOf(place, name), allowed) }
  } catch (error) {
    if (error instanceof Cargo2NixError) return { refused: error }
    throw error
  }
}

function withVariables(
  written: TomlTable | undefined,
  key: readonly string[],
  reader: ConfigReader,
): TomlTable {
  const table = written ?? {}
  const { 'build-override': override = {}, package: packages = {} } = table
  // Parsing refuses it.
  if (!isTable(override) || !isTable(packages)) return table
  const { environment } = reader
  const variable = environmentKey(key)
  const ofScripts = withKeys(override, `${variable}_BUILD_OVERRIDE`, environment)
  const ofPackages = withPackages(packages, `${variable}_PACKAGE`, environment)
  return {
    ...withKeys(table, variable, environment),
    ...(Object.keys(ofScripts).length === 0 ? {} : { 'build-override': ofScripts }),
    ...(Object.keys(ofPackages).length === 0 ? {} : { package: ofPackages }),
  }
}

/** Variables name a package as the files spell it; they add none (`advanced-env`). */
function withPackages(packages: TomlTable, variable: string, environment: Environment): TomlTable {
  const entries = Object.entries(packages).map(
    ([name, written]) =>
      [name, isTable(written) ? withKeys(written, `${variable}_${name}`, environment) : written] as const,
  )
  return recordOf(entries)
}

function withKeys(table: TomlTable, prefix: string, environment: Environment): TomlTable {
  const set = KEYS.flatMap((name) => {
    const variable = environment[`${prefix}${environmentKey([name]).slice('CARGO'.length)}`]
    if (variable === undefined) return []
    return [[name, name === 'rustflags' ? flagsWith(table[name], variable) : valueOf(variable)] as const]
  })
  return { ...table, ...recordOf(set) }
}

/** A variable appends to a list. */
function flagsWith(written: TomlValue | undefined, variable: string): TomlValue {
  const added = splitAtBlanks(variable)
  return Array.isArray(written) ? [...written, ...added] : (written ?? added)
}

function valueOf(text: string): TomlValue {
  if (text === 'true') return true
  if (text === 'false') return false
  return /^\d{1,9}$/.test(text) ? Number(text) : text
}

/** Names of profiles that only variables mention. A variable cannot say whether it means `-` or `_`: it means both. */
function namesInEnvironment(environment: Environment): readonly string[] {
  const suffixes = KEYS.map((key) => environmentKey([key]).slice('CARGO'.length))
  return Object.keys(environment).flatMap((variable) => {
    if (!variable.startsWith('CARGO_PROFILE_') || /_(BUILD_OVERRIDE|PACKAGE)_/.test(variable)) return []
    const suffix = suffixes.filter((end) => variable.endsWith(end)).sort((a, b) => b.length - a.length)[0]
    const name = suffix && variable.slice('CARGO_PROFILE_'.length, -suffix.length)
    return name ? [name.toLowerCase(), name.toLowerCase().replaceAll('_', '-')] : []
  })
}

function tomlOf(value: ConfigValue): TomlValue {
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'list') return value.items.map(tomlOf)
  return recordOf([...value.entries].map(([key, entry]) => [key, tomlOf(entry)]))
}
