/**
 * Which interfaces would have made a build shorter.
 *
 * In: its tasks, named as our runtime names derivations (`unit-name.nix`). Out: packages, the most useful
 * first, with the wall time for several numbers of slots once they and all before them have an interface. The
 * front end's share of a library's time is measured for known libraries, and assumed otherwise.
 */
import weights from '../plan/library-weights.json' with { type: 'json' }
import { longestPath, wallTime, type Task } from './schedule.ts'

export interface Suggestion {
  readonly package: string
  /** Seconds by number of slots, as in `SLOTS`. */
  readonly wall: readonly number[]
}

export interface Advice {
  /** Seconds by number of slots, without changes. */
  readonly wall: readonly number[]
  readonly suggestions: readonly Suggestion[]
  /** Packages that have an interface already. */
  readonly present: readonly string[]
}

export const SLOTS: readonly number[] = [2, 4, 8, 16]
/** Suggestions are chosen by it. */
const DECISIVE = 8
/** The smallest share of the wall time that a suggestion must save. */
const LEAST_GAIN = 0.01
const USUAL_FRONT = 0.35

/** @param most - suggestions */
export function adviseInterfaces(tasks: readonly Task[], most = 10): Advice {
  const wallOf = (list: readonly Task[]): readonly number[] => SLOTS.map((slots) => wallTime(list, slots))
  const present = tasks.flatMap(({ name }) => packageOf(name, 'interface') ?? [])
  const suggestions: Suggestion[] = []
  let current = tasks
  for (;;) {
    const before = wallTime(current, DECISIVE)
    const candidates = longestPath(current)
      .flatMap(({ name }) => packageOf(name, 'library') ?? [])
      .filter((name) => !present.includes(name) && !suggestions.some((each) => each.package === name))
    const [best] = candidates
      .map((name) => ({ name, tasks: withInterface(current, name) }))
      .map((each) => ({ ...each, wall: wallTime(each.tasks, DECISIVE) }))
      .toSorted((a, b) => a.wall - b.wall)
    if (best === undefined || before - best.wall < before * LEAST_GAIN || suggestions.length === most) break
    current = best.tasks
    suggestions.push({ package: best.name, wall: wallOf(current) })
  }
  return { wall: wallOf(tasks), suggestions, present: [...new Set(present)].toSorted() }
}

/** The tasks if other libraries wait only for the interface of a package's libraries. */
function withInterface(tasks: readonly Task[], name: string): readonly Task[] {
  const [front, code] = (weights as unknown as Readonly<Record<string, readonly [number, number]>>)[name] ?? [
    USUAL_FRONT,
    1 - USUAL_FRONT,
  ]
  const split = new Map(
    tasks
      .filter((task) => packageOf(task.name, 'library') === name)
      .map((task) => [task.name, `interface-of-${task.name}`]),
  )
  return tasks.flatMap((task) => {
    const waitsForLess = isLibrary(task.name)
    const needs = waitsForLess ? task.needs.map((each) => split.get(each) ?? each) : task.needs
    const own = { ...task, needs }
    const interfaceName = split.get(task.name)
    return interfaceName === undefined
      ? [own]
      : [own, { name: interfaceName, seconds: (task.seconds * front) / (front + code), needs }]
  })
}

function isLibrary(name: string): boolean {
  return /^(?:interface|lib|opt-lib)-/.test(name)
}

/** The package of a library or interface. */
function packageOf(name: string, kind: 'library' | 'interface'): string | undefined {
  const prefix = kind === 'library' ? '(?:opt-)?lib' : 'interface'
  return new RegExp(`^${prefix}-(.+?)-\\d+\\.\\d+\\.\\d+`).exec(name)?.[1]
}
