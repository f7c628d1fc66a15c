/**
 * Which crates an editor sees: units without what matters only to a compiler.
 *
 * In: the unit graph of `cargo check --all-targets`. Out: crates with their dependencies, dependencies first.
 * Units that differ only in their profile or mode are one crate. A target and its unit tests are one crate with
 * `cfg(test)`, as in rust-analyzer's own view of a cargo workspace: otherwise every file would belong to two crates.
 * If a dev-dependency uses the library that is tested, that would be a cycle, so these tests are their own crate.
 * Build scripts appear for path packages only.
 */
import { groupBy } from '../../maps.ts'
import { compareUnits, isAnyTest, type Unit, type UnitGraph } from './unit.ts'

export interface ProjectCrate {
  /** One of its units. */
  readonly unit: Unit
  /** `cfg(test)` is set. */
  readonly isTest: boolean
  /** By the name in code. */
  readonly dependencies: ReadonlyMap<string, ProjectCrate>
  /** The run of its package's build script. */
  readonly scriptRun: Unit | undefined
}

interface Draft extends ProjectCrate {
  readonly id: number
  isTest: boolean
  dependencies: ReadonlyMap<string, Draft>
}

/** The crates, in a stable order. */
export function projectCrates(graph: UnitGraph): readonly ProjectCrate[] {
  const drafts = draftsOf(graph)
  const crates = drafts.filter((draft) => !draft.isTest)
  const tests = drafts.filter((draft) => draft.isTest)
  const normal = groupBy(crates, targetKey)
  const merged = new Set<Draft>()
  for (const test of tests) {
    const same = normal.get(targetKey(test))?.find((each) => !each.isTest && isPart(each, test))
    if (same === undefined || reaches(test, same)) continue
    same.dependencies = test.dependencies
    same.isTest = true
    merged.add(test)
  }
  return drafts.filter((draft) => !merged.has(draft))
}

function draftsOf({ roots, dependencies }: UnitGraph): readonly Draft[] {
  const byUnit = new Map<Unit, Draft>()
  const byKey = new Map<string, Draft>()
  const draftOf = (unit: Unit): Draft => {
    const known = byUnit.get(unit)
    if (known !== undefined) return known
    const below = dependencies.get(unit)!
    const libraries = below.filter((each) => each.unit.target.kind === 'lib')
    const run = below.find(
      (each) => each.unit.mode === 'run-custom-build' && each.unit.package === unit.package,
    )?.unit
    const own = new Map(libraries.map((each) => [each.externCrateName, draftOf(each.unit)]))
    const script = run === undefined || !unit.package.isLocal ? undefined : scriptOf(run)
    if (script !== undefined) draftOf(script)
    const key = [crateKey(unit), ...[...own].map(([name, { id }]) => `${name}=${id}`)].join('|')
    const draft = byKey.get(key) ?? {
      id: byKey.size,
      unit,
      isTest: isAnyTest(unit.mode),
      dependencies: own,
      scriptRun: run,
    }
    byKey.set(key, draft)
    byUnit.set(unit, draft)
    return draft
  }
  const scriptOf = (run: Unit): Unit | undefined =>
    dependencies
      .get(run)
      ?.map(({ unit }) => unit)
      .find(({ mode, target }) => target.kind === 'custom-build' && mode !== 'run-custom-build')
  for (const root of roots.toSorted(compareUnits)) if (root.mode !== 'run-custom-build') draftOf(root)
  return [...byKey.values()]
}

function targetKey({ unit: { package: item, target, kind, features } }: Draft): string {
  return JSON.stringify([item.index, target.kind, target.name, kind, features])
}

/** What rustc is given, as far as name resolution and types depend on it. */
function crateKey(unit: Unit): string {
  const { package: item, target, kind, features, profile, mode } = unit
  const { debugAssertions, panic } = profile
  return JSON.stringify([
    item.index,
    target.kind,
    target.name,
    kind,
    features,
    debugAssertions,
    panic,
    isAnyTest(mode),
  ])
}

/** All of a target's own dependencies are those of its tests. */
function isPart({ dependencies }: Draft, test: Draft): boolean {
  return [...dependencies].every(([name, draft]) => test.dependencies.get(name) === draft)
}

function reaches(from: Draft, to: Draft): boolean {
  const seen = new Set<Draft>()
  const stack = [...from.dependencies.values()]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top === to) return true
    if (seen.has(top)) continue
    seen.add(top)
    stack.push(...top.dependencies.values())
  }
  return false
}
