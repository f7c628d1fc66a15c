/**
 * What of cargo's configuration decides about a build.
 *
 * In: the configuration, behind `ConfigReader`. Out: `CargoConfig`.
 * Mirrors `util/context/schema.rs`, `util/context/target.rs` and, for rustflags, `env_args` in
 * `core/compiler/build_context/target_info.rs` of cargo 0.96.
 */
import { join } from 'node:path'
import { profilesOfConfig } from './config-profile.ts'
import { environmentKey, type ConfigReader, type Environment } from '../config/config-reader.ts'
import { parseLinksOverride, type ScriptOutput } from '../config/links-override.ts'
import { InternalError } from '../../errors.ts'
import { documentPlace, failAt, placeOf } from '../toml-value.ts'
import type { CargoConfig, TargetConfig } from './workspace.ts'
import { recordOf } from '../../record.ts'

/** Keys of `[target.<triple>]` that are not the name of a `links` value. */
const TARGET_KEYS: ReadonlySet<string> = new Set(['ar', 'linker', 'runner', 'rustflags', 'rustdocflags'])

/**
 * Reads the configuration.
 *
 * @param triples rustc's targets: a variable like `CARGO_TARGET_…_LINKER` is looked for by their names
 * @throws Cargo2NixError `bad-config`
 */
export function toCargoConfig(reader: ConfigReader, triples: readonly string[]): CargoConfig {
  for (const key of ['build', 'target', 'profile', 'env', 'patch', 'resolver']) requireTable(reader, [key])
  checkUnusedKeys(reader)
  return {
    build: {
      target: buildTargets(reader),
      rustflags: reader.strings(['build', 'rustflags']),
      rustdocflags: reader.strings(['build', 'rustdocflags']),
    },
    target: targetTables(reader, triples),
    ...profilesOfConfig(reader),
    env: environmentTable(reader),
    environmentRustflags: environmentFlags(reader.environment, 'RUSTFLAGS'),
    environmentRustdocflags: environmentFlags(reader.environment, 'RUSTDOCFLAGS'),
    incremental: incremental(reader),
  }
}

/** What decides nothing here, but of which cargo checks the type. */
function checkUnusedKeys(reader: ConfigReader): void {
  const paths = reader.value(['paths'])
  if (paths !== undefined && paths.kind !== 'list')
    failAt(documentPlace(paths.origin.name, 'bad-config'), 'paths', 'expected a list of strings')
  const versions = reader.string(['resolver', 'incompatible-rust-versions'])
  if (versions === undefined || versions === 'allow' || versions === 'fallback') return
  const path = reader.value(['resolver', 'incompatible-rust-versions'])?.origin.name
  const place = placeOf(documentPlace(path ?? 'the environment', 'bad-config'), 'resolver')
  failAt(place, 'incompatible-rust-versions', `${JSON.stringify(versions)} is not \`allow\` or \`fallback\``)
}

/** Of `[unstable]`, which stable cargo passes over, what changes how crates are compiled. */
const DECIDING_UNSTABLE: ReadonlySet<string> = new Set([
  'build-std',
  'build-std-features',
  'codegen-backend',
  'host-config',
  'panic-abort-tests',
  'target-applies-to-host',
  'trim-paths',
])

/** Warnings about keys that cargo does not heed. */
export function configWarnings(reader: ConfigReader): readonly string[] {
  const unification = reader.string(['resolver', 'feature-unification'])
  const overrides = reader.value(['paths'])
  const needless = reader
    .keys(['target'])
    .filter((name) => name.startsWith('cfg(') && reader.value(['target', name, 'rustdocflags']) !== undefined)
  const unstable = reader.keys(['unstable']).filter((name) => DECIDING_UNSTABLE.has(name))
  return [
    ...unstable.map((name) => `\`unstable.${name}\` is for a nightly cargo alone: it is not followed`),
    ...(unification === undefined ? [] : ['`resolver.feature-unification` is unstable, so cargo ignores it']),
    ...(overrides === undefined
      ? []
      : ['`paths` in the configuration overrides dependencies; it is not supported']),
    ...needless.map((name) => `\`target.'${name}'.rustdocflags\` is a key that cargo ignores`),
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
  // A variable replaces a single target, but adds to a list.
  const names =
    value?.kind === 'list' ? reader.strings(key) : [reader.string(key)].filter((name) => name !== undefined)
  const folder = value?.origin.folder
  return (names ?? []).map((name) =>
    name.endsWith('.json') && folder !== undefined ? join(folder, name) : name,
  )
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
  if (!name.startsWith('cfg(')) for (const key of links) requireTable(reader, ['target', name, key])
  return {
    rustflags: reader.strings(['target', name, 'rustflags']),
    rustdocflags: reader.strings(['target', name, 'rustdocflags']),
    linker: reader.program(['target', name, 'linker']),
    runner: reader.command(['target', name, 'runner']),
    linksOverrides: name.startsWith('cfg(')
      ? {}
      : recordOf(links.map((key) => linksOverride(reader, name, key))),
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

function incremental(reader: ConfigReader): boolean | undefined {
  const variable = reader.environment['CARGO_INCREMENTAL']
  return variable === undefined ? reader.boolean(['build', 'incremental']) : variable === '1'
}
