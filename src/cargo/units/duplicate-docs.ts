/**
 * Removes documentation units from the graph that would overwrite each other's pages.
 *
 * Mirrors `remove_duplicate_doc` in `ops/cargo_compile/mod.rs` of cargo 0.96: rustdoc's directories are named
 * after crates alone, so of several versions of a crate only the newest is documented.
 */
import type { CompileRequest } from '../compile-request.ts'
import { sourceKey } from '../ids/source-id.ts'
import { crateName, type Unit, type UnitDependency } from './unit.ts'
import { compareVersions } from '../ids/version-req.ts'
import { groupBy } from '../../maps.ts'

type Graph = ReadonlyMap<Unit, readonly UnitDependency[]>

/** The graph without duplicates and without the units that only they reached. */
export function removeDuplicateDocs(request: CompileRequest, roots: readonly Unit[], graph: Graph): Graph {
  const documented = [...graph.keys()].filter((unit) => unit.mode === 'doc')
  const byCrate = groupBy(documented, (unit) => crateName(unit.target))
  const isRoot = new Set(roots)
  const removed = new Set<Unit>()
  const remove = (units: readonly Unit[], superfluous: (unit: Unit) => boolean): readonly Unit[] => {
    const going = units.filter((unit) => superfluous(unit) && !isRoot.has(unit))
    for (const unit of going) removed.add(unit)
    return units.filter((unit) => !going.includes(unit))
  }
  for (const units of byCrate.values()) {
    if (units.length === 1) continue
    const explicit = request.kinds.some((kind) => kind !== null)
    const rest = explicit ? units : remove(units, (unit) => unit.kind === null)
    if (rest.length === 1) continue
    for (const same of groupBy(rest, versionGroup).values()) {
      const newest = same
        .map((unit) => unit.package.version)
        .reduce((a, b) => (compareVersions(a, b) < 0 ? b : a))
      remove(same, (unit) => compareVersions(unit.package.version, newest) < 0)
    }
  }
  return reachable(roots, graph, removed)
}

function versionGroup({ package: item, kind }: Unit): string {
  return `${item.name} ${sourceKey(item.source)} ${kind ?? ''}`
}

function reachable(roots: readonly Unit[], graph: Graph, removed: ReadonlySet<Unit>): Graph {
  const kept = new Map<Unit, readonly UnitDependency[]>()
  const stack = [...roots]
  for (let unit = stack.pop(); unit !== undefined; unit = stack.pop()) {
    if (kept.has(unit)) continue
    const dependencies = graph.get(unit)!.filter((dependency) => !removed.has(dependency.unit))
    kept.set(unit, dependencies)
    for (const dependency of dependencies) stack.push(dependency.unit)
  }
  return kept
}
