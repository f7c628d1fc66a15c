/**
 * The parts of cargo's configuration that affect a build.
 *
 * In: the configuration, through `ConfigReader`. Out: `CargoConfig`.
 * Mirrors `util/context/schema.rs`, `util/context/target.rs` and, for rustflags, `env_args` in
 * `core/compiler/build_context/target_info.rs` of cargo 0.96.
 */
import { basename, resolve } from 'node:path'
import { checkUnusedConfig } from './unused-config.ts'
import { profilesOfConfig } from './config-profile.ts'
import type { AllowedKeys } from './toml-profile.ts'
import {
  dotted,
  environmentKey,
  originOf,
  refuseKey,
  wordOf,
  type ConfigKey,
  type ConfigReader,
  type Environment,
} from '../config/config-reader.ts'
import { parseLinksOverride, type ScriptOutput } from '../config/links-override.ts'
import { documentPlace, failAt, placeOf } from '../toml-value.ts'
import { InternalError } from '../../errors.ts'
import type { NewerRule } from '../newer-rule.ts'
import type { CargoConfig, TargetConfig } from './workspace.ts'
import { once } from '../../once.ts'
import { recordOf } from '../../record.ts'

/** Keys of `[target.<triple>]` that are not `links` values. */
const TARGET_KEYS: ReadonlySet<string> = new Set(['ar', 'linker', 'runner', 'rustflags', 'rustdocflags'])

/** Cargo reads keys of each of these in any build. */
const TABLES = [
  'build',
  'target',
  'profile',
  'env',
  'patch',
  'resolver',
  'source',
  'registries',
  'registry',
  'http',
  'term',
]

/**
 * Reads the configuration.
 *
 * @param triples rustc's targets and custom ones: variables like `CARGO_TARGET_…_LINKER` are looked up by their names
 * @param allowed unstable keys of profiles
 * @throws Cargo2NixError `bad-config`
 */
export function toCargoConfig(
  reader: ConfigReader,
  triples: readonly string[],
  allowed: AllowedKeys = new Set(),
): CargoConfig {
  for (const key of TABLES) requireTable(reader, [key])
  checkUnusedConfig(reader)
  const target = buildTargets(reader)
  return {
    build: {
      target,
      rustflags: reader.strings(['build', 'rustflags']),
      rustdocflags: reader.strings(['build', 'rustdocflags']),
    },
    target: targetTables(reader, [...triples, ...customNames(target)]),
    ...profilesOfConfig(reader, allowed),
    env: environmentTable(reader),
    environmentRustflags: environmentFlags(reader.environment, 'RUSTFLAGS'),
    environmentRustdocflags: environmentFlags(reader.environment, 'RUSTDOCFLAGS'),
    incremental: incremental(reader),
    warnings: warningHandling(reader),
    lockfilePath: lockfilePath(reader),
    bindeps: isTurnedOn(reader, 'bindeps'),
    featureUnification: featureUnification(reader),
    unsupported: unsupportedKeys(reader),
    buildStd: buildStd(reader),
    jsonTargets: isTurnedOn(reader, 'json-target-spec'),
    customTargets: {},
    newerRules: newerRules(reader),
  }
}

/**
 * Keys of `[unstable]` that change how crates are compiled, or how variables are read. Stable cargo ignores them.
 * Keys that only allow others do nothing alone: those are refused where they are used.
 */
const DECIDING_UNSTABLE: readonly string[] = [
  'advanced-env',
  'any-build-script-metadata',
  'dual-proc-macros',
  'host-config',
  'panic-abort-tests',
  'profile-hint-mostly-unused',
  'public-dependency',
  'root-dir',
  'rustdoc-map',
  'rustdoc-scrape-examples',
  'target-applies-to-host',
  'trim-paths',
]

function unsupportedKeys(reader: ConfigReader): CargoConfig['unsupported'] {
  return DECIDING_UNSTABLE.map((name) => ({ name, key: ['unstable', name] }))
    .filter(({ key }) => isGiven(reader, key))
    .map(({ name, key }) => ({ name, where: originOf(reader, key) }))
}

function buildStd(reader: ConfigReader): CargoConfig['buildStd'] {
  const key = ['unstable', 'build-std']
  if (!isGiven(reader, key)) return undefined
  const features = ['unstable', 'build-std-features']
  return {
    crates: namesAt(reader, key),
    features: isGiven(reader, features) ? namesAt(reader, features) : undefined,
    noList: [key, features].find((each) => reader.value(each)?.kind === 'scalar')?.join('.'),
    where: originOf(reader, key),
  }
}

/** A list whose items may hold several names. */
function namesAt(reader: ConfigReader, key: ConfigKey): readonly string[] {
  if (reader.value(key)?.kind === 'scalar') return []
  const names = (reader.strings(key) ?? []).flatMap((text) => text.split(','))
  return names.filter((name) => name !== '')
}

/** With any value but `false`: some are lists or paths. */
function isGiven(reader: ConfigReader, key: ConfigKey): boolean {
  const variable = reader.environment[environmentKey(key)]
  if (variable !== undefined) return variable !== 'false'
  const written = reader.value(key)
  return written !== undefined && !(written.kind === 'scalar' && written.value === false)
}

/** Warnings about keys that cargo ignores. */
export function configWarnings(
  reader: ConfigReader,
  cargo: 'stable' | 'nightly' = 'stable',
): readonly string[] {
  const unification = reader.string(['resolver', 'feature-unification'])
  const overrides = reader.value(['paths'])
  return [
    ...[
      ...unsupportedKeys(reader).map(({ name }) => name),
      ...(cargo === 'stable' && buildStd(reader) !== undefined ? ['build-std'] : []),
    ].map((name) => `\`unstable.${name}\` is for a nightly cargo alone: it is not followed`),
    ...(unification === undefined || isTurnedOn(reader, 'feature-unification')
      ? []
      : ['`resolver.feature-unification` is unstable, so cargo ignores it']),
    ...(overrides === undefined
      ? []
      : ['`paths` in the configuration overrides dependencies; it is not supported']),
  ]
}

function buildTargets(reader: ConfigReader): readonly string[] {
  const key = ['build', 'target']
  const value = reader.value(key)
  if (value?.kind === 'scalar' && typeof value.value !== 'string') {
    failAt(
      placeOf(documentPlace(value.origin.name, 'bad-config'), 'build'),
      'target',
      'expected a string or a list of strings',
    )
  }
  // A variable replaces a single target, but appends to a list.
  const names =
    value?.kind === 'list' ? reader.strings(key) : [reader.string(key)].filter((name) => name !== undefined)
  if (names?.some((name) => name.trim() === '') === true) refuseKey(reader, key, 'a target is empty')
  return (names ?? []).map((name) => {
    if (!name.endsWith('.json')) return name
    return value?.kind === 'list' ? resolve(value.origin.folder, name) : resolve(reader.path(key)!)
  })
}

/** What cargo calls the custom targets among some names, in the configuration. */
export function customNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.endsWith('.json')).map((name) => basename(name, '.json'))
}

function targetTables(
  reader: ConfigReader,
  triples: readonly string[],
): Readonly<Record<string, TargetConfig>> {
  const written = reader.keys(['target'])
  const fromEnvironment = triplesInEnvironment(reader.environment, triples)
  const names = [...new Set([...written, ...fromEnvironment])].sort()
  return recordOf(names.map((name) => [name, targetTable(reader, name)]))
}

function targetTable(reader: ConfigReader, name: string): TargetConfig {
  requireTable(reader, ['target', name])
  const links = reader.keys(['target', name]).filter((key) => !TARGET_KEYS.has(key))
  const overrides = once(() => recordOf(links.map((key) => linksOverride(reader, name, key))))
  return {
    rustflags: reader.strings(['target', name, 'rustflags']),
    rustdocflags: reader.strings(['target', name, 'rustdocflags']),
    linker: reader.program(['target', name, 'linker']),
    runner: reader.command(['target', name, 'runner']),
    get linksOverrides() {
      return name.startsWith('cfg(') ? {} : overrides()
    },
  }
}

function requireTable(reader: ConfigReader, key: readonly string[]): void {
  const value = reader.value(key)
  if (value === undefined || value.kind === 'table') return
  const place = key.slice(0, -1).reduce(placeOf, documentPlace(value.origin.name, 'bad-config'))
  failAt(
    place,
    key.at(-1)!,
    `expected a table, found a ${value.kind === 'list' ? 'list' : typeof value.value}`,
  )
}

function triplesInEnvironment(environment: Environment, triples: readonly string[]): readonly string[] {
  const variables = Object.keys(environment).filter((name) => name.startsWith('CARGO_TARGET_'))
  if (variables.length === 0) return []
  const keys = ['LINKER', 'RUNNER', 'RUSTDOCFLAGS', 'RUSTFLAGS']
  return triples.filter((triple) =>
    keys.some((key) => variables.includes(`${environmentKey(['target', triple])}_${key}`)),
  )
}

function linksOverride(reader: ConfigReader, target: string, links: string): readonly [string, ScriptOutput] {
  requireTable(reader, ['target', target, links])
  const table = reader.value(['target', target, links])
  if (table?.kind !== 'table') throw new InternalError('a table that is none')
  const place = ['target', target, links].reduce(placeOf, documentPlace(table.origin.name, 'bad-config'))
  return [links, parseLinksOverride(table, place)]
}

function environmentTable(reader: ConfigReader): CargoConfig['env'] {
  const entries = reader.keys(['env']).map((name) => {
    const isTable = reader.value(['env', name])?.kind === 'table'
    const key = isTable ? ['env', name, 'value'] : ['env', name]
    const relative = isTable && reader.boolean(['env', name, 'relative']) === true
    if (isTable && reader.value(key) === undefined) {
      const { origin } = reader.value(['env', name])!
      failAt(placeOf(documentPlace(origin.name, 'bad-config'), 'env'), name, 'has no `value`', 'add it')
    }
    const value = (relative ? reader.spelledPath(key) : reader.string(key)) ?? ''
    if (name.includes('\0')) {
      const { origin } = reader.value(['env', name])!
      failAt(placeOf(documentPlace(origin.name, 'bad-config'), 'env'), name, 'has a NUL character')
    }
    return [
      name,
      { value, relative, force: isTable && reader.boolean(['env', name, 'force']) === true },
    ] as const
  })
  return recordOf(entries)
}

function environmentFlags(
  environment: Environment,
  name: 'RUSTFLAGS' | 'RUSTDOCFLAGS',
): readonly string[] | undefined {
  const encoded = environment[`CARGO_ENCODED_${name}`]
  if (encoded !== undefined) return encoded === '' ? [] : encoded.split('\x1f')
  return environment[name]
    ?.split(' ')
    .map((flag) => flag.trim())
    .filter((flag) => flag !== '')
}

/** Cargo 1.99 turns it off in CI; if neither is set, the profile decides. */
function incremental(reader: ConfigReader): boolean | undefined {
  const { CARGO_INCREMENTAL: variable, CI, TF_BUILD } = reader.environment
  if (variable !== undefined) return variable === '1'
  const written = reader.boolean(['build', 'incremental'])
  return written ?? (CI === undefined && TF_BUILD === undefined ? undefined : false)
}

/** A switch in `[unstable]`, which stable cargo does not look at. */
export function isTurnedOn(reader: ConfigReader, name: string): boolean {
  const key = ['unstable', name]
  const variable = reader.environment[environmentKey(key)]
  if (variable !== undefined) return variable === 'true'
  const written = reader.value(key)
  return written?.kind === 'scalar' && written.value === true
}

const UNIFICATION = ['resolver', 'feature-unification']

function featureUnification(reader: ConfigReader): CargoConfig['featureUnification'] {
  // Cargo also checks what it does not follow.
  const value = wordOf(reader, UNIFICATION, ['selected', 'workspace', 'package'])
  return isTurnedOn(reader, 'feature-unification') ? value : undefined
}

const WARNINGS = ['build', 'warnings']

function warningHandling(reader: ConfigReader): CargoConfig['warnings'] {
  const value = reader.string(WARNINGS) ?? 'warn'
  if (value === 'warn' || value === 'allow' || value === 'deny') return value
  return refuseKey(reader, WARNINGS, `\`${value}\` is none of warn, allow and deny`)
}

const LOCKFILE_PATH = ['resolver', 'lockfile-path']

function lockfilePath(reader: ConfigReader): string | undefined {
  const path = reader.path(LOCKFILE_PATH)?.replace(/(?<=.)\/+$/, '')
  if (path === undefined) return undefined
  if (/[{}]/.test(path)) refuseKey(reader, LOCKFILE_PATH, 'it has a brace, which cargo keeps for later')
  if (basename(path) !== 'Cargo.lock') refuseKey(reader, LOCKFILE_PATH, 'it must name a Cargo.lock')
  return path
}

function newerRules(reader: ConfigReader): readonly NewerRule[] {
  const scalars = [WARNINGS, LOCKFILE_PATH].filter((key) => reader.string(key) !== undefined)
  const tables = reader
    .keys(['target'])
    .filter((name) => name.startsWith('cfg('))
    .map((name) => ['target', name, 'rustdocflags'])
    .filter((key) => reader.value(key) !== undefined)
  return [
    // An older cargo ignores this one, too, and then reads a different lockfile.
    ...scalars.map((key) => newerKey(reader, key, '1.97', key === LOCKFILE_PATH ? 'refused' : 'passed over')),
    ...tables.map((key) => newerKey(reader, key, '1.96', 'passed over')),
  ]
}

function newerKey(reader: ConfigReader, key: ConfigKey, since: string, older: NewerRule['older']): NewerRule {
  return { since, older, what: `\`${dotted(key)}\``, where: originOf(reader, key) }
}
