/**
 * Units: each is one call of rustc (or one run of a build script).
 *
 * Mirrors `core/compiler/unit.rs` and `UnitFor` in `core/profiles.rs` of cargo 0.96.
 */
import type { CompileKind } from '../compile-request.ts'
import type { Target, TargetKind } from '../manifest/manifest.ts'
import { comparePackageIds, type Package } from '../resolve/package-graph.ts'
import { profileKey, type Profile, type ProfileRole } from './profile.ts'
import { artifactFor, type FeaturesFor } from '../resolve/resolve-features.ts'

/** `check-test` checks with `--test`; cargo prints it as `check`. */
export type CompileMode = 'build' | 'test' | 'check' | 'check-test' | 'doc' | 'doctest' | 'run-custom-build'

export interface Unit {
  readonly package: Package
  readonly target: Target
  readonly profile: Profile
  readonly kind: CompileKind
  readonly mode: CompileMode
  /** Sorted. */
  readonly features: readonly string[]
  /** Compiled for its file: cargo's `IsArtifact`. */
  readonly isArtifact: boolean
  /** For which target the features were resolved, if that is an artifact's; undefined in a shared graph. */
  readonly artifactTarget: string | undefined
  /** Equal units are the same object; this tells them apart. Zero until dependencies are known. */
  readonly dependencyHash: string
}

/** Why a unit is compiled: cargo's `UnitFor`. Determines the profile and the features. */
export interface UnitFor {
  readonly host: boolean
  readonly hostFeatures: boolean
  readonly panic: 'unwind' | 'as-profile'
  /** The kind of the root that leads here. */
  readonly rootKind: CompileKind
  /** The target of the artifact above, by which features are chosen. */
  readonly artifactTarget: string | undefined
}

export interface UnitDependency {
  readonly unit: Unit
  readonly unitFor: UnitFor
  readonly externCrateName: string
  /** A crate of the standard library that is compiled along: code sees it only by name (`noprelude`). */
  readonly isStdRoot?: true
  /** `public = true` in a manifest of the standard library. */
  readonly isPublic?: true
}

/** A text that two dependencies on a unit share if and only if cargo considers them the same. */
export function unitForKey({ host, hostFeatures, panic, rootKind, artifactTarget }: UnitFor): string {
  return `${host} ${hostFeatures} ${panic} ${rootKind ?? ''} ${artifactTarget ?? ''}`
}

/** Units with their dependencies; the keys of `dependencies` are all units. */
export interface UnitGraph {
  readonly roots: readonly Unit[]
  readonly dependencies: ReadonlyMap<Unit, readonly UnitDependency[]>
}

export function unitForNormal(rootKind: CompileKind): UnitFor {
  return { host: false, hostFeatures: false, panic: 'as-profile', rootKind, artifactTarget: undefined }
}

/** For tests, which always unwind. */
export function unitForTest(rootKind: CompileKind): UnitFor {
  return { host: false, hostFeatures: false, panic: 'unwind', rootKind, artifactTarget: undefined }
}

/** For build scripts, proc macros and their dependencies. */
export function unitForHost(rootKind: CompileKind): UnitFor {
  return { host: true, hostFeatures: true, panic: 'unwind', rootKind, artifactTarget: undefined }
}

/** For a dependency `target` of a unit of `parent`. */
export function unitForDependency(unitFor: UnitFor, parent: Target, target: Target): UnitFor {
  const forHost = isForHost(target)
  return {
    host: unitFor.host || forHost,
    hostFeatures: unitFor.hostFeatures || parent.kind === 'custom-build' || target.procMacro,
    panic: forHost ? 'unwind' : unitFor.panic,
    rootKind: unitFor.rootKind,
    artifactTarget: target.procMacro || parent.kind === 'custom-build' ? undefined : unitFor.artifactTarget,
  }
}

/** For the build script of a unit: host settings, but the features of the unit's own side. */
export function unitForCustomBuild(unitFor: UnitFor): UnitFor {
  return { ...unitFor, host: true, panic: 'unwind' }
}

export function featuresForOf({ artifactTarget, hostFeatures }: UnitFor): FeaturesFor {
  if (artifactTarget !== undefined) return artifactFor(artifactTarget)
  return hostFeatures ? 'hostDep' : 'normalOrDev'
}

export function profileRoleOf(unitFor: UnitFor, kind: CompileKind): ProfileRole {
  return { isForHost: unitFor.host, panic: unitFor.panic, kind }
}

/** A build script or a proc macro: compiled for the compiling machine. */
export function isForHost(target: Target): boolean {
  return target.procMacro || target.kind === 'custom-build'
}

/** `CompileKind::for_target`: host-only targets leave the requested platform. */
export function kindForTarget(kind: CompileKind, target: Target): CompileKind {
  return isForHost(target) ? null : kind
}

/** A library that can be passed to `--extern`. */
export function isLinkable(target: Target): boolean {
  return (
    target.kind === 'lib' &&
    target.crateTypes.some(
      (type) => type === 'lib' || type === 'rlib' || type === 'dylib' || type === 'proc-macro',
    )
  )
}

/** A library that rustdoc can test. */
export function isDoctestable(target: Target): boolean {
  return (
    target.kind === 'lib' &&
    target.crateTypes.some((type) => type === 'lib' || type === 'rlib' || type === 'proc-macro')
  )
}

export function isAnyTest(mode: CompileMode): boolean {
  return mode === 'test' || mode === 'doctest' || mode === 'check-test'
}

/** The name of the target in Rust code. */
export function crateName(target: Target): string {
  return target.name.replaceAll('-', '_')
}

/**
 * Creates units, so that equal ones are the same object. The first one created stays (see profile.ts on
 * equality).
 */
export interface UnitInterner {
  readonly intern: (unit: Unit) => Unit
  readonly find: (unit: Unit) => Unit | undefined
}

export function unitInterner(): UnitInterner {
  const units = new Map<string, Unit>()
  return {
    find: (unit) => units.get(unitKey(unit)),
    intern(unit) {
      const key = unitKey(unit)
      const known = units.get(key)
      if (known !== undefined) return known
      units.set(key, unit)
      return unit
    },
  }
}

function unitKey(unit: Unit): string {
  const { package: item, target, profile, kind, mode, features, dependencyHash } = unit
  return `${item.isStd ? 'std ' : ''}${item.index}|${target.kind}|${target.name}|${kind ?? ''}|${mode}|${featuresText(features)}|${profileKey(profile)}|${artifactKey(unit)}|${dependencyHash}`
}

function artifactKey({ target, isArtifact, artifactTarget }: Unit): string {
  return `${isArtifact ? target.crateTypes.join() : ''} ${artifactTarget ?? ''}`
}

/** Feature lists are long, and many units share them. */
const featureTexts = new WeakMap<readonly string[], string>()

function featuresText(features: readonly string[]): string {
  let text = featureTexts.get(features)
  if (text === undefined) featureTexts.set(features, (text = features.join(',')))
  return text
}

const KIND_ORDER: Readonly<Record<TargetKind, number>> = {
  lib: 0,
  bin: 1,
  test: 2,
  bench: 3,
  example: 4,
  'custom-build': 6,
}
const MODE_ORDER: readonly CompileMode[] = [
  'test',
  'build',
  'check',
  'check-test',
  'doc',
  'doctest',
  'run-custom-build',
]

/**
 * Cargo's order of units, as far as it is visible from outside: package, target, profile, kind, mode,
 * features.
 */
export function compareUnits(a: Unit, b: Unit): number {
  return (
    comparePackages(a.package, b.package) ||
    KIND_ORDER[a.target.kind] - KIND_ORDER[b.target.kind] ||
    compareText(a.target.name, b.target.name) ||
    compareText(profileKey(a.profile), profileKey(b.profile)) ||
    compareText(a.kind ?? '', b.kind ?? '') ||
    MODE_ORDER.indexOf(a.mode) - MODE_ORDER.indexOf(b.mode) ||
    compareText(featuresText(a.features), featuresText(b.features)) ||
    compareText(artifactKey(a), artifactKey(b)) ||
    compareText(a.dependencyHash, b.dependencyHash)
  )
}

/** An index is a place in a graph, and the standard library has its own. */
function comparePackages(a: Package, b: Package): number {
  return a.isStd === b.isStd ? a.index - b.index : comparePackageIds(a, b)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
