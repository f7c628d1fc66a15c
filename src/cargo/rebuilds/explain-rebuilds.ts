/**
 * Why units are rebuilt.
 *
 * In: the fingerprints of two states of a workspace. Out: the units of the later state whose hash the earlier
 * one lacks, each with its own changes, or with the path to a changed dependency.
 * Cargo's `dirty_reason.rs` does the same for one unit at a time.
 */
import type { FieldValue, Fingerprint } from './fingerprint.ts'
import type { Unit } from '../units/unit.ts'
import { groupBy } from '../../maps.ts'

export interface Change {
  readonly field: string
  /** Which value of the field; empty if it has only one. */
  readonly name: string
  /** Undefined: it did not exist. */
  readonly before: string | undefined
  readonly after: string | undefined
}

export interface Rebuild {
  readonly fingerprint: Fingerprint
  /** `new`: no such unit existed before; `changed`: by its own fields; `dependency`: only by what it depends on. */
  readonly reason: 'new' | 'changed' | 'dependency'
  /** For a unit that has changed. */
  readonly changes: readonly Change[]
  /** From the unit's dependency down to a unit with its own changes; empty unless that is the reason. */
  readonly through: readonly Fingerprint[]
}

/** @returns the later units that are rebuilt, dependencies first; equal ones once */
export function explainRebuilds(
  before: readonly Fingerprint[],
  after: readonly Fingerprint[],
): readonly Rebuild[] {
  // Without its interface, a unit is still there.
  const hashes = new Set(before.flatMap(({ hash, linkedHash }) => [hash, linkedHash]))
  const earlier = groupBy(before, ({ unit }) => roleOf(unit))
  const found = new Map<string, Rebuild>()
  for (const fingerprint of after) {
    if (hashes.has(fingerprint.hash) || found.has(fingerprint.hash)) continue
    const old = nearest(fingerprint, earlier.get(roleOf(fingerprint.unit)) ?? [])
    found.set(fingerprint.hash, explain(fingerprint, old, found))
  }
  return [...found.values()]
}

/** What two states of a unit have in common. */
function roleOf({ package: item, target, kind, mode }: Unit): string {
  return [item.name, target.kind, target.name, kind ?? '', mode].join('|')
}

/** Of several (versions of a package, copies for the host), the one with the fewest changes. */
function nearest(fingerprint: Fingerprint, candidates: readonly Fingerprint[]): Fingerprint | undefined {
  const changes = candidates.map((old) => ({ old, count: changesBetween(old, fingerprint).length }))
  return changes.toSorted((a, b) => a.count - b.count)[0]?.old
}

function explain(
  fingerprint: Fingerprint,
  old: Fingerprint | undefined,
  found: ReadonlyMap<string, Rebuild>,
): Rebuild {
  if (old === undefined) return { fingerprint, reason: 'new', changes: [], through: [] }
  const changes = changesBetween(old, fingerprint)
  if (changes.length > 0) return { fingerprint, reason: 'changed', changes, through: [] }
  const ways = fingerprint.dependencies.flatMap(({ hash }) => found.get(hash) ?? [])
  const shortest = ways.toSorted((a, b) => a.through.length - b.through.length)[0]
  const through = shortest === undefined ? [] : [shortest.fingerprint, ...shortest.through]
  return { fingerprint, reason: 'dependency', changes: [], through }
}

function changesBetween(old: Fingerprint, fingerprint: Fingerprint): readonly Change[] {
  return Object.entries(fingerprint.fields).flatMap(([field, after]) =>
    changesOf(field, old.fields[field] ?? {}, after),
  )
}

function changesOf(field: string, before: FieldValue, after: FieldValue): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ field, name, before: before[name], after: after[name] }))
}

/**
 * The units that are rebuilt because one is: itself and everything that depends on it; none if it is not
 * there.
 */
export function rebuiltBy(hash: string, rebuilds: readonly Rebuild[]): readonly Rebuild[] {
  const reached = new Set<string>()
  return rebuilds.filter(({ fingerprint }) => {
    const isReached =
      fingerprint.hash === hash || fingerprint.dependencies.some((each) => reached.has(each.hash))
    if (isReached) reached.add(fingerprint.hash)
    return isReached
  })
}
