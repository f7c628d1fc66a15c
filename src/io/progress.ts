/**
 * Shows on standard error what the program is doing, once a run has taken longer than a second: on a terminal
 * one line that is rewritten, elsewhere a line for each activity.
 */
import { oneLine } from '../printable.ts'
import { isCapable } from '../terminal-style.ts'

const QUIET_MS = 1000
const SAME_KIND_MS = 1000

export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressReporter {
  readonly report: (activity: string) => void
  /** Shows nothing more, and clears the line. */
  readonly stop: () => void
}

/** Whether a stream gets one line that is rewritten. As in cargo, CI and dumb terminals do not. */
export function rewritesLine(
  { isTTY }: ProgressStream,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTTY === true && isCapable(env) && env['CI'] === undefined
}

/** An activity without its numbers: of those that differ in nothing else, few lines are printed. */
const kindOf = (activity: string): string => activity.replaceAll(/[\d.]+/g, '')

/**
 * Prints nothing in the first second, and nothing at all with CARGO_TERM_PROGRESS_WHEN=never. `open` is called when
 * there is something to print.
 */
export function progressReporter(
  open: () => ProgressStream,
  env: Readonly<Record<string, string | undefined>>,
): ProgressReporter {
  if (env['CARGO_TERM_PROGRESS_WHEN'] === 'never') return { report() {}, stop() {} }
  let current: string | undefined
  let started = false
  let isShown = false
  let [printed, printedAt] = ['', -Infinity]
  const show = (activity: string): void => {
    const stream = open()
    const text = `${oneLine(activity)} ...`
    if (!rewritesLine(stream, env)) {
      const now = performance.now()
      if (kindOf(activity) === printed && now - printedAt < SAME_KIND_MS) return
      ;[printed, printedAt] = [kindOf(activity), now]
      stream.write(`${text}\n`)
      return
    }
    isShown = true
    stream.write(`${CLEAR}${fitting(text, (stream.columns || 80) - 1)}`)
  }
  const timer = setTimeout(() => {
    started = true
    if (current !== undefined) show(current)
  }, QUIET_MS)
  timer.unref()
  return {
    report(activity) {
      current = activity
      if (started) show(activity)
    },
    stop() {
      clearTimeout(timer)
      started = false
      if (isShown) open().write(CLEAR)
      isShown = false
    },
  }
}

/** To the start of the line, and erases it. */
const CLEAR = '\r\u001b[K'

function fitting(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `${letters.slice(0, Math.max(width - 1, 0)).join('')}…`
}
