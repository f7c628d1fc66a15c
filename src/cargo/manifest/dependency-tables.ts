/**
 * Flattens the dependency tables of a manifest into one list.
 *
 * In: the document, and what `workspace = true` and registry names refer to.
 * Out: dependencies in cargo's order: normal, development and build, each sorted by name; then for each
 * `[target.X]` normal, build and development.
 * Mirrors `normalize_dependencies`, `gather_dependencies` and `dep_to_dependency` in `util/toml/mod.rs` of cargo 0.96.
 */
import { resolve } from 'node:path'
import {
  parseDetailedDependency,
  parseInheritedDependency,
  type DetailedDependency,
  type InheritedDependency,
} from './detailed-dependency.ts'
import { parsePlatform } from '../ids/cfg-expr.ts'
import { parseVersionReq } from '../ids/version-req.ts'
import type { FindInheritable } from './inheritance.ts'
import type { Dependency, DependencyKind, Edition } from './manifest.ts'
import { checkPackageName } from '../ids/restricted-names.ts'
import {
  CRATES_IO,
  CRATES_IO_INDEX,
  gitSource,
  registrySource,
  sameSource,
  type GitReference,
  type SourceId,
} from '../ids/source-id.ts'
import {
  dottedKey,
  failAt,
  isTable,
  locateErrors,
  mismatch,
  placeOf,
  quotedKey,
  sortedKeys,
  tableAt,
  type TomlPlace,
  type TomlTable,
  type TomlValue,
} from '../toml-value.ts'

export interface DependencyContext {
  /** Absolute directory of the package. */
  readonly folder: string
  /**
   * The source of the package itself: a `path` in a package from a registry or git repository means that
   * source, too.
   */
  readonly source: SourceId
  readonly edition: Edition
  readonly inherit: FindInheritable
  /** The index of a registry in `[registries]`; undefined if the configuration has none. */
  readonly registryIndex: (name: string) => string | undefined
}

const KINDS = {
  normal: 'dependencies',
  development: 'dev-dependencies',
  build: 'build-dependencies',
} as const

/**
 * Parses all dependency tables.
 *
 * @throws Cargo2NixError if cargo refuses one
 */
export function parseDependencies(
  document: TomlTable,
  place: TomlPlace,
  context: DependencyContext,
): readonly Dependency[] {
  const plain = gather(document, ['normal', 'development', 'build'], undefined, place, context)
  const target = tableAt(document, 'target', place) ?? {}
  const here = placeOf(place, 'target')
  const ofPlatforms = sortedKeys(target).flatMap((platform) => {
    const table = tableAt(target, platform, here) ?? {}
    locateErrors(here, platform, () => parsePlatform(platform))
    return gather(table, ['normal', 'build', 'development'], platform, placeOf(here, platform), context)
  })
  const list = [...plain, ...ofPlatforms]
  checkSingleSource(list, place)
  return list
}

/** The dotted key of a dependency in its manifest. */
export function keyOfDependency({ kind, platform, nameInToml }: Dependency): string {
  const table = platform === undefined ? [KINDS[kind]] : ['target', platform, KINDS[kind]]
  return [...table, nameInToml].map(quotedKey).join('.')
}

/** A line of `[patch.X]` or `[replace]`. */
export function parsePatchDependency(
  name: string,
  value: TomlValue,
  place: TomlPlace,
  context: DependencyContext,
): Dependency {
  const line: Line = { name, kind: 'normal', platform: undefined, place: placeOf(place, name) }
  return toDependency(line, parseDetailedDependency(value, place, name), context.folder, context)
}

/** Which line of which table. */
interface Line {
  readonly name: string
  readonly kind: DependencyKind
  readonly platform: string | undefined
  readonly place: TomlPlace
}

function gather(
  table: TomlTable,
  kinds: readonly DependencyKind[],
  platform: string | undefined,
  place: TomlPlace,
  context: DependencyContext,
): readonly Dependency[] {
  return kinds.flatMap((kind) => {
    const key = dependencyKey(table, KINDS[kind], place, context.edition)
    const dependencies = tableAt(table, key, place)
    if (dependencies === undefined) return []
    const here = placeOf(place, key)
    return sortedKeys(dependencies).map((name) => {
      checkPackageName(name, here, name)
      return parseDependency(
        { name, kind, platform, place: placeOf(here, name) },
        dependencies[name]!,
        here,
        context,
      )
    })
  })
}

/** `dev-dependencies` or, before edition 2024, `dev_dependencies`. */
function dependencyKey(table: TomlTable, key: string, place: TomlPlace, edition: Edition): string {
  const old = key.replace('-', '_')
  if (old === key || table[old] === undefined) return key
  if (edition === '2024') failAt(place, old, 'is not known to edition 2024', `write \`${key}\``)
  return table[key] === undefined ? old : key
}

function parseDependency(
  line: Line,
  value: TomlValue,
  place: TomlPlace,
  context: DependencyContext,
): Dependency {
  const inherited = isTable(value) && value['workspace'] !== undefined
  const detailed = inherited
    ? inheritDependency(line.name, value, line.place, context)
    : parseDetailedDependency(value, place, line.name)
  if (detailed.usesUnderscore && context.edition === '2024') {
    failAt(line.place, 'default_features', 'is not known to edition 2024', 'write `default-features`')
  }
  const pathBase = inherited ? context.inherit().root : context.folder
  return toDependency(line, detailed, pathBase, context)
}

function inheritDependency(
  name: string,
  table: TomlTable,
  place: TomlPlace,
  context: DependencyContext,
): DetailedDependency {
  if (table['workspace'] !== true) mismatch(table['workspace']!, '`true`', place, 'workspace')
  const workspace = context.inherit()
  const original = workspace.dependencies?.[name]
  if (original === undefined) {
    failAt(
      place,
      'workspace',
      `\`workspace.dependencies\` has no \`${name}\``,
      'add it there, or write it here',
    )
  }
  const base = parseDetailedDependency(original, placeOf(workspace.place, 'dependencies'), name)
  return merge(base, parseInheritedDependency(table, place), context)
}

/** What a member may add to a dependency of its workspace: features, default features, and `optional`. */
function merge(
  base: DetailedDependency,
  own: InheritedDependency,
  context: DependencyContext,
): DetailedDependency {
  const turnsOn = own.defaultFeatures === true && base.defaultFeatures === false
  // Before cargo 1.99, edition 2024 refused this; older editions ignore it.
  const turnsOff =
    own.defaultFeatures === false && base.defaultFeatures !== false && context.edition === '2024'
  return {
    ...base,
    features: base.features.concat(own.features),
    optional: own.optional,
    ...(turnsOff ? { turnsOffDefaults: true } : {}),
    defaultFeatures: turnsOn || turnsOff ? turnsOn : base.defaultFeatures,
  }
}

/** A requirement that is recognizable without a parser: most are. */
const PLAIN_VERSION = /^\^?\d{1,9}(?:\.\d{1,9}){0,2}$/

/** @param pathBase absolute directory of the manifest that holds the `path` */
function toDependency(
  { name, kind, platform, place }: Line,
  detailed: DetailedDependency,
  pathBase: string,
  context: DependencyContext,
): Dependency {
  const { version } = detailed
  if (version !== undefined && !PLAIN_VERSION.test(version))
    locateErrors(place, '', () => parseVersionReq(version))
  const source = dependencySource(detailed, pathBase, place, context)
  if (detailed.optional === true && kind === 'development') {
    failAt(place, 'optional', 'a development dependency cannot be optional', 'remove the key')
  }
  if (detailed.artifact?.target === 'target' && kind !== 'build')
    failAt(place, 'target', '`target` has a meaning only for build dependencies', 'remove the key')
  return {
    nameInToml: name,
    packageName: detailed.package ?? name,
    versionReq: detailed.version ?? '*',
    hasVersionReq: detailed.version !== undefined,
    source,
    registry: registryOf(detailed, place, context),
    kind,
    optional: detailed.optional ?? false,
    usesDefaultFeatures: detailed.defaultFeatures ?? true,
    features: detailed.features,
    platform,
    renamed: detailed.package !== undefined,
    artifact: detailed.artifact,
    ...(detailed.isPublic === true && context.source.kind === 'path' ? { isPublic: true } : {}),
    ...newerRuleOf(detailed, place),
  }
}

/** What an older cargo would refuse in the line. */
function newerRuleOf(detailed: DetailedDependency, place: TomlPlace): Pick<Dependency, 'newerRule'> {
  const { git, registry, registryIndex, turnsOffDefaults } = detailed
  if (turnsOffDefaults === true) {
    return {
      newerRule: {
        since: '1.99',
        older: 'refused',
        what: `\`${dottedKey(place, 'default-features')} = false\``,
      },
    }
  }
  if (git === undefined || (registry ?? registryIndex) === undefined) return {}
  const key = registry === undefined ? 'registry-index' : 'registry'
  return {
    newerRule: { since: '1.96', older: 'refused', what: `\`${dottedKey(place, key)}\` beside \`git\`` },
  }
}

function dependencySource(
  detailed: DetailedDependency,
  pathBase: string,
  place: TomlPlace,
  context: DependencyContext,
): SourceId {
  const { git, path } = detailed
  if (git !== undefined) {
    if (path !== undefined) failAt(place, 'git', 'only one of `git` and `path` is allowed')
    const source = gitSource(git, referenceOf(detailed, place))
    return (
      source ?? failAt(place, 'git', `${JSON.stringify(git)} is not a URL`, 'write `ssh://git@host/path`')
    )
  }
  if (path !== undefined) {
    return context.source.kind === 'path' ? { kind: 'path', path: resolve(pathBase, path) } : context.source
  }
  const index = registryOf(detailed, place, context)
  if (index === undefined || index === CRATES_IO_INDEX) return CRATES_IO
  return registrySource(index) ?? failAt(place, 'registry', `${JSON.stringify(index)} is not a URL`)
}

/** The error for a registry that the configuration does not define. */
export function noRegistry(name: string, place: TomlPlace, key: string): never {
  const hint = `set \`registries.${name}.index\` in .cargo/config.toml`
  return failAt(place, key, `the configuration has no registry \`${name}\``, hint)
}

function registryOf(
  detailed: DetailedDependency,
  place: TomlPlace,
  context: DependencyContext,
): string | undefined {
  if (detailed.registry === 'crates-io') return CRATES_IO_INDEX
  const { registry } = detailed
  if (registry === undefined) return detailed.registryIndex
  return context.registryIndex(registry) ?? noRegistry(registry, place, 'registry')
}

function referenceOf(detailed: DetailedDependency, place: TomlPlace): GitReference {
  const { branch, tag, rev } = detailed
  if ([branch, tag, rev].filter((value) => value !== undefined).length > 1) {
    failAt(place, 'git', 'only one of `branch`, `tag` and `rev` is allowed')
  }
  if (branch !== undefined) return { kind: 'branch', value: branch }
  if (tag !== undefined) return { kind: 'tag', value: tag }
  return rev === undefined ? { kind: 'default' } : { kind: 'rev', value: rev }
}

/** One name means one source, in all tables. */
function checkSingleSource(list: readonly Dependency[], place: TomlPlace): void {
  const sources = new Map<string, SourceId>()
  for (const { nameInToml, source } of list) {
    const known = sources.get(nameInToml)
    if (known !== undefined && !sameSource(known, source)) {
      failAt(
        place,
        '',
        `the dependency \`${nameInToml}\` has different sources in different tables`,
        'use one source',
      )
    }
    sources.set(nameInToml, source)
  }
}
