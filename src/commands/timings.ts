/**
 * `timings`: how long the units of a build took, which of them determine the wall time, and what would
 * shorten it.
 */
import { shownPath } from '../printable.ts'
import { buildLines } from '../io/build-lines.ts'
import { referenceGraph } from '../io/nix-store.ts'
import { writeReport } from '../io/write-files.ts'
import { Cargo2NixError } from '../errors.ts'
import { adviseInterfaces, SLOTS, type Advice } from '../nix/timings/advice.ts'
import { buildLog, unitName, type BuildStep } from '../nix/timings/build-log.ts'
import { longestPath, type Task } from '../nix/timings/schedule.ts'
import { timingsPage } from '../pages/timings-page.ts'
import type { CommandOutcome, Report } from './outcome.ts'
import { toTable, type Columns } from './table.ts'

export interface TimingsFlags {
  readonly file?: string
}

const DEFAULT_FILE = 'cargo2nix-timings.html'
const MOST_UNITS = 10
const MS_BETWEEN = 1000

/**
 * Starts a build, or reads the log of one from standard input, and writes the page.
 *
 * @param command - a Nix command; empty: standard input
 * @throws Cargo2NixError `program-missing`; `bad-argument` if nothing was built; `write-failed`
 */
export async function timings(
  command: readonly string[],
  { file = DEFAULT_FILE }: TimingsFlags,
  report: Report,
): Promise<CommandOutcome> {
  const log = buildLog()
  const notes: string[] = []
  // Nix writes several lines at once where one unit ends and another one starts.
  let timer: NodeJS.Timeout | undefined
  const show = (): void => {
    timer = undefined
    const { done, expected, running } = log.progress()
    if (running.length > 0) report(`${done} of ${expected} built; ${running.join(', ')}`)
  }
  const { failed, stdout, ended, seconds } = await buildLines(command, (line, now) => {
    const said = log.add(line, now)
    if (said !== undefined) notes.push(...said.split('\n'))
    timer ??= setTimeout(show, MS_BETWEEN)
  })
  clearTimeout(timer)
  const steps = log.steps(seconds)
  const builds = steps.filter(({ kind }) => kind === 'build')
  if (builds.length === 0) {
    if (failed) {
      const result = { failed, seconds, builds: [] }
      return { output: stdout, notes: [...notes, `the build failed: ${ended}`], exitCode: 1, result }
    }
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: 'nothing was built, or the log is not one of `--log-format internal-json`',
      hint: 'a unit that is in the store takes no time: try it with another `--store`, or after an edit',
    })
  }
  const tasks = await tasksOf(builds)
  const path = longestPath(tasks)
  const advice = adviseInterfaces(tasks)
  const names = path.map(({ name }) => name)
  writeReport(
    file,
    timingsPage({ steps, path: names, waitedFor: lastNeeds(tasks, builds), seconds, advice, slots: SLOTS }),
  )
  const text = [summary(steps, seconds), longest(path), suggestions(advice), `wrote ${shownPath(file)}`]
  return {
    output: [...(stdout === '' ? [] : [stdout]), ...text].join('\n'),
    notes: failed ? [...notes, `the build failed: ${ended}`] : notes,
    exitCode: failed ? 1 : 0,
    result: {
      failed,
      seconds,
      builds: builds.map((each) => ({ path: each.path, start: each.start, end: each.end })),
      criticalPath: path.map(({ name, seconds: own }) => ({ name, seconds: own })),
      suggestedInterfaces: advice.suggestions.map((each) => each.package),
      page: file,
    },
  }
}

/**
 * Builds with the other builds that each depends on. Several may share a name, so all but the first get a
 * number.
 */
async function tasksOf(builds: readonly BuildStep[]): Promise<readonly Task[]> {
  const names = new Map<string, string>()
  const taken = new Map<string, number>()
  for (const { path } of builds) {
    const count = (taken.get(unitName(path)) ?? 0) + 1
    taken.set(unitName(path), count)
    names.set(
      path.slice(path.lastIndexOf('/') + 1),
      count === 1 ? unitName(path) : `${unitName(path)} (${count})`,
    )
  }
  const needs = new Map<string, string[]>([...names.values()].map((name) => [name, []]))
  for (const { from, to } of await referenceGraph(builds.map(({ path }) => path))) {
    const [user, needed] = [names.get(from), names.get(to)]
    if (user !== undefined && needed !== undefined && user !== needed) needs.get(user)!.push(needed)
  }
  return builds.map(({ path, start, end }) => {
    const name = names.get(path.slice(path.lastIndexOf('/') + 1))!
    return { name, seconds: end - start, needs: needs.get(name)! }
  })
}

/** For each unit, the dependency that finished last. */
function lastNeeds(tasks: readonly Task[], builds: readonly BuildStep[]): ReadonlyMap<string, string> {
  const ends = new Map(builds.map(({ path, end }) => [unitName(path), end]))
  const endOf = (name: string): number => ends.get(name) ?? 0
  return new Map(
    tasks.flatMap(({ name, needs }) => {
      const [last] = needs.toSorted((a, b) => endOf(b) - endOf(a))
      return last === undefined ? [] : [[name, last] as const]
    }),
  )
}

function summary(steps: readonly BuildStep[], seconds: number): string {
  const builds = steps.filter(({ kind }) => kind === 'build')
  const busy = builds.reduce((sum, { start, end }) => sum + end - start, 0)
  const fetched = steps.length - builds.length
  return `${builds.length} built and ${fetched} fetched in ${seconds.toFixed(1)} s; on average ${(busy / seconds).toFixed(1)} builds at a time`
}

function longest(path: readonly Task[]): string {
  const total = path.reduce((sum, each) => sum + each.seconds, 0)
  const rows = path
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, MOST_UNITS)
    .map(({ name, seconds }) => ({ seconds: seconds.toFixed(1), unit: name }))
  return `\nThe wall time hangs on ${path.length} units one after the other, ${total.toFixed(1)} s. The longest of them:\n${toTable(rows)}`
}

function suggestions({ wall, suggestions: list, present }: Advice): string {
  const row = (interfaces: string, times: readonly number[]): Columns => ({
    interfaces,
    ...Object.fromEntries(SLOTS.map((slots, index) => [`${slots} slots`, `${times[index]!.toFixed(1)} s`])),
  })
  const rows = [row('as it is', wall), ...list.map((each) => row(`and ${each.package}`, each.wall))]
  if (list.length === 0)
    return `\nEstimated with so many slots:\n${toTable(rows)}\nNo further interface would save 1 %.`
  const names = [...present, ...list.map((each) => each.package)].toSorted()
  return `\nEstimated with so many slots, where these libraries have an interface, each with those before it:\n${toTable(rows)}\n\n[workspace.metadata.cargo2nix]\ninterfaces = ${JSON.stringify([...new Set(names)]).replaceAll(',', ', ')}`
}
