/**
 * `[source]` and `[registries]`: where cargo takes packages from instead of their own source.
 *
 * In: the configuration. Out: a function from a source to its replacement, and the index of a named registry.
 * Mirrors `sources/config.rs` and `get_registry_index` in `util/context/mod.rs` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { ConfigReader } from './config-reader.ts'
import {
  CRATES_IO,
  CRATES_IO_SPARSE_INDEX,
  gitSource,
  registrySource,
  sourceKey,
  type GitReference,
  type SourceId,
} from '../ids/source-id.ts'

export interface SourceConfig {
  /** The source that cargo really uses for another one; that one itself if nothing replaces it. */
  readonly replacementOf: (source: SourceId) => SourceId
  /**
   * Where this machine may have the packages of a source: in its replacement, or wherever else cargo is
   * configured to look.
   */
  readonly placesOf: (source: SourceId) => readonly SourceId[]
  /** The index of `[registries.<name>]`; undefined if the configuration has none. */
  readonly registryIndex: (name: string) => string | undefined
}

interface NamedSource {
  readonly source: SourceId
  readonly replaceWith: string | undefined
  /** The file or variable that sets it. */
  readonly origin: string | undefined
}

const SPARSE_CRATES_IO: SourceId = { kind: 'sparse', url: CRATES_IO_SPARSE_INDEX }

/** @throws Cargo2NixError `bad-config` for a table that cargo refuses */
export function readSourceConfig(reader: ConfigReader): SourceConfig {
  const named = new Map<string, NamedSource>()
  const names = new Map<string, string>([
    [sourceKey(CRATES_IO), 'crates-io'],
    [sourceKey(SPARSE_CRATES_IO), 'crates-io'],
  ])
  for (const name of reader.keys(['source'])) {
    const source = definedSource(reader, name)
    const key = ['source', name, 'replace-with']
    named.set(name, { source, replaceWith: reader.string(key), origin: reader.value(key)?.origin.name })
    names.set(sourceKey(source), name)
  }
  const registryIndex = (name: string): string | undefined => reader.string(['registries', name, 'index'])
  const replacementOf = (source: SourceId): SourceId => {
    const name = named.size === 0 ? undefined : names.get(sourceKey(source))
    return name === undefined ? source : follow(source, name, named, registryIndex)
  }
  return { registryIndex, replacementOf, placesOf: (source) => [replacementOf(source)] }
}

/**
 * The configuration that every checkout has determines what a package is. This machine's configuration only
 * says where its disk has the package, and gives the index of registries that manifests name but no shared
 * configuration defines: the lockfile must then agree.
 */
export function withPlacesOf(shared: SourceConfig, machine: SourceConfig): SourceConfig {
  return {
    replacementOf: shared.replacementOf,
    registryIndex: (name) => shared.registryIndex(name) ?? machine.registryIndex(name),
    placesOf: (source) => {
      const place = shared.replacementOf(source)
      if (isOnDisk(place)) return [place]
      const ofMachine = machine.replacementOf(source)
      // A vendored directory lacks the checkout that the hash of a repository is computed from.
      const usable = source.kind === 'git' && isOnDisk(ofMachine) ? [] : [ofMachine]
      return [...new Map([place, source, ...usable].map((one) => [sourceKey(one), one])).values()]
    },
  }
}

function isOnDisk({ kind }: SourceId): boolean {
  return kind === 'directory' || kind === 'local-registry'
}

function follow(
  source: SourceId,
  start: string,
  named: ReadonlyMap<string, NamedSource>,
  registryIndex: (name: string) => string | undefined,
): SourceId {
  const seen = new Set<string>()
  let from: { readonly name: string; readonly origin: string | undefined } = {
    name: start,
    origin: undefined,
  }
  for (let name = start; ;) {
    const found = named.get(name)
    if (found === undefined) return name === start ? source : namedRegistry(name, registryIndex, from)
    if (found.replaceWith === undefined) return name === start ? source : withCommit(found.source, source)
    if (seen.has(name)) refuse(`\`source.${name}\` is replaced with itself`, found.origin)
    seen.add(name)
    from = { name, origin: found.origin }
    name = found.replaceWith
  }
}

/** A mirror of a repository also has the locked commit. */
function withCommit(source: SourceId, original: SourceId): SourceId {
  return source.kind === 'git' && original.kind === 'git' ? { ...source, commit: original.commit } : source
}

function definedSource(reader: ConfigReader, name: string): SourceId {
  const registry = reader.string(['source', name, 'registry'])
  const localRegistry = reader.path(['source', name, 'local-registry'])
  const directory = reader.path(['source', name, 'directory'])
  const git = reader.string(['source', name, 'git'])
  const given = [
    registry === undefined ? undefined : registrySource(registry),
    localRegistry === undefined ? undefined : ({ kind: 'local-registry', url: localRegistry } as const),
    directory === undefined ? undefined : ({ kind: 'directory', url: directory } as const),
    git === undefined ? undefined : gitSource(git, referenceOf(reader, name)),
  ].filter((source) => source !== undefined)
  if (given.length === 0 && name === 'crates-io') return SPARSE_CRATES_IO
  const [source] = given
  if (source === undefined || given.length > 1) {
    const message = `\`source.${name}\` needs one of \`registry\`, \`local-registry\`, \`directory\` and \`git\``
    refuse(message, reader.value(['source', name])?.origin.name)
  }
  return source
}

function referenceOf(reader: ConfigReader, name: string): GitReference {
  const kind = (['branch', 'tag', 'rev'] as const).find(
    (key) => reader.string(['source', name, key]) !== undefined,
  )
  return kind === undefined ? { kind: 'default' } : { kind, value: reader.string(['source', name, kind])! }
}

/** What `replace-with` may also name: a registry of `[registries]`. */
function namedRegistry(
  name: string,
  registryIndex: (name: string) => string | undefined,
  from: { readonly name: string; readonly origin: string | undefined },
): SourceId {
  const source = registrySource(registryIndex(name) ?? '')
  const message = `\`source.${from.name}.replace-with\`: there is no source and no registry \`${name}\``
  return source ?? refuse(message, from.origin)
}

function refuse(message: string, path: string | undefined): never {
  throw new Cargo2NixError({
    code: 'bad-config',
    message,
    path,
    hint: 'correct `[source]` in .cargo/config.toml',
  })
}
