/**
 * The packages of a workspace and their dependencies: manifests and lockfile joined
 * (`build-package-graph.ts`). Comparable with `cargo metadata`.
 */
import type { FeatureMap } from '../manifest/feature-value.ts'
import type { Dependency, Manifest, Target } from '../manifest/manifest.ts'
import type { SourceId } from '../ids/source-id.ts'
import { compareVersions } from '../ids/version-req.ts'
import type { CargoWorkspace, PackageReplacement } from '../workspace/workspace.ts'

/** A locked package with its manifest. `index` is its position in `PackageGraph.packages`. */
export interface Package {
  readonly index: number
  readonly name: string
  readonly version: string
  readonly source: SourceId
  /** Cargo's package ID specification, as `--unit-graph` prints it. */
  readonly spec: string
  readonly checksum: string | undefined
  /** For a git dependency that is not vendored: the directory of the repository's checkout. */
  readonly checkout: string | undefined
  /** For a source replaced by a directory: what the package is there. */
  readonly replacement: PackageReplacement | undefined
  readonly manifest: Manifest
  readonly isMember: boolean
  /** A path package: cargo compiles it incrementally and does not cap its lints. */
  readonly isLocal: boolean
  /** Of the standard library, compiled along: neither a member nor local. */
  readonly isStd: boolean
  readonly features: FeatureMap
  readonly library: Target | undefined
  readonly buildScript: Target | undefined
  /** Whether any target, examples included, is a proc macro. */
  readonly hasAnyProcMacro: boolean
}

/** All dependencies of one package on another. */
export interface PackageEdge {
  readonly to: Package
  readonly dependencies: readonly Dependency[]
}

export interface PackageGraph {
  /** In cargo's order of package IDs: name, version, source. */
  readonly packages: readonly Package[]
  /** By `Package.index`: edges sorted by the package that they lead to. */
  readonly edges: readonly (readonly PackageEdge[])[]
  /** By `Package.index`: dependencies without a package in the lockfile (inactive ones, if it is current). */
  readonly unlocked: readonly (readonly Dependency[])[]
  /** By `Package.index`: the dependencies that the lockfile lists, with `[replace]` applied. */
  readonly lockedEdges: readonly (readonly Package[])[]
  readonly members: readonly Package[]
  readonly defaultMembers: readonly Package[]
  readonly rootPackage: Package | undefined
  readonly currentPackage: Package | undefined
  readonly workspace: CargoWorkspace
  /** The standard library's own graph, if it is compiled along. */
  readonly std: PackageGraph | undefined
}

type PackageId = Pick<Package, 'name' | 'version' | 'source'>

/** Cargo's order of package IDs. */
export function comparePackageIds(a: PackageId, b: PackageId): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  const byVersion = compareVersions(a.version, b.version)
  if (byVersion !== 0) return byVersion
  const [left, right] = [sourceKey(a.source), sourceKey(b.source)]
  return left < right ? -1 : left > right ? 1 : 0
}

function sourceKey(source: SourceId): string {
  return source.kind === 'path' ? `path ${source.path}` : `${source.kind} ${source.url}`
}
