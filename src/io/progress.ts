/** Prints to standard error what the program is doing, once a run has taken longer than a second. */
import { oneLine } from '../printable.ts'

const QUIET_MS = 1000

export interface ProgressReporter {
  readonly report: (activity: string) => void
  readonly stop: () => void
}

/** Prints each activity on its own line, but nothing in the first second. */
export function progressReporter(stream: { write(text: string): unknown }): ProgressReporter {
  let current: string | undefined
  let started = false
  const timer = setTimeout(() => {
    started = true
    if (current !== undefined) stream.write(`${oneLine(current)} ...\n`)
  }, QUIET_MS)
  timer.unref()
  return {
    report(activity) {
      current = activity
      if (started) stream.write(`${oneLine(activity)} ...\n`)
    },
    stop: () => clearTimeout(timer),
  }
}
