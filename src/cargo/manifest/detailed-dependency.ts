/**
 * One line of a dependency table as written.
 *
 * In: a version string or a table. Out: its keys with their types checked, before inheritance and defaults.
 * Mirrors `TomlDetailedDependency` of cargo-util-schemas 0.13 and the checks of `dep_to_dependency` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { Artifact } from './manifest.ts'
import { parseArtifact } from './artifact.ts'
import { checkPackageName, checkRegistryName } from '../ids/restricted-names.ts'
import {
  booleanAt,
  dottedKey,
  failAt,
  isTable,
  mismatch,
  placeOf,
  stringAt,
  stringsAt,
  type TomlPlace,
  type TomlTable,
  type TomlValue,
} from '../toml-value.ts'

export interface DetailedDependency {
  readonly version: string | undefined
  readonly registry: string | undefined
  readonly registryIndex: string | undefined
  /** As written: relative to the manifest that holds the line. */
  readonly path: string | undefined
  readonly git: string | undefined
  readonly branch: string | undefined
  readonly tag: string | undefined
  readonly rev: string | undefined
  readonly features: readonly string[]
  readonly optional: boolean | undefined
  readonly defaultFeatures: boolean | undefined
  readonly package: string | undefined
  readonly artifact: Artifact | undefined
  readonly isPublic?: boolean | undefined
  /** `default_features` is present, which edition 2024 refuses. */
  readonly usesUnderscore: boolean
  /** A member turns off default features that its workspace leaves on. */
  readonly turnsOffDefaults?: boolean
}

/** The keys that matter besides `workspace = true`. */
export type InheritedDependency = Pick<DetailedDependency, 'features' | 'optional' | 'defaultFeatures'>

const ONLY_VERSION: Omit<DetailedDependency, 'version'> = {
  registry: undefined,
  registryIndex: undefined,
  path: undefined,
  git: undefined,
  branch: undefined,
  tag: undefined,
  rev: undefined,
  features: [],
  optional: undefined,
  defaultFeatures: undefined,
  package: undefined,
  artifact: undefined,
  usesUnderscore: false,
}

/**
 * Parses `name = "1.0"` or `name = { … }`.
 *
 * @param place of the table that contains the key `name`
 * @throws Cargo2NixError if cargo refuses it
 */
export function parseDetailedDependency(
  value: TomlValue,
  place: TomlPlace,
  name: string,
): DetailedDependency {
  if (typeof value === 'string') return { ...ONLY_VERSION, version: value }
  if (!isTable(value)) mismatch(value, 'a version or a table', place, name)
  const here = placeOf(place, name)
  refusePathBase(value, here)
  const detailed = { ...readDetailed(value, here), artifact: parseArtifact(value, here) }
  checkDetailed(detailed, here)
  return detailed
}

/**
 * Checks the types of a dependency that nothing uses, as cargo does when it reads the manifest.
 *
 * @param place of the table that contains the key `name`
 */
export function checkUnusedDependency(value: TomlValue, place: TomlPlace, name: string): void {
  if (typeof value === 'string') return
  if (!isTable(value)) mismatch(value, 'a version or a table', place, name)
  readDetailed(value, placeOf(place, name))
}

function readDetailed(value: TomlTable, here: TomlPlace): Omit<DetailedDependency, 'artifact'> {
  const inherited = parseInheritedDependency(value, here)
  return {
    version: stringAt(value, 'version', here),
    registry: stringAt(value, 'registry', here),
    registryIndex: stringAt(value, 'registry-index', here),
    path: stringAt(value, 'path', here),
    git: stringAt(value, 'git', here),
    branch: stringAt(value, 'branch', here),
    tag: stringAt(value, 'tag', here),
    rev: stringAt(value, 'rev', here),
    features: inherited.features,
    optional: inherited.optional,
    defaultFeatures: inherited.defaultFeatures,
    package: stringAt(value, 'package', here),
    isPublic: value['public'] === true,
    usesUnderscore: value['default_features'] !== undefined,
  }
}

/** Reads the keys a member may set besides `workspace = true`; cargo ignores all other keys there. */
export function parseInheritedDependency(table: TomlTable, place: TomlPlace): InheritedDependency {
  // Ignored without a nightly cargo.
  booleanAt(table, 'public', place)
  return {
    features: stringsAt(table, 'features', place) ?? [],
    optional: booleanAt(table, 'optional', place),
    defaultFeatures:
      booleanAt(table, 'default-features', place) ?? booleanAt(table, 'default_features', place),
  }
}

function checkDetailed(detailed: DetailedDependency, place: TomlPlace): void {
  const { version, path, git, registry, registryIndex } = detailed
  if (version === undefined && path === undefined && git === undefined) {
    failAt(
      place,
      '',
      'the dependency has no `version`, `path`, `git` or `workspace`',
      'say where it comes from',
    )
  }
  if (detailed.package !== undefined) checkPackageName(detailed.package, place, 'package')
  if (registry !== undefined) checkRegistryName(registry, place, 'registry')
  if (registry !== undefined && registryIndex !== undefined) {
    failAt(place, 'registry', 'only one of `registry` and `registry-index` is allowed')
  }
  const reference = (['branch', 'tag', 'rev'] as const).find((key) => detailed[key] !== undefined)
  if (git === undefined && reference !== undefined)
    failAt(place, reference, 'has a meaning only beside `git`')
  for (const feature of detailed.features) {
    if (feature.includes('/')) failAt(place, 'features', `\`${feature}\` must not have a slash`)
    if (feature.startsWith('dep:')) failAt(place, 'features', `\`${feature}\` must not begin with \`dep:\``)
  }
}

/** Cargo refuses this unstable key, wherever the manifest comes from. */
function refusePathBase(table: TomlTable, place: TomlPlace): void {
  if (table['base'] === undefined) return
  throw new Cargo2NixError({
    code: 'not-supported',
    message: `\`${dottedKey(place, 'base')}\`: path bases are unstable, so stable cargo refuses the manifest`,
    path: place.path,
    hint: 'remove the key',
  })
}
