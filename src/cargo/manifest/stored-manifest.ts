/**
 * A manifest in a form that JSON can hold, independent of where its package is.
 *
 * In: the manifest of a registry package. Out: plain data, and from that and a place the same manifest again.
 * Assumes that neither a workspace nor the configuration influenced the manifest.
 */
import type { Dependency, Manifest, PackageMetadata, Target } from './manifest.ts'
import { CRATES_IO, type SourceId } from '../ids/source-id.ts'

/** Hardly any dependency comes from anywhere but crates.io or the package's own registry. */
type StoredSource = SourceId | 'crates-io' | 'own'

export interface StoredManifest {
  readonly fields: Omit<Manifest, 'manifestPath' | 'features' | 'dependencies' | 'targets' | 'metadata'>
  readonly features: readonly (readonly [name: string, values: readonly string[]])[]
  readonly dependencies: readonly (Omit<Dependency, 'source'> & { readonly source: StoredSource })[]
  /** With `srcPath` relative to the package's directory. */
  readonly targets: readonly Target[]
  readonly metadata: PackageMetadata
}

export interface PackagePlace {
  /** Absolute path of `Cargo.toml`, and its directory. */
  readonly manifestPath: string
  readonly folder: string
  readonly source: SourceId
}

/** Undefined for a manifest that depends on its place, or that holds values JSON cannot. */
export function storeManifest(manifest: Manifest, place: PackagePlace): StoredManifest | undefined {
  const { manifestPath: _, features, dependencies, targets, metadata, ...fields } = manifest
  const prefix = `${place.folder}/`
  const isRelative = targets.every(({ srcPath }) => srcPath.startsWith(prefix))
  if (manifest.settings !== undefined || !isRelative) return undefined
  return {
    fields,
    features: [...features],
    dependencies: dependencies.map((dependency) => ({
      ...dependency,
      source: storedSource(dependency.source, place.source),
    })),
    targets: targets.map((target) => ({ ...target, srcPath: target.srcPath.slice(prefix.length) })),
    metadata,
  }
}

function storedSource(source: SourceId, own: SourceId): StoredSource {
  if (source === CRATES_IO) return 'crates-io'
  return source === own ? 'own' : source
}

/** The manifest that `parseManifest` would return for the same package at that place. */
export function restoreManifest(stored: StoredManifest, place: PackagePlace): Manifest {
  const { fields } = stored
  return {
    manifestPath: place.manifestPath,
    name: fields.name,
    version: fields.version,
    edition: fields.edition,
    links: fields.links,
    resolverLinks: fields.resolverLinks,
    features: new Map(stored.features),
    dependencies: stored.dependencies.map((dependency) => restoreDependency(dependency, place)),
    defaultRun: fields.defaultRun,
    targets: stored.targets.map((target) => restoreTarget(target, place)),
    metadata: restoreMetadata(stored.metadata),
    lints: fields.lints,
    resolver: fields.resolver,
    unstableFeatures: fields.unstableFeatures,
    settings: undefined,
  }
}

// Every key is written out, in the order of `parseManifest` and what it calls. JSON omits undefined values,
// and objects of many shapes would make all work with manifests slower than parsing.

function restoreDependency(
  stored: StoredManifest['dependencies'][number],
  { source: own }: PackagePlace,
): Dependency {
  const { source } = stored
  return {
    nameInToml: stored.nameInToml,
    packageName: stored.packageName,
    versionReq: stored.versionReq,
    hasVersionReq: stored.hasVersionReq,
    source: source === 'crates-io' ? CRATES_IO : source === 'own' ? own : source,
    registry: stored.registry,
    kind: stored.kind,
    optional: stored.optional,
    usesDefaultFeatures: stored.usesDefaultFeatures,
    features: stored.features,
    platform: stored.platform,
    renamed: stored.renamed,
    artifact: stored.artifact,
  }
}

function restoreTarget(stored: Target, { folder }: PackagePlace): Target {
  return {
    kind: stored.kind,
    crateTypes: stored.crateTypes,
    name: stored.name,
    srcPath: `${folder}/${stored.srcPath}`,
    edition: stored.edition,
    requiredFeatures: stored.requiredFeatures,
    tested: stored.tested,
    benched: stored.benched,
    doctested: stored.doctested,
    documented: stored.documented,
    harness: stored.harness,
    procMacro: stored.procMacro,
    docScrapeExamples: stored.docScrapeExamples,
  }
}

function restoreMetadata(stored: PackageMetadata): PackageMetadata {
  return {
    authors: stored.authors,
    description: stored.description,
    homepage: stored.homepage,
    documentation: stored.documentation,
    repository: stored.repository,
    license: stored.license,
    licenseFile: stored.licenseFile,
    readme: stored.readme,
    rustVersion: stored.rustVersion,
  }
}
