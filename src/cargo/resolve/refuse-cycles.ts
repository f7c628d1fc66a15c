/**
 * Refuses packages that depend on themselves.
 *
 * In: the active edges of a package graph. Mirrors `check_cycles` in `core/resolver/mod.rs` of cargo 0.96:
 * dev-dependencies may be cyclic, others may not, whatever their platform.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { Package, PackageGraph } from './package-graph.ts'
import type { ActiveEdges } from './resolve-dependencies.ts'

type State = 'open' | 'done'

/**
 * Checks every package that the edges reach.
 *
 * @throws Cargo2NixError `bad-manifest`, naming the packages of the cycle.
 */
export function refuseCycles(graph: PackageGraph, edges: ActiveEdges): void {
  const states = new Map<Package, State>()
  for (const item of graph.packages) if (!states.has(item)) follow(edges, states, item)
}

function follow(edges: ActiveEdges, states: Map<Package, State>, start: Package): void {
  const path = [{ item: start, targets: targetsOf(edges, start), next: 0 }]
  states.set(start, 'open')
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const target = top.targets[top.next++]
    if (target === undefined) {
      states.set(top.item, 'done')
      path.pop()
      continue
    }
    const state = states.get(target)
    if (state === 'open') throw cyclic([...path.map(({ item }) => item), target])
    if (state === 'done') continue
    states.set(target, 'open')
    path.push({ item: target, targets: targetsOf(edges, target), next: 0 })
  }
}

function targetsOf(edges: ActiveEdges, item: Package): readonly Package[] {
  return edges[item.index]!.filter(({ dependencies }) =>
    dependencies.some(({ kind }) => kind !== 'development'),
  ).map(({ to }) => to)
}

function cyclic(path: readonly Package[]): Cargo2NixError {
  const last = path.at(-1)!
  const cycle = path.slice(path.indexOf(last))
  return new Cargo2NixError({
    code: 'bad-manifest',
    path: last.manifest.manifestPath,
    message: `dependencies: cyclic package dependency: ${cycle.map(({ name }) => `\`${name}\``).join(' needs ')}`,
    hint: 'take one of these dependencies out, or make it a dev-dependency',
  })
}
