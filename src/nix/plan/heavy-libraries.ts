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
  const units = dependenciesFirst(graph)
  const rankOf = new Map([...graph.dependencies.keys()].map((unit, rank) => [unit, rank]))
  const indexOf = new Map(units.map((unit, index) => [unit, index]))
  const tasks = units.map((unit): Task => {
    const below = graph.dependencies.get(unit)!.map((each) => indexOf.get(each.unit)!)
    return { ...weigh(unit, below.length), below, isRlib: isRlib(unit), rank: rankOf.get(unit)! }
  })
  const candidates = new Set(
    tasks.filter((task) => task.isRlib).flatMap(({ below }) => below.filter((each) => tasks[each]!.isRlib)),
  )
  const chosen = new Uint8Array(tasks.length)
  for (;;) {
    const best = longestPath(tasks, chosen)
      .filter((each) => candidates.has(each) && chosen[each] === 0)
      .reduce((most, each) => (gain(each) > gain(most) ? each : most), -1)
    if (gain(best) < LEAST_GAIN) break
    chosen[best] = 1
  }
  return [
    ...new Set(units.filter((_, index) => chosen[index] === 1).map((unit) => unit.package.name)),
  ].toSorted()

  function gain(index: number): number {
    return tasks[index]?.code ?? 0
  }
}

interface Task extends Weight {
  /** Indexes of tasks before this one. */
  readonly below: readonly number[]
  readonly isRlib: boolean
  /** Its place in the graph: of paths that take equally long, the first one counts. */
  readonly rank: number
}

/**
 * The chain of tasks that takes longest, the last one first; some wait for only another's interface. It is asked for once for
 * each library that is chosen, hence the arrays.
 */
function longestPath(tasks: readonly Task[], chosen: Uint8Array): readonly number[] {
  const ends = new Float64Array(tasks.length)
  const interfaceEnds = new Float64Array(tasks.length)
  const lasts = new Int32Array(tasks.length)
  let longest = -1
  for (let index = 0; index < tasks.length; index++) {
    const { front, code, below, isRlib: waits, rank } = tasks[index]!
    let start = 0
    let last = -1
    for (const other of below) {
      const end = waits && chosen[other] === 1 ? interfaceEnds[other]! : ends[other]!
      if (last === -1 || end > start) {
        start = end
        last = other
      }
    }
    interfaceEnds[index] = start + front
    ends[index] = start + front + code
    lasts[index] = last
    const ahead = longest === -1 ? 1 : ends[index]! - ends[longest]!
    if (ahead > 0 || (ahead === 0 && rank < tasks[longest]!.rank)) longest = index
  }
  const path: number[] = []
  for (let next = longest; next !== -1; next = lasts[next]!) path.push(next)
  return path
}

/** Graphs may be deeper than the call stack. */
function dependenciesFirst({ dependencies }: UnitGraph): readonly Unit[] {
  const ordered = new Set<Unit>()
  const entered = new Set<Unit>()
  const stack = [...dependencies.keys()].toReversed()
  for (let unit = stack.at(-1); unit !== undefined; unit = stack.at(-1)) {
    if (entered.has(unit)) {
      ordered.add(unit)
      stack.pop()
      continue
    }
    entered.add(unit)
    for (const each of dependencies.get(unit)!) if (!entered.has(each.unit)) stack.push(each.unit)
  }
  return [...ordered]
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
