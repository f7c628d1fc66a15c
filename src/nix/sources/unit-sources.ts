/**
 * What of its package's files each unit reads, as digests: the field `source` of fingerprints.
 *
 * In: the plan, and the files of path packages. Out: for a unit its files by path (those outside of the package by the
 * way from the workspace's folder), or what the lockfile says of the package.
 */
import { posix } from 'node:path'
import type { FieldValue } from '../../cargo/rebuilds/fingerprint.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import type { Unit } from '../../cargo/units/unit.ts'
import { manifestReaders } from './manifest-readers.ts'
import { memberSources, type MemberSources, type Source, type SourceUser } from './member-sources.ts'
import { outsideFiles } from './outside-files.ts'
import { includeOf } from '../settings/package-settings.ts'
import type { NixPlan } from '../plan/plan.ts'
import { sharedReplacement } from '../render/source-facts.ts'
import type { SourceFile, Surroundings } from './source-file.ts'
import { recordOf } from '../../record.ts'

export interface WorkspaceFiles {
  /** The files of a path package's folder that git does not ignore. */
  readonly of: (folder: string) => readonly SourceFile[]
  readonly around: Surroundings
  /** Absolute folder of the generated files, which no unit reads. */
  readonly generated: string
}

/** A function that gives the sources of units. */
export function unitSources(plan: NixPlan, files: WorkspaceFiles): (unit: Unit) => FieldValue {
  const { graph } = plan
  const packages = new Map(plan.crates.map(({ key, package: item }) => [key, item]))
  const readers = manifestReaders(plan, (key) => ofPackage(packages.get(key)!).libraryCode)
  const keys = new Map(plan.crates.map(({ key, package: item }) => [item, key]))
  const folders = graph.packages.filter(({ isLocal }) => isLocal).map(folderOf)
  const ofPackage: (item: Package) => MemberSources = remember((item: Package) =>
    memberSources(packageFiles(item, folders, files), {
      library: item.library && rootOf(item, item.library.srcPath),
      script: item.buildScript && rootOf(item, item.buildScript.srcPath),
      targets: new Map(
        item.manifest.targets
          .filter(({ kind }) => kind !== 'lib' && kind !== 'custom-build')
          .map((target) => [`${target.kind}:${target.name}`, rootOf(item, target.srcPath)]),
      ),
      reading: () => readers(keys.get(item)!),
    }),
  )
  const digests = remember((item: Package) =>
    remember((user: string) =>
      digestsOf(item, ofPackage(item).of(userNamed(user)), graph.workspace.root, files),
    ),
  )
  const vendored = remember((item: Package) => vendoredDigests(graph, item, files.around))
  return (unit) => {
    const { source, checksum } = unit.package
    if (source.kind === 'path') return digests(unit.package)(userOf(unit))
    const asVendored = vendored(unit.package)
    if (asVendored !== undefined) return asVendored
    return source.kind === 'git'
      ? { commit: source.commit ?? '', repository: source.url }
      : { checksum: checksum ?? '' }
  }
}

function remember<K, V>(of: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>()
  return (key) => {
    if (!known.has(key)) known.set(key, of(key))
    return known.get(key)!
  }
}

function folderOf({ manifest }: Package): string {
  return posix.dirname(manifest.manifestPath)
}

function rootOf(item: Package, path: string): string {
  return posix.relative(folderOf(item), path)
}

/** The name of who reads, as one text. */
function userOf({ mode, target }: Unit): string {
  if (mode === 'run-custom-build') return 'script-run'
  if (target.kind === 'custom-build') return 'script'
  if (target.kind === 'lib') return mode === 'test' ? 'library-test' : 'library'
  return `${target.kind}:${target.name}`
}

function userNamed(name: string): SourceUser {
  if (name.includes(':')) return { target: name }
  return name as Exclude<SourceUser, object>
}

/** Without those of other packages, and without what is no source: see `templates/sources/package-files.nix`. */
function packageFiles(
  item: Package,
  folders: readonly string[],
  { of, generated }: WorkspaceFiles,
): readonly SourceFile[] {
  const folder = folderOf(item)
  const others = [generated, `${folder}/target`, ...folders.filter((other) => other !== folder)]
  const apart = others
    .filter((other) => other.startsWith(`${folder}/`))
    .map((other) => posix.relative(folder, other))
  return of(folder).filter(
    ({ relative, isLink }) =>
      !apart.some((other) => relative === other || relative.startsWith(`${other}/`)) &&
      posix.basename(relative) !== '.gitignore' &&
      !(isLink && /^result(?:-.*)?$/.test(relative)),
  )
}

/** A vendored package is taken as it lies there, and may have been changed; undefined for any other. */
function vendoredDigests(
  graph: PackageGraph,
  item: Package,
  around: Surroundings,
): Readonly<Record<string, string>> | undefined {
  const { root } = graph.workspace
  const path = item.replacement?.kind === 'folder' ? sharedReplacement(graph, item) : undefined
  if (path === undefined) return undefined
  const entries = around
    .included(posix.join(root, path), '*')
    .filter((entry) => posix.basename(entry) !== '.cargo-checksum.json')
  return recordOf(entries.map((entry) => [posix.relative(root, entry), around.digest(entry)]))
}

function digestsOf(
  item: Package,
  { files, readers }: Source,
  root: string,
  { around, generated }: WorkspaceFiles,
): FieldValue {
  const folder = folderOf(item)
  const included = includeOf(item.manifest, true).flatMap((pattern) => around.included(folder, pattern))
  const place = { root, folder, generated, readme: item.manifest.metadata.readme ?? '' }
  const outside = [...outsideFiles(place, readers, around), ...included]
  const isJoined = outside.length > 0 || files.some(({ isLink }) => isLink)
  return {
    ...(isJoined ? { 'place of the package': posix.relative(root, folder) } : {}),
    ...recordOf(
      files.map(({ relative, digest }) => [posix.join(posix.relative(root, folder), relative), digest()]),
    ),
    ...recordOf(outside.map((path) => [posix.relative(root, path), around.digest(path)])),
  }
}
