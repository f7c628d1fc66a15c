/** What a command returns to `cli.ts`. */
export interface CommandOutcome {
  /** For standard output. */
  readonly output: string
  /** Lines for standard error: warnings and advice. */
  readonly notes: readonly string[]
  readonly exitCode: 0 | 1
  /** What `--json` prints instead of the output; absent where another flag chooses the format. */
  readonly result?: unknown
}

/** Reports what the program is doing now; shown only if a run takes long. */
export type Report = (activity: string) => void
