/**
 * What a registry's index says about one version of a package. Cargo resolves by it, and not by the manifest
 * in the archive: dependencies and features are the index's, everything else is the manifest's.
 *
 * In: the entry's JSON, and the manifest. Out: the manifest as cargo's resolver sees it.
 * Mirrors `IndexPackage` in `cargo-util-schemas/src/index.rs` and `index_package_to_summary` in
 * `sources/registry/index/mod.rs` of cargo 0.96. Hardly any package was published with another manifest than its
 * entry, so a manifest that says the same is kept as it is, whatever the order and the spelling.
 */
import * as z from 'zod/mini'
import { Cargo2NixError } from '../../errors.ts'
import { parsePlatform } from '../ids/cfg-expr.ts'
import { CRATES_IO, isCratesIo, registrySource, sourceKey, type SourceId } from '../ids/source-id.ts'
import { parseVersionReq } from '../ids/version-req.ts'
import { buildFeatureMap } from './feature-value.ts'
import type { Dependency, DependencyKind, Manifest } from './manifest.ts'

type Features = Readonly<Record<string, readonly string[]>>

interface EntryDependency {
  readonly name: string
  readonly req: string
  readonly features?: readonly string[] | undefined
  readonly optional?: boolean | undefined
  readonly default_features?: boolean | undefined
  readonly target?: string | null | undefined
  readonly kind?: string | null | undefined
  readonly registry?: string | null | undefined
  readonly package?: string | null | undefined
}

/** The fields of cargo's `IndexPackage` that decide something once a version is locked. */
export interface IndexEntry {
  readonly name: string
  readonly vers: string
  readonly deps: readonly EntryDependency[]
  readonly features?: Features | undefined
  readonly features2?: Features | null | undefined
  readonly cksum: string
  readonly links?: string | null | undefined
  readonly v?: number | null | undefined
}

const IDENTITY = z.object({ name: z.string(), vers: z.string() })

const STRINGS = z.array(z.string())

/** Not one of zod's records, which omit `__proto__`. */
const FEATURES = z.custom<Features>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((list) => STRINGS.safeParse(list).success),
)

const ENTRY: z.ZodMiniType<IndexEntry> = z.object({
  name: z.string(),
  vers: z.string(),
  deps: z.array(
    z.object({
      name: z.string(),
      req: z.string(),
      features: z.optional(STRINGS),
      optional: z.optional(z.boolean()),
      default_features: z.optional(z.boolean()),
      target: z.nullish(z.string()),
      kind: z.nullish(z.string()),
      registry: z.nullish(z.string()),
      package: z.nullish(z.string()),
    }),
  ),
  features: z.optional(FEATURES),
  features2: z.nullish(FEATURES),
  cksum: z.string(),
  links: z.nullish(z.string()),
  v: z.nullish(z.number()),
})

/** The newest form of entries that stable cargo reads. */
const NEWEST_FORM = 2

/** Where an entry was found, and the registry it belongs to. */
export interface IndexPlace {
  readonly path: string
  readonly source: SourceId
}

/**
 * Parses an entry; undefined if the text does not even say of what it is, which cargo skips.
 *
 * @throws Cargo2NixError `bad-manifest` for one that cargo never selects.
 */
export function parseIndexEntry(text: string, id: string, path: string): IndexEntry | undefined {
  const json = jsonOf(text)
  if (!IDENTITY.safeParse(json).success) return undefined
  const entry = ENTRY.safeParse(json)
  if (!entry.success) {
    const [issue] = entry.error.issues
    throw unusable(id, path, `\`${issue?.path.join('.')}\`: ${issue?.message}`)
  }
  const form = entry.data.v ?? 1
  if (form > NEWEST_FORM)
    throw unusable(id, path, `it has the form ${form}, which stable cargo does not know`)
  return entry.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The manifest as cargo resolves it.
 *
 * @throws Cargo2NixError `bad-manifest` naming the index if cargo would not select the package
 */
export function withIndexEntry(manifest: Manifest, entry: IndexEntry, place: IndexPlace): Manifest {
  const id = `${manifest.name} ${manifest.version}`
  const resolverLinks = entry.links ?? undefined
  const features = featuresOf(entry)
  try {
    const dependencies = entry.deps.map((each) => toDependency(each, place.source))
    const indexed = { ...manifest, resolverLinks, features, dependencies }
    if (isSame(indexed, manifest)) return { ...manifest, resolverLinks }
    buildFeatureMap(indexed)
    return indexed
  } catch (error) {
    if (error instanceof Cargo2NixError) throw unusable(id, place.path, error.message)
    throw error
  }
}

function unusable(id: string, path: string, why: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-manifest',
    path,
    message: `cargo cannot use the index's entry of \`${id}\`: ${why}`,
    hint: 'choose another version with `cargo update`, or ask who runs the registry to correct the entry',
  })
}

/** In the order of names, as those of a manifest. */
function featuresOf({ features = {}, features2 }: IndexEntry): Manifest['features'] {
  const all = new Map(Object.entries(features))
  for (const [name, values] of Object.entries(features2 ?? {}))
    all.set(name, [...(all.get(name) ?? []), ...values])
  return new Map([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function toDependency(entry: EntryDependency, own: SourceId): Dependency {
  const { name, req, package: packageName, registry, target } = entry
  parseVersionReq(req)
  if (typeof target === 'string') parsePlatform(target)
  return {
    nameInToml: name,
    packageName: packageName ?? name,
    versionReq: req,
    hasVersionReq: true,
    source: typeof registry === 'string' ? sourceOf(registry) : own,
    registry: registry ?? undefined,
    kind: kindOf(entry.kind),
    optional: entry.optional ?? false,
    usesDefaultFeatures: entry.default_features ?? true,
    // Old entries have an empty one.
    features: (entry.features ?? []).filter((feature) => feature !== ''),
    platform: target ?? undefined,
    renamed: typeof packageName === 'string',
    // Only entries of a newer form have artifact dependencies.
    artifact: undefined,
  }
}

function kindOf(kind: string | null | undefined): DependencyKind {
  if (kind === 'dev') return 'development'
  return kind === 'build' ? 'build' : 'normal'
}

function sourceOf(index: string): SourceId {
  const source = registrySource(index)
  if (source !== undefined) return isCratesIo(source) ? CRATES_IO : source
  throw new Cargo2NixError({ code: 'bad-manifest', message: `${JSON.stringify(index)} is not a URL` })
}

type Resolved = Pick<Manifest, 'features' | 'dependencies'>

/** Whether both resolve to the same; nobody asks for the development dependencies of a published package. */
function isSame(a: Resolved, b: Resolved): boolean {
  return meaningOf(a) === meaningOf(b)
}

function meaningOf({ features, dependencies }: Resolved): string {
  const kept = dependencies.filter(({ kind }) => kind !== 'development')
  return JSON.stringify([
    [...features].map(([name, values]) => [name, [...new Set(values)].toSorted()]),
    kept.map(dependencyMeaning).toSorted(),
  ])
}

function dependencyMeaning(dependency: Dependency): string {
  const { versionReq, hasVersionReq, registry: _, source, features, platform, ...others } = dependency
  const { nameInToml, packageName, kind, optional, usesDefaultFeatures, renamed, artifact } = others
  return JSON.stringify(
    [
      [nameInToml, packageName, kind, optional, usesDefaultFeatures, renamed, artifact],
      hasVersionReq && parseVersionReq(versionReq),
      sourceKey(source),
      [...new Set(features)].toSorted(),
      platform === undefined ? undefined : parsePlatform(platform),
    ],
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  )
}
