/**
 * How long builds would take with a given number of slots, if Nix starts ready tasks in the order of their
 * names, as it does.
 *
 * In: tasks with their durations and what each waits for. Out: seconds, or the longest chain of tasks.
 */
import { append } from '../../maps.ts'

export interface Task {
  /** Unique; Nix orders by it. */
  readonly name: string
  readonly seconds: number
  /** Names of tasks; all others exist already. */
  readonly needs: readonly string[]
}

/** Seconds until all tasks are done; leaves out tasks in a cycle. */
export function wallTime(tasks: readonly Task[], slots: number): number {
  const known = new Map(tasks.map((task) => [task.name, task]))
  const waiting = new Map(
    tasks.map(({ name, needs }) => [name, new Set(needs.filter((each) => known.has(each)))]),
  )
  const users = usersOf(tasks)
  const ready = tasks.filter(({ name }) => waiting.get(name)!.size === 0).map(({ name }) => name)
  const running: { readonly name: string; readonly end: number }[] = []
  let now = 0
  for (;;) {
    ready.sort((a, b) => (a < b ? 1 : -1))
    while (running.length < slots && ready.length > 0) {
      const name = ready.pop()!
      running.push({ name, end: now + known.get(name)!.seconds })
    }
    if (running.length === 0) return now
    running.sort((a, b) => b.end - a.end)
    const { name, end } = running.pop()!
    now = end
    for (const user of users.get(name) ?? []) {
      const left = waiting.get(user)!
      left.delete(name)
      if (left.size === 0) ready.push(user)
    }
  }
}

/** The longest chain of tasks, the first one first. */
export function longestPath(tasks: readonly Task[]): readonly Task[] {
  const known = new Map(tasks.map((task) => [task.name, task]))
  const ends = new Map<string, { readonly end: number; readonly last: string | undefined }>()
  const endOf = (name: string): number => {
    const found = ends.get(name)
    if (found !== undefined) return found.end
    const { seconds, needs } = known.get(name)!
    // A cycle cannot be built, so its back edge does not count.
    ends.set(name, { end: 0, last: undefined })
    const last = latest(
      needs.filter((each) => known.has(each)),
      endOf,
    )
    const end = seconds + (last === undefined ? 0 : endOf(last))
    ends.set(name, { end, last })
    return end
  }
  let next = latest(
    tasks.map(({ name }) => name),
    endOf,
  )
  const path: Task[] = []
  while (next !== undefined) {
    path.unshift(known.get(next)!)
    next = ends.get(next)!.last
  }
  return path
}

/** The one that ends last; the first if several tie. */
function latest(names: readonly string[], endOf: (name: string) => number): string | undefined {
  const ends = names.map(endOf)
  return names[ends.indexOf(Math.max(...ends))]
}

function usersOf(tasks: readonly Task[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>()
  for (const { name, needs } of tasks) {
    for (const each of new Set(needs)) {
      append(users, each, name)
    }
  }
  return users
}
