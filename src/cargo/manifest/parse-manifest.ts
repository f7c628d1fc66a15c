/**
 * Parses a package's manifest, as cargo does.
 *
 * In: parsed TOML, a view of the package's files, and what the manifest refers to (workspace, registries).
 * Out: `Manifest`, with inheritance applied, targets discovered and dependency tables flattened.
 * Mirrors `normalize_toml` and `to_real_manifest` in `util/toml/mod.rs` of cargo 0.96.
 * Assumes that unknown keys are typos that cargo would warn about, and ignores them.
 */
import { checkUnusedDependency } from './detailed-dependency.ts'
import { Cargo2NixError } from '../../errors.ts'
import { buildTargets } from './build-targets.ts'
import { unstableFeaturesOf } from './cargo-features.ts'
import { parseDependencies } from './dependency-tables.ts'
import { parseEdition, parseRustVersion } from './edition.ts'
import { inheritedValue, licenseFileOf, readmeOf, type FindInheritable } from './inheritance.ts'
import { parseLints } from './lints.ts'
import { isVersion } from '../ids/version-req.ts'
import type { Edition, Manifest, PackageMetadata, Target } from './manifest.ts'
import type { PackageFiles } from './package-files.ts'
import { parseResolver } from './resolver.ts'
import { checkFeatureName, checkPackageName } from '../ids/restricted-names.ts'
import type { SourceId } from '../ids/source-id.ts'
import {
  documentPlace,
  dottedKey,
  failAt,
  isTable,
  mismatch,
  placeOf,
  stringAt,
  stringsAt,
  tableAt,
  type TomlPlace,
  type TomlTable,
} from '../toml-value.ts'

export interface ManifestContext {
  /** Absolute path of `Cargo.toml`, and its directory. */
  readonly manifestPath: string
  readonly folder: string
  readonly source: SourceId
  readonly files: PackageFiles
  readonly inherit: FindInheritable
  /** The index of a registry in `[registries]`; undefined if the configuration has none. */
  readonly registryIndex: (name: string) => string | undefined
}

export interface ParsedManifest {
  readonly manifest: Manifest
  /** What cargo refuses in a member, but ignores in a dependency. */
  readonly problems: readonly string[]
}

/** `[package]` or its old name `[project]`; undefined for a virtual manifest. */
export function packageTable(document: TomlTable, place: TomlPlace): TomlTable | undefined {
  return tableAt(document, 'package', place) ?? tableAt(document, 'project', place)
}

/**
 * Parses the manifest of a package.
 *
 * @throws Cargo2NixError `bad-manifest`, `unsafe-name` or `not-supported`, naming file and key
 */
export function parseManifest(document: TomlTable, context: ManifestContext): ParsedManifest {
  const place = documentPlace(context.manifestPath, 'bad-manifest')
  const table = packageTable(document, place)
  if (table === undefined) failAt(place, 'package', 'is missing', 'this must be the manifest of a package')
  const here = placeOf(place, 'package')
  refuseUnstable(table, here)
  checkUnusedKeys(document, table, place, here)
  const unstableFeatures = unstableFeaturesOf(document, place)
  const read = fieldReader(table, here, context.inherit)
  const name = read.string('name') ?? failAt(here, 'name', 'is missing', 'give the package a name')
  checkPackageName(name, here, 'name')
  const edition = editionOf(read, here)
  if (edition === '2024' && document['project'] !== undefined) {
    failAt(place, 'project', 'is not known to edition 2024', 'write `[package]`')
  }
  const { files, folder } = context
  const built = buildTargets({ document, package: table, packageName: name, edition, folder, files, place })
  const links = linksOf(table, built.targets, here)
  const manifest: Manifest = {
    manifestPath: context.manifestPath,
    name,
    version: versionOf(read, here),
    edition,
    links,
    resolverLinks: links,
    features: parseFeatures(document, place),
    dependencies: parseDependencies(document, place, { ...context, edition }),
    defaultRun: defaultRunOf(table, built.targets, here),
    targets: built.targets,
    metadata: parseMetadata(table, read, here, edition, context),
    lints: parseLints(document, place, context.inherit),
    resolver: resolverOf(table, here),
    unstableFeatures,
    settings: settingsOf(table),
    ...(context.source.kind === 'path' && allowsPublic(document, place)
      ? { hasPublicDependencies: true }
      : {}),
  }
  return { manifest, problems: built.problems }
}

/** `metadata.cargo2nix` of `[package]` or `[workspace]`, unparsed; `metadata` itself may be anything. */
export function settingsOf(table: TomlTable): unknown {
  const metadata = table['metadata']
  return isTable(metadata) ? metadata['cargo2nix'] : undefined
}

function allowsPublic(document: TomlTable, place: TomlPlace): boolean {
  return stringsAt(document, 'cargo-features', place)?.includes('public-dependency') === true
}

/** Keys that stable cargo refuses and that would change what is compiled. */
function refuseUnstable(table: TomlTable, place: TomlPlace): void {
  const key = ['metabuild', 'default-target', 'forced-target', 'im-a-teapot'].find(
    (name) => table[name] !== undefined,
  )
  if (key === undefined) return
  const message = `\`${dottedKey(place, key)}\` is unstable, so stable cargo refuses the manifest`
  throw new Cargo2NixError({ code: 'not-supported', message, path: place.path, hint: 'remove the key' })
}

/** Keys without effect here whose type cargo checks; each may be inherited. */
const UNUSED_LISTS = ['categories', 'keywords', 'include', 'exclude']

function checkUnusedKeys(document: TomlTable, table: TomlTable, place: TomlPlace, here: TomlPlace): void {
  for (const key of UNUSED_LISTS) {
    const value = table[key]
    if (!isTable(value)) stringsAt(table, key, here)
    else if (value['workspace'] !== true) mismatch(value, 'a list or `workspace = true`', here, key)
  }
  const { publish } = table
  if (publish !== undefined && typeof publish !== 'boolean' && !isTable(publish))
    stringsAt(table, 'publish', here)
  const replace = tableAt(document, 'replace', place) ?? {}
  for (const [spec, value] of Object.entries(replace))
    checkUnusedDependency(value, placeOf(place, 'replace'), spec)
  const patch = tableAt(document, 'patch', place) ?? {}
  for (const source of Object.keys(patch)) {
    const inPatch = placeOf(place, 'patch')
    for (const [name, value] of Object.entries(tableAt(patch, source, inPatch) ?? {}))
      checkUnusedDependency(value, placeOf(inPatch, source), name)
  }
  const badges = tableAt(document, 'badges', place) ?? {}
  for (const name of Object.keys(badges)) {
    const inBadges = placeOf(place, 'badges')
    const badge = tableAt(badges, name, inBadges) ?? {}
    for (const key of Object.keys(badge)) stringAt(badge, key, placeOf(inBadges, name))
  }
}

interface FieldReader {
  readonly string: (key: string) => string | undefined
  readonly strings: (key: string) => readonly string[] | undefined
}

/** Reads keys of `[package]`, inherited if they say so. */
function fieldReader(table: TomlTable, place: TomlPlace, inherit: FindInheritable): FieldReader {
  const valueOf = (key: string) => inheritedValue(table, key, place, inherit)
  return {
    string: (key) => {
      const value = valueOf(key)
      return value === undefined || typeof value === 'string'
        ? value
        : mismatch(value, 'a string', place, key)
    },
    strings: (key) => {
      const value = valueOf(key)
      return value === undefined ? undefined : stringsAt({ [key]: value }, key, place)
    },
  }
}

function editionOf(read: FieldReader, place: TomlPlace): Edition {
  const text = read.string('edition')
  return text === undefined ? '2015' : parseEdition(text, place, 'edition')
}

function versionOf(read: FieldReader, place: TomlPlace): string {
  return checkedVersion(read.string('version')?.trim() ?? '0.0.0', place)
}

/** @throws Cargo2NixError `bad-manifest` */
export function checkedVersion(version: string, place: TomlPlace): string {
  return isVersion(version)
    ? version
    : failAt(place, 'version', `${JSON.stringify(version)} is not a version`, 'write it as `1.2.3`')
}

/** Only the root's counts, but cargo reads each. */
function resolverOf(table: TomlTable, place: TomlPlace): string | undefined {
  const resolver = stringAt(table, 'resolver', place)
  return resolver === undefined ? undefined : parseResolver(resolver, place)
}

function linksOf(table: TomlTable, targets: readonly Target[], place: TomlPlace): string | undefined {
  const links = stringAt(table, 'links', place)
  if (links !== undefined && !targets.some(({ kind }) => kind === 'custom-build')) {
    failAt(
      place,
      'links',
      'needs a build script, and the package has none',
      'add `build.rs`, or remove the key',
    )
  }
  return links
}

function defaultRunOf(table: TomlTable, targets: readonly Target[], place: TomlPlace): string | undefined {
  const name = stringAt(table, 'default-run', place)
  if (name !== undefined && !targets.some((target) => target.kind === 'bin' && target.name === name)) {
    failAt(place, 'default-run', `the package has no program \`${name}\``, 'name one of its programs')
  }
  return name
}

function parseFeatures(document: TomlTable, place: TomlPlace): ReadonlyMap<string, readonly string[]> {
  const table = tableAt(document, 'features', place) ?? {}
  const here = placeOf(place, 'features')
  const names = Object.keys(table).sort()
  return new Map(
    names.map((name) => {
      checkFeatureName(name, here, name)
      return [name, stringsAt(table, name, here) ?? []]
    }),
  )
}

function parseMetadata(
  table: TomlTable,
  read: FieldReader,
  place: TomlPlace,
  edition: Edition,
  context: ManifestContext,
): PackageMetadata {
  const { folder, files, inherit } = context
  const rustVersion = read.string('rust-version')
  const ownEdition = table['edition'] === undefined ? undefined : edition
  const metadata = {
    authors: read.strings('authors') ?? [],
    description: read.string('description'),
    homepage: read.string('homepage'),
    documentation: read.string('documentation'),
    repository: read.string('repository'),
    license: read.string('license'),
    licenseFile: licenseFileOf(table, place, folder, inherit),
    readme: readmeOf(table, place, folder, files, inherit),
    rustVersion:
      rustVersion === undefined
        ? undefined
        : parseRustVersion(rustVersion, ownEdition, place, 'rust-version'),
  }
  for (const [name, value] of Object.entries(metadata)) {
    // Rustc gets all but this one in variables, which cannot hold a NUL.
    if (name === 'documentation' || !String(value).includes('\0')) continue
    const key = name === 'licenseFile' ? 'license-file' : name
    failAt(isTable(table[key]) ? placeOf(inherit().place, 'package') : place, key, 'has a NUL character')
  }
  return metadata
}
