/**
 * Merges identical host and target units, and settles what was left open in profiles.
 *
 * In: the graph as for `--target HOST`. Out: the final unit graph.
 * Mirrors `rebuild_unit_graph_shared` in `ops/cargo_compile/mod.rs` of cargo 0.96: units of the explicit host
 * become host units, so that a dependency of both a binary and a build script is compiled once if nothing
 * below it differs; units that only the host uses get less debuginfo; open `strip` settings are decided.
 */
import type { CompileKind } from '../compile-request.ts'
import { InternalError } from '../../errors.ts'
import type { Profile } from './profile.ts'
import { unitInterner, type Unit, type UnitDependency, type UnitGraph, type UnitInterner } from './unit.ts'
import { getOrInsert } from '../../maps.ts'

interface Rebuild {
  readonly old: ReadonlyMap<Unit, readonly UnitDependency[]>
  /** Finds units of the old graph that equal a given one. */
  readonly oldUnits: UnitInterner
  /** The triple that becomes the host; undefined if `--target` was given. */
  readonly toHost: string | undefined
  /** Whether units of a kind have the flags of `toHost`; artifacts may be for another platform. */
  readonly hasFlagsOfHost: (kind: CompileKind) => boolean
  readonly interner: UnitInterner
  readonly renewed: Map<Unit, Unit>
  readonly graph: Map<Unit, readonly UnitDependency[]>
  /** A short name for each set of dependencies: units are equal only if their dependencies are. */
  readonly numbers: Map<Unit, number>
  readonly hashes: Map<string, string>
}

/** Rebuilds the graph; `oldUnits` is the interner that built it. */
export function shareUnits(
  roots: readonly Unit[],
  old: ReadonlyMap<Unit, readonly UnitDependency[]>,
  oldUnits: UnitInterner,
  toHost: string | undefined,
  hasFlagsOfHost: (kind: CompileKind) => boolean,
): UnitGraph {
  const rebuild: Rebuild = {
    old,
    oldUnits,
    toHost,
    hasFlagsOfHost,
    interner: unitInterner(),
    renewed: new Map(),
    graph: new Map(),
    numbers: new Map(),
    hashes: new Map(),
  }
  const newRoots = roots.map((root) => renew(rebuild, root))
  return { roots: newRoots, dependencies: rebuild.graph }
}

/** A unit whose dependencies are being rebuilt; `next` is the one to visit next. */
interface Frame {
  readonly unit: Unit
  readonly isForHost: boolean
  readonly dependencies: readonly UnitDependency[]
  next: number
}

/**
 * Depth first; dependencies are rebuilt before the unit. The first path to a unit decides `isForHost`. Graphs
 * may be deeper than the call stack.
 */
function renew(rebuild: Rebuild, root: Unit): Unit {
  const stack = [frameOf(rebuild, root, false)]
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const dependency = frame.dependencies[frame.next]
    if (rebuild.renewed.has(frame.unit)) stack.pop()
    else if (dependency === undefined) renewUnit(rebuild, frame)
    else if (rebuild.renewed.has(dependency.unit)) frame.next += 1
    else stack.push(frameOf(rebuild, dependency.unit, dependency.unitFor.host))
  }
  return rebuild.renewed.get(root)!
}

function frameOf(rebuild: Rebuild, unit: Unit, isForHost: boolean): Frame {
  const dependencies = rebuild.old.get(unit)
  if (dependencies === undefined) throw new InternalError(`unit without dependencies: ${unit.package.name}`)
  return { unit, isForHost, dependencies, next: 0 }
}

function renewUnit(rebuild: Rebuild, { unit, isForHost, dependencies: old }: Frame): void {
  const dependencies = old.map((each) => ({ ...each, unit: rebuild.renewed.get(each.unit)! }))
  const renewed = rebuild.interner.intern({
    ...unit,
    kind: unit.kind === rebuild.toHost ? null : unit.kind,
    profile: settleDebuginfo(rebuild, unit, isForHost, settleStrip(unit.profile, dependencies)),
    // Told apart by their dependencies from here on.
    artifactTarget: undefined,
    dependencyHash: hashOf(rebuild, dependencies),
  })
  rebuild.renewed.set(unit, renewed)
  if (!rebuild.graph.has(renewed)) rebuild.graph.set(renewed, dependencies)
}

/** With no debuginfo here or in the direct dependencies, std's is stripped, too. */
export function settleStrip(profile: Profile, dependencies: readonly UnitDependency[]): Profile {
  if (!profile.strip.deferred || profile.debuginfo.value !== 0) return profile
  if (dependencies.some(({ unit }) => unit.profile.debuginfo.value !== 0)) return profile
  return { ...profile, strip: { value: 'debuginfo', deferred: false } }
}

/** Host units that no target unit shares lose debuginfo that nobody requested; artifacts may be put into programs. */
function settleDebuginfo(rebuild: Rebuild, unit: Unit, isForHost: boolean, profile: Profile): Profile {
  const { toHost, oldUnits, old } = rebuild
  if (!isForHost || toHost === undefined || !profile.debuginfo.deferred || unit.isArtifact) return profile
  const twin = oldUnits.find({ ...unit, profile, kind: toHost })
  const isShared = twin !== undefined && old.has(twin) && rebuild.hasFlagsOfHost(unit.kind)
  const value = isShared ? profile.debuginfo.value : 0
  return { ...profile, debuginfo: { value, deferred: false } }
}

function hashOf(rebuild: Rebuild, dependencies: readonly UnitDependency[]): string {
  const { numbers: known, hashes } = rebuild
  const numbers = dependencies.map(({ unit }) => getOrInsert(known, unit, () => known.size + 1))
  const text = numbers.toSorted((a, b) => a - b).join(' ')
  return getOrInsert(hashes, text, () => String(hashes.size + 1))
}
