/**
 * State shared by the steps that expand one request to units.
 *
 * Mirrors the fields of `UnitGenerator` and of `State` in `unit_dependencies.rs` of cargo 0.96.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { CompileKind, CompileRequest } from '../compile-request.ts'
import type { Dependency, Target } from '../manifest/manifest.ts'
import type { Package, PackageGraph } from '../resolve/package-graph.ts'
import type { ProfileMaker } from './profile.ts'
import type { ActiveEdges } from '../resolve/resolve-dependencies.ts'
import {
  activatedFeatures,
  isDependencyActivated,
  tripleOfArtifact,
  type FeaturesFor,
  type ResolvedFeatures,
} from '../resolve/resolve-features.ts'
import type { TargetData } from '../platform/target-data.ts'
import type { CompileMode, Unit, UnitInterner } from './unit.ts'

export interface Expansion {
  readonly graph: PackageGraph
  readonly request: CompileRequest
  readonly edges: ActiveEdges
  /** Whether dev-dependencies take part. */
  readonly withDevDependencies: boolean
  readonly features: ResolvedFeatures
  readonly targets: TargetData
  readonly profiles: ProfileMaker
  readonly interner: UnitInterner
  /** Whether the configuration overrides the build script of a package with these `links`. */
  readonly isScriptOverridden: (kind: CompileKind, links: string) => boolean
}

/** A unit of a package, with the features that the package has in the given role. */
export function makeUnit(
  expansion: Expansion,
  item: Package,
  target: Target,
  settings: Pick<Unit, 'profile' | 'kind' | 'mode'>,
  featuresFor: FeaturesFor,
  isArtifact = false,
): Unit {
  const features = activatedFeatures(expansion.features, item, featuresFor)
  if (features === undefined) throw notInRole(item, featuresFor)
  const artifactTarget = tripleOfArtifact(featuresFor)
  const unit = { package: item, target, ...settings, features, isArtifact, artifactTarget }
  return expansion.interner.intern({ ...unit, dependencyHash: '' })
}

/** Cargo panics if a unit is needed in a role for which no features were resolved. */
function notInRole(item: Package, featuresFor: FeaturesFor): Cargo2NixError {
  const role = featuresFor === 'hostDep' ? 'for build scripts and proc macros' : 'for the target'
  return new Cargo2NixError({
    code: 'not-supported',
    path: item.manifest.manifestPath,
    message: `package \`${item.name} v${item.version}\` would be compiled ${role}, where nothing that is resolved needs it`,
    hint: 'cargo cannot do this either: leave the package out of the request',
  })
}

/**
 * Everything that `required-features` may name: the package's features, and `dependency/feature` of its
 * dependencies.
 *
 * Mirrors `resolve_all_features` in `ops/cargo_compile/mod.rs`.
 */
export function availableFeatures(
  expansion: Expansion,
  item: Package,
  withDevDependencies: boolean,
  kinds: readonly CompileKind[],
): ReadonlySet<string> {
  const { edges, features, targets } = expansion
  const available = new Set(activatedFeatures(features, item, 'normalOrDev'))
  for (const { to, dependencies } of edges[item.index]!) {
    const counts = dependencies.some(
      (dependency) =>
        (withDevDependencies || dependency.kind !== 'development') &&
        [...kinds, null].some((kind) => targets.isActive(dependency.platform, kind)),
    )
    if (!counts) continue
    for (const dependency of dependencies) {
      const forHost = to.hasAnyProcMacro || dependency.kind === 'build'
      for (const name of activatedFeatures(features, to, forHost ? 'hostDep' : 'normalOrDev') ?? []) {
        available.add(`${dependency.nameInToml}/${name}`)
      }
    }
  }
  return available
}

/** The mode in which a unit's dependencies are compiled. */
export function modeOfDependency(mode: CompileMode, target: Target): CompileMode {
  const isChecking = mode === 'check' || mode === 'check-test' || mode === 'doc'
  return isChecking && !target.procMacro && target.kind !== 'custom-build' ? 'check' : 'build'
}

/** Whether a package compiled for `kind` has a dependency: its platform matches and it is enabled. */
export function isUsed(
  expansion: Expansion,
  item: Package,
  kind: CompileKind,
  featuresFor: FeaturesFor,
  dependency: Dependency,
): boolean {
  if (!expansion.targets.isActive(dependency.platform, kind)) return false
  return (
    !dependency.optional ||
    isDependencyActivated(expansion.features, item, featuresFor, dependency.nameInToml)
  )
}
