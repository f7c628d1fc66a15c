/**
 * Where the generated Nix gets a crate's source.
 *
 * In: a package. Out: bindings of its entry. The runtime composes registry URLs, so an entry from a registry
 * holds only its checksum.
 */
import { dirname, join, relative } from 'node:path'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import type { CargoWorkspace } from '../../cargo/workspace/workspace.ts'
import {
  canonicalUrl,
  gitReferenceQuery,
  isCratesIo,
  sourceUrl,
  type SourceId,
} from '../../cargo/ids/source-id.ts'
import { lockfilePathOf } from '../../cargo/workspace/lockfile-path.ts'
import { Cargo2NixError } from '../../errors.ts'
import { withoutCredentials } from '../../without-credentials.ts'
import type { NixPlan, RepositoryHash } from '../plan/plan.ts'
import { attributes, binding, list, type NixBinding } from './expr.ts'
import { includeOf } from '../settings/package-settings.ts'

/**
 * The facts `locked`, `registry`, `git`, `vendored`, `archive`, or `path`, `exclude` and `include`, by
 * package.
 *
 * @throws Cargo2NixError `bad-lockfile` for a registry package without checksum, `unsafe-name` for a URL with
 *   a password, `not-supported` for a registry whose download URL is unknown.
 */
export function sourceFacts(plan: NixPlan): (item: Package) => readonly NixBinding[] {
  const nested = nestedDirectories(plan.graph)
  return (item) =>
    item.isStd
      ? [binding('library', relative(plan.graph.workspace.root, dirname(item.manifest.manifestPath)))]
      : item.source.kind === 'path'
        ? pathFacts(plan.graph.workspace, item, nested)
        : fetchedFacts(plan, item, item.source)
}

function fetchedFacts(
  { graph, repositories, registries }: NixPlan,
  item: Package,
  source: Exclude<SourceId, { kind: 'path' }>,
): readonly NixBinding[] {
  const shared = sharedReplacement(graph, item)
  if (item.replacement?.kind === 'folder' && shared !== undefined) {
    return [binding('vendored', shared)]
  }
  if (source.kind === 'git') {
    refuseCredentials(lockfileOf(graph), item, source.url, IN_MANIFEST)
    return [binding('git', attributes(gitFacts(graph, item, source, repositories.get(source.commit ?? ''))))]
  }
  if (item.checksum === undefined) {
    throw new Cargo2NixError({
      code: 'bad-lockfile',
      path: lockfileOf(graph),
      message: `package \`${item.name} ${item.version}\` has no checksum`,
      hint: 'run `cargo update --workspace`, which writes it',
    })
  }
  // As in cargo's configuration, the URL may name an account, which is not written anywhere.
  if (new URL(sourceUrl(source)).password !== '') {
    refuseCredentials(lockfileOf(graph), item, source.url, IN_INDEX)
  }
  const checksum = binding('locked', `${item.version} ${item.checksum}`)
  if (shared !== undefined) return [checksum, binding('archive', shared)]
  if (isCratesIo(source)) return [checksum]
  const template = downloadsOf(graph, item, registries)
  refuseCredentials(graph.workspace.rootManifestPath, item, template, inDownloads(sourceUrl(source)))
  return [checksum, binding('registry', template)]
}

/**
 * Its path relative to the root. A directory that only this machine has is ignored: the source that it
 * replaces is used.
 */
export function sharedReplacement({ workspace }: PackageGraph, { replacement }: Package): string | undefined {
  return replacement?.isShared === true ? relative(workspace.root, replacement.path) : undefined
}

/** The setting for a registry's downloads; undefined if there is none. */
export function downloadsSetting(
  index: string,
  registries: Readonly<Record<string, string>>,
): string | undefined {
  const shown = canonicalUrl(withoutCredentials(index))
  const key = Object.keys(registries).find((each) => canonicalUrl(withoutCredentials(each)) === shown)
  return key === undefined ? undefined : registries[key]
}

/** The setting wins, for the case that cargo only knows a mirror. */
function downloadsOf(
  { workspace }: PackageGraph,
  { name, version, source }: Package,
  registries: Readonly<Record<string, string>>,
): string {
  const index = sourceUrl(source)
  const shown = withoutCredentials(index)
  const template = downloadsSetting(index, registries) ?? workspace.downloads.get(index)
  if (template !== undefined) return template
  throw new Cargo2NixError({
    code: 'not-supported',
    path: workspace.rootManifestPath,
    message: `\`${name} ${version}\`: from where the registry ${shown} has its packages downloaded is not known on this machine`,
    hint: `run \`cargo fetch --locked\` without a replacement of it, or say it: [workspace.metadata.cargo2nix.registries] "${shown}" = "<\`dl\` of its config.json>"`,
  })
}

function lockfileOf({ workspace }: PackageGraph): string {
  return lockfilePathOf(workspace.root, workspace.config)
}

const IN_MANIFEST =
  "take it out of the manifest's address, and give it to git (credential helper) or to Nix (netrc-file)"
const IN_INDEX =
  'name the registry in .cargo/config.toml without it, and log in (`cargo login`, a credential provider); Nix gets it by `fetchCrateArgs`'
const inDownloads = (index: string): string =>
  `the registry itself says it, as \`dl\` of its config.json; say it without: [workspace.metadata.cargo2nix.registries] "${withoutCredentials(index)}" = "<\`dl\`>", and give it to Nix by \`fetchCrateArgs\` (netrc)`

/**
 * Generated Nix is committed and anyone can read its derivations. `ssh://git@host` names an account, not a
 * secret.
 */
function refuseCredentials(path: string, item: Package, address: string, hint: string): void {
  const url = new URL(address.replace(/^sparse\+/, ''))
  const isSecret = url.password !== '' || (url.username !== '' && !/^(git\+)?ssh:$/.test(url.protocol))
  if (!isSecret) return
  throw new Cargo2NixError({
    code: 'unsafe-name',
    path,
    message: `the address of \`${item.name} ${item.version}\` at ${url.host} holds a user name or password, which generated Nix would show to all`,
    hint,
  })
}

type GitSourceId = SourceId & { readonly kind: 'git' }

function gitFacts(
  graph: PackageGraph,
  item: Package,
  source: GitSourceId,
  found: RepositoryHash | undefined,
): readonly NixBinding[] {
  const folder = dirname(item.manifest.manifestPath)
  const path = item.checkout === undefined ? '' : relative(item.checkout, folder)
  const reference = hasTwin(graph, item, source) ? gitReferenceQuery(source.reference) : undefined
  return [
    binding('url', source.url),
    binding('rev', source.commit ?? ''),
    ...(found === undefined ? [] : [binding('hash', found.hash)]),
    ...(found?.hasSubmodules === true ? [binding('submodules', true)] : []),
    ...(path === '' ? [] : [binding('path', path)]),
    ...(reference === undefined ? [] : [binding('reference', reference)]),
  ]
}

/** Cargo distinguishes a commit by its branch and by its tag: two crates with different types. */
function hasTwin({ packages }: PackageGraph, item: Package, source: GitSourceId): boolean {
  return packages.some(
    (other) =>
      other !== item &&
      other.name === item.name &&
      other.version === item.version &&
      other.source.kind === 'git' &&
      other.source.commit === source.commit &&
      canonicalUrl(other.source.url) === canonicalUrl(source.url),
  )
}

/** A directory inside a package's directory that belongs to another package. */
interface Nested {
  readonly owner: Package
  /** Absolute. */
  readonly directory: string
}

/** Keyed by the absolute directory of a path package. */
type NestedDirectories = ReadonlyMap<string, readonly Nested[]>

function nestedDirectories({ workspace, packages }: PackageGraph): NestedDirectories {
  const nested = new Map<string, Nested[]>()
  for (const item of packages) {
    if (item.source.kind === 'path') nested.set(directoryOf(workspace, item), [])
  }
  for (const owner of packages) {
    for (const path of foldersApart(workspace, owner)) {
      const directory = join(workspace.root, path)
      for (let above = dirname(directory), below = directory; above !== below; above = dirname(above)) {
        nested.get(above)?.push({ owner, directory })
        below = above
      }
    }
  }
  return nested
}

function directoryOf(workspace: CargoWorkspace, item: Package): string {
  return join(workspace.root, pathsOf(workspace, item).at(-1)!)
}

function pathFacts(
  workspace: CargoWorkspace,
  item: Package,
  nested: NestedDirectories,
): readonly NixBinding[] {
  const directory = directoryOf(workspace, item)
  const excluded = nested
    .get(directory)!
    .filter(({ owner }) => owner !== item)
    .map((other) => relative(directory, other.directory))
  const include = includeOf(item.manifest, item.manifest.manifestPath === workspace.rootManifestPath)
  return [
    binding('path', relative(workspace.root, directory) || '.'),
    ...(excluded.length === 0 ? [] : [binding('exclude', list([...new Set(excluded)].toSorted()))]),
    ...(include.length === 0 ? [] : [binding('include', list(include))]),
  ]
}

/**
 * Directories inside a package that are not part of it: those of other path packages, and a replaced source
 * as a whole.
 */
function foldersApart(workspace: CargoWorkspace, item: Package): readonly string[] {
  const { source, replacement } = item
  if (source.kind === 'path') return pathsOf(workspace, item)
  return replacement === undefined ? [] : [relative(workspace.root, dirname(replacement.path))]
}

/** The directory of a path package relative to the workspace's; for a link, also where it leads. */
function pathsOf({ root, linkedFolders }: CargoWorkspace, { manifest }: Package): readonly string[] {
  const path = relative(root, dirname(manifest.manifestPath))
  const real = linkedFolders[path]
  return real === undefined ? [path] : [path, real]
}
