/**
 * Which units are rebuilt, by name: as JSON for machines; `commands/describe-rebuilds.ts` formats it for
 * people.
 *
 * In: rebuilds by target. Out: one entry per unit, regardless of how many targets it is built for.
 */
import { rebuiltBy, type Change, type Rebuild } from './explain-rebuilds.ts'
import type { Fingerprint } from './fingerprint.ts'
import { crateName, type Unit } from '../units/unit.ts'
import { recordOf } from '../../record.ts'

export interface RebuildEntry {
  readonly hash: string
  /** `NAME:KIND`, plus the target's name if a package may have several of that kind. */
  readonly unit: string
  readonly package: string
  readonly version: string
  readonly kind: UnitKind
  readonly crate: string
  /** Compiled with rustc's test harness. */
  readonly test: boolean
  /** The triple; null: for the build machine. */
  readonly platform: string | null
  readonly features: readonly string[]
  readonly reason: Rebuild['reason']
  readonly changes: readonly Change[]
  /** Units from the dependency down to the one that changed. */
  readonly through: readonly string[]
  /** Per target: how many units are rebuilt because of this one, including itself. */
  readonly rebuilds: Readonly<Record<string, number>>
}

export type UnitKind = 'lib' | 'bin' | 'test' | 'bench' | 'example' | 'build-script' | 'build-script-run'

export const UNIT_KINDS: readonly UnitKind[] = [
  'lib',
  'bin',
  'test',
  'bench',
  'example',
  'build-script',
  'build-script-run',
]

/** Rebuilds per target, dependencies first. */
export type RebuildsByTarget = ReadonlyMap<string, readonly Rebuild[]>

/** @returns entries in the order of the first target, then those that only other targets have */
export function rebuildEntries(targets: RebuildsByTarget): readonly RebuildEntry[] {
  const found = new Map<string, Rebuild>()
  for (const rebuilds of targets.values()) {
    for (const rebuild of rebuilds) found.set(rebuild.fingerprint.hash, rebuild)
  }
  return [...found.values()].map((rebuild) => entryOf(rebuild, targets))
}

export function kindOf({ mode, target }: Unit): UnitKind {
  if (mode === 'run-custom-build') return 'build-script-run'
  return target.kind === 'custom-build' ? 'build-script' : target.kind
}

/** The name that people use for a unit. */
function unitLabel(unit: Unit): string {
  const kind = kindOf(unit)
  const name = kind === 'lib' || kind.startsWith('build-script') ? '' : `:${unit.target.name}`
  const isUnitTest = unit.mode === 'test' && (kind === 'lib' || kind === 'bin')
  return `${unit.package.name}:${kind}${name}${isUnitTest ? ' (test)' : ''}`
}

function entryOf(rebuild: Rebuild, targets: RebuildsByTarget): RebuildEntry {
  const { fingerprint, reason, changes, through } = rebuild
  const { unit } = fingerprint
  const counts = [...targets]
    .map(([target, rebuilds]) => [target, rebuiltBy(fingerprint.hash, rebuilds).length] as const)
    .filter(([, count]) => count > 0)
  return {
    hash: fingerprint.hash,
    unit: unitLabel(unit),
    package: unit.package.name,
    version: unit.package.version,
    kind: kindOf(unit),
    crate: crateName(unit.target),
    test: unit.mode === 'test' && unit.target.harness,
    platform: unit.kind,
    features: unit.features,
    reason,
    changes,
    through: through.map(({ unit: other }: Fingerprint) => unitLabel(other)),
    rebuilds: recordOf(counts),
  }
}
