/**
 * Which of its package's files each unit reads, as digests: the field `source` of fingerprints.
 *
 * In: the plan, and what the runtime's own rules (`templates/sources/files-read.nix`) report about path
 * packages when Nix evaluates `filesReadQuery`. Out: for each unit, its files by path relative to the
 * workspace, or what the lockfile says about the package.
 */
import { posix } from 'node:path'
import type { FieldValue } from '../../cargo/rebuilds/fingerprint.ts'
import type { Package, PackageGraph } from '../../cargo/resolve/package-graph.ts'
import type { Unit } from '../../cargo/units/unit.ts'
import { InternalError } from '../../errors.ts'
import { onceEach } from '../../once.ts'
import type { NixPlan } from '../plan/plan.ts'
import { attributes, binding, raw } from '../render/expr.ts'
import { printNix } from '../render/print.ts'
import { conditionsBinding, cratesBinding } from '../render/render-crates.ts'
import { sharedReplacement } from '../render/source-facts.ts'

/** The disk, by absolute paths. */
export interface Disk {
  readonly isLink: (path: string) => boolean
  /** Names in a directory, without those that builds and git leave there. */
  readonly entries: (directory: string) => readonly string[]
  /** For a file, or for all files in a directory; empty if it does not exist. */
  readonly digest: (path: string) => string
}

interface Read {
  /** Relative to the package's directory. */
  readonly files: readonly string[]
  /** Absolute. */
  readonly outside: readonly string[]
  /** Relative to the workspace; only their paths matter. */
  readonly targetFiles?: readonly string[]
}

type User = 'library' | 'libraryTest' | 'script' | 'run'

/** Keyed by crate key. */
export type FilesRead = Readonly<
  Record<string, Partial<Record<User, Read>> & { readonly targets: Readonly<Record<string, Read>> }>
>

/**
 * The expression whose value, as JSON, is FilesRead.
 *
 * @param runtime - path of the runtime, one file
 * @param generated - absolute path of the directory that holds Cargo.nix, which no unit reads
 */
export function filesReadQuery(plan: NixPlan, runtime: string, generated: string): string {
  const pathOf = (path: string): string => `(/. + ${printNix(path)})`
  const { root, config } = plan.graph.workspace
  const lockfile = config.lockfilePath
  const facts = attributes([
    binding('root', raw(pathOf(root))),
    ...(lockfile === undefined ? [] : [binding('lockfile', posix.relative(root, lockfile))]),
    binding('generated', generated),
    conditionsBinding(plan),
    cratesBinding(plan),
  ])
  return `(import ${pathOf(runtime)}).filesRead ${printNix(facts)}\n`
}

/** Returns a function that gives the sources of units. */
export function unitSources(plan: NixPlan, filesRead: FilesRead, disk: Disk): (unit: Unit) => FieldValue {
  const { graph } = plan
  const keys = new Map(plan.crates.map(({ key, package: item }) => [item, key]))
  const digests = onceEach((item: Package) =>
    onceEach((user: string) =>
      digestsOf(item, readBy(filesRead, keys.get(item)!, user), graph.workspace.root, disk),
    ),
  )
  const vendored = onceEach((item: Package) => vendoredDigests(graph, item, disk))
  return (unit) => {
    const { source, checksum, isStd } = unit.package
    if (isStd) return { 'lockfile of the standard library': graph.std!.workspace.lockHash }
    if (source.kind === 'path') return digests(unit.package)(userOf(unit))
    const asVendored = vendored(unit.package)
    if (asVendored !== undefined) return asVendored
    return source.kind === 'git'
      ? { commit: source.commit ?? '', repository: source.url }
      : { checksum: checksum ?? '' }
  }
}

/** The reader's name in FilesRead; `kind:name` for a target. */
function userOf({ mode, target }: Unit): string {
  if (mode === 'run-custom-build') return 'run'
  if (target.kind === 'custom-build') return 'script'
  if (target.kind === 'lib') return mode === 'test' ? 'libraryTest' : 'library'
  return `${target.kind}:${target.name}`
}

function readBy(filesRead: FilesRead, key: string, user: string): Read {
  const { targets, ...own } = filesRead[key] ?? { targets: {} }
  const found = user.includes(':') ? targets[user] : own[user as User]
  if (found === undefined) throw new InternalError(`Nix does not say what ${user} of ${key} reads`)
  return found
}

/** A vendored package is used as it is, and may have been changed; undefined for any other. */
function vendoredDigests(
  graph: PackageGraph,
  item: Package,
  disk: Disk,
): Readonly<Record<string, string>> | undefined {
  const { root } = graph.workspace
  const path = item.replacement?.kind === 'folder' ? sharedReplacement(graph, item) : undefined
  if (path === undefined) return undefined
  return Object.fromEntries(
    disk
      .entries(posix.join(root, path))
      .filter((name) => name !== '.cargo-checksum.json')
      .map((name) => [posix.join(path, name), disk.digest(posix.join(root, path, name))]),
  )
}

function digestsOf(
  item: Package,
  { files, outside, targetFiles = [] }: Read,
  root: string,
  disk: Disk,
): FieldValue {
  const directory = posix.dirname(item.manifest.manifestPath)
  const inside = files.map((path) => posix.join(directory, path))
  const isJoined = outside.length > 0 || inside.some(disk.isLink)
  return {
    ...Object.fromEntries(targetFiles.map((path) => [path, 'a target'])),
    ...(isJoined ? { 'place of the package': posix.relative(root, directory) } : {}),
    ...Object.fromEntries(
      [...inside, ...outside].map((path) => [posix.relative(root, path), disk.digest(path)]),
    ),
  }
}
