/**
 * Finds the libraries whose interfaces shorten a build most: those on its longest path that spend most of
 * their time after their metadata is written.
 *
 * In: the units of a build. Out: names of packages. Nothing is compiled to find them, so times are estimates:
 * measured ones for heavy libraries (`library-weights.json`, written by `bench/replay.mjs weights`;
 * optimized, in CPU seconds before and after the metadata), and for all others what their direct dependencies
 * suggest.
 * Assumes as many slots as there is work. With few slots, the order of work matters less, and each interface
 * runs the front end of its library a second time. So only libraries that gain seconds are chosen.
 */
import type { Target } from '../../cargo/manifest/manifest.ts'
import type { Unit, UnitGraph } from '../../cargo/units/unit.ts'
import weights from './library-weights.json' with { type: 'json' }

/** Seconds until a library's metadata is written, and seconds of code generation after that. */
interface Weight {
  readonly front: number
  readonly code: number
}

/** The least gain that justifies running a library's front end twice, in seconds. */
const LEAST_GAIN = 1.5
/** Unoptimized code generation takes a third of the time. */
const WITHOUT_OPTIMIZATION = 1 / 3
const OTHERS = { run: 0.1, script: 0.4, macro: 1, program: 3 }

/** Sorted by name. */
export function heavyLibraries(graph: UnitGraph): readonly string[] {
  const units = [...graph.dependencies.keys()]
  const below = new Map(units.map((unit) => [unit, graph.dependencies.get(unit)!.map((each) => each.unit)]))
  const weightOf = new Map(units.map((unit) => [unit, weigh(unit, below.get(unit)!.length)]))
  const candidates = new Set(
    units.filter(isRlib).flatMap((unit) => below.get(unit)!.filter((each) => isRlib(each))),
  )
  const chosen = new Set<Unit>()
  for (;;) {
    const best = longestPath(units, below, weightOf, chosen)
      .filter((unit) => candidates.has(unit) && !chosen.has(unit))
      .reduce<Unit | undefined>((most, unit) => (gain(unit) > gain(most) ? unit : most), undefined)
    if (gain(best) < LEAST_GAIN) break
    chosen.add(best!)
  }
  return [...new Set([...chosen].map((unit) => unit.package.name))].toSorted()

  function gain(unit: Unit | undefined): number {
    return unit === undefined ? 0 : weightOf.get(unit)!.code
  }
}

/** The chain of units that takes longest, the last one first; some wait for only another's interface. */
function longestPath(
  units: readonly Unit[],
  below: ReadonlyMap<Unit, readonly Unit[]>,
  weightOf: ReadonlyMap<Unit, Weight>,
  chosen: ReadonlySet<Unit>,
): readonly Unit[] {
  const ends = new Map<Unit, { readonly end: number; readonly interfaceEnd: number; readonly last?: Unit }>()
  const endOf = (unit: Unit, isInterface: boolean): number => {
    const { end, interfaceEnd } = ends.get(unit)!
    return isInterface ? interfaceEnd : end
  }
  const waitsForInterface = (unit: Unit, other: Unit): boolean => isRlib(unit) && chosen.has(other)
  for (const unit of dependenciesFirst(units, below)) {
    let start = 0
    let last: Unit | undefined
    for (const other of below.get(unit)!) {
      const end = endOf(other, waitsForInterface(unit, other))
      if (last === undefined || end > start) [start, last] = [end, other]
    }
    const { front, code } = weightOf.get(unit)!
    ends.set(unit, { end: start + front + code, interfaceEnd: start + front, ...(last && { last }) })
  }
  const path: Unit[] = []
  const all = units.map((unit) => endOf(unit, false))
  let next = units[all.indexOf(Math.max(...all))]
  while (next !== undefined) {
    path.push(next)
    next = ends.get(next)!.last
  }
  return path
}

/** Graphs may be deeper than the call stack. */
function dependenciesFirst(
  units: readonly Unit[],
  below: ReadonlyMap<Unit, readonly Unit[]>,
): ReadonlySet<Unit> {
  const ordered = new Set<Unit>()
  const entered = new Set<Unit>()
  const stack = units.toReversed()
  for (let unit = stack.at(-1); unit !== undefined; unit = stack.at(-1)) {
    if (entered.has(unit)) {
      ordered.add(unit)
      stack.pop()
      continue
    }
    entered.add(unit)
    stack.push(...below.get(unit)!.filter((other) => !entered.has(other)))
  }
  return ordered
}

function weigh(unit: Unit, dependencies: number): Weight {
  if (unit.mode === 'run-custom-build') return { front: 0, code: OTHERS.run }
  if (!isRlib(unit)) return { front: 0, code: OTHERS[kindOf(unit.target)] }
  const table = weights as unknown as Readonly<Record<string, readonly [number, number]>>
  const known = Object.hasOwn(table, unit.package.name) ? table[unit.package.name] : undefined
  const [front, code] = known ?? [0.05 + 0.15 * dependencies, 0.1 + 0.3 * dependencies]
  return { front, code: unit.profile.optLevel === '0' ? code * WITHOUT_OPTIMIZATION : code }
}

function kindOf(target: Target): 'script' | 'macro' | 'program' {
  if (target.kind === 'custom-build') return 'script'
  return target.procMacro ? 'macro' : 'program'
}

/**
 * A library that is compiled before linking: only such a library has an interface, and uses others'
 * interfaces.
 */
export function isRlib({ mode, target }: Unit): boolean {
  return (
    mode === 'build' &&
    target.kind === 'lib' &&
    target.crateTypes.every((type) => type === 'lib' || type === 'rlib')
  )
}
