/** One entry of the generated crate set: the facts of a package, and when each of them holds. */
import type { Package } from '../../cargo/resolve/package-graph.ts'
import { append } from '../../maps.ts'
import { writeArtifact } from './artifact-items.ts'
import type { Variant } from './collect-facts.ts'
import type { ConditionTable } from './conditions.ts'
import type { ArtifactFact, CrateFacts, DependencyFact } from './crate-facts.ts'
import type { PointSet } from './points.ts'

/** A fact whose value is a set of words or names, with the conditions for each part. */
export interface ConditionalItems {
  readonly fact: string
  /** Undefined: everywhere. */
  readonly condition: string | undefined
  readonly items: readonly string[]
}

export interface PlannedCrate {
  readonly key: string
  readonly package: Package
  readonly items: readonly ConditionalItems[]
  /** Extern names of dependencies that differ from the crates' own, by crate key. */
  readonly renames: readonly (readonly [key: string, name: string])[]
  /** Of a crate of the standard library: crate keys of dependencies that are not public. */
  readonly privateDependencies?: readonly string[]
}

/** A package in all its variants. */
export function planCrate(
  item: Package,
  variants: readonly Variant[],
  keys: ReadonlyMap<Package, string>,
  table: ConditionTable,
): PlannedCrate {
  const present = union(variants)
  const named = (list: readonly DependencyFact[]): readonly string[] => list.map(({ to }) => keys.get(to)!)
  const written = (list: readonly ArtifactFact[]): readonly string[] =>
    list.map((each) => writeArtifact(each, keys))
  const facts: readonly (readonly [string, (facts: CrateFacts) => readonly string[]])[] = [
    ['features', (each) => each.features],
    ['deps', (each) => named(each.dependencies)],
    ['devDeps', (each) => named(each.devDependencies)],
    ['buildDeps', (each) => named(each.buildDependencies)],
    ['artifacts', (each) => written(each.artifacts)],
    ['devArtifacts', (each) => written(each.devArtifacts)],
    ['buildArtifacts', (each) => written(each.buildArtifacts)],
  ]
  const renames = new Map<string, string>()
  for (const { facts: each } of variants) {
    for (const { to, rename } of [...each.dependencies, ...each.devDependencies, ...each.buildDependencies]) {
      if (rename !== undefined) renames.set(keys.get(to)!, rename)
    }
  }
  return {
    key: keys.get(item)!,
    package: item,
    items: facts.flatMap(([fact, itemsOf]) => conditionalItems(fact, itemsOf, variants, present, table)),
    renames: [...renames].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

function union(variants: readonly Variant[]): PointSet {
  return variants.reduce((set, variant) => set | variant.points, 0n)
}

/** Groups the items of a fact by their condition; unconditional ones come first. */
export function conditionalItems(
  fact: string,
  itemsOf: (facts: CrateFacts) => readonly string[],
  variants: readonly Variant[],
  present: PointSet,
  table: ConditionTable,
): readonly ConditionalItems[] {
  const points = new Map<string, PointSet>()
  for (const variant of variants) {
    const counted = variant.points & present
    if (counted === 0n) continue
    for (const each of itemsOf(variant.facts)) points.set(each, (points.get(each) ?? 0n) | counted)
  }
  const groups = new Map<string, string[]>()
  for (const [each, wanted] of points) {
    const name = table.conditionFor(wanted, present)?.name ?? ''
    append(groups, name, each)
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, items]) => ({ fact, condition: name === '' ? undefined : name, items: items.toSorted() }))
}
