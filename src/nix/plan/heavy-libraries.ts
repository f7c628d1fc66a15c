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
  const candidates = new Set(
    units.filter(isRlib).flatMap((unit) => below.get(unit)!.filter((each) => isRlib(each))),
  )
  const schedule = scheduleOf(units, below)
  const chosen = new Set<Unit>()
  for (;;) {
    let best: Unit | undefined
    let gain = 0
    for (const { unit, weight } of schedule.longestPath()) {
      if (weight.code <= gain || !candidates.has(unit) || chosen.has(unit)) continue
      best = unit
      gain = weight.code
    }
    if (best === undefined || gain < LEAST_GAIN) break
    chosen.add(best)
    schedule.setInterface(best, true)
  }
  dropNeedless(chosen, schedule)
  return [...new Set([...chosen].map((unit) => unit.package.name))].toSorted()
}

/**
 * An interface that was chosen early may no longer matter once the others are there: it stays only if the
 * build would take longer without it.
 */
function dropNeedless(chosen: Set<Unit>, schedule: Schedule): void {
  const shortest = schedule.seconds()
  for (const unit of [...chosen].toReversed()) {
    schedule.setInterface(unit, false)
    if (schedule.seconds() <= shortest) chosen.delete(unit)
    else schedule.setInterface(unit, true)
  }
}

/** A unit in a schedule with a slot for each. */
interface Step {
  readonly unit: Unit
  readonly weight: Weight
  readonly isRlib: boolean
  readonly below: readonly Step[]
  /** Place in the order in which dependencies come first. */
  readonly place: number
  hasInterface: boolean
  end: number
  interfaceEnd: number
  /** The dependency that it waits for longest. */
  last: Step | undefined
}

interface Schedule {
  /** The chain of steps that takes longest, the last one first. */
  readonly longestPath: () => readonly Step[]
  readonly seconds: () => number
  /** From now on, libraries wait only for the unit's interface, or again for all of it. */
  readonly setInterface: (unit: Unit, hasInterface: boolean) => void
}

/** Each choice changes only what follows it, so the schedule is kept. */
function scheduleOf(units: readonly Unit[], below: ReadonlyMap<Unit, readonly Unit[]>): Schedule {
  const steps = new Map<Unit, Step>()
  for (const unit of dependenciesFirst(units, below)) {
    const others = below.get(unit)!
    steps.set(unit, {
      unit,
      weight: weigh(unit, others.length),
      isRlib: isRlib(unit),
      below: others.map((other) => steps.get(other)!),
      place: steps.size,
      hasInterface: false,
      end: 0,
      interfaceEnd: 0,
      last: undefined,
    })
  }
  const ordered = [...steps.values()]
  const asGiven = units.map((unit) => steps.get(unit)!)
  scheduleFrom(ordered, 0)
  return {
    longestPath() {
      const path: Step[] = []
      let next: Step | undefined
      for (const step of asGiven) if (next === undefined || step.end > next.end) next = step
      for (; next !== undefined; next = next.last) path.push(next)
      return path
    },
    seconds: () => ordered.reduce((longest, { end }) => Math.max(longest, end), 0),
    setInterface(unit, hasInterface) {
      const step = steps.get(unit)!
      step.hasInterface = hasInterface
      scheduleFrom(ordered, step.place + 1)
    },
  }
}

function scheduleFrom(ordered: readonly Step[], first: number): void {
  for (let place = first; place < ordered.length; place++) {
    const step = ordered[place]!
    let start = 0
    step.last = undefined
    for (const other of step.below) {
      const end = step.isRlib && other.hasInterface ? other.interfaceEnd : other.end
      if (step.last === undefined || end > start) {
        start = end
        step.last = other
      }
    }
    step.interfaceEnd = start + step.weight.front
    step.end = start + step.weight.front + step.weight.code
  }
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
