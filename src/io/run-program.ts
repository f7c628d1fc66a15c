/** Runs other programs: the only file that does. */
import { Cargo2NixError } from '../errors.ts'
import { reasonOf } from './read-file.ts'

export interface ProgramOptions {
  readonly cwd?: string
  /** The whole environment; default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For its standard input; default: empty. */
  readonly input?: string
  /** Gets each line of standard error as it comes. */
  readonly onLine?: (line: string) => void
  /** Its output is kept to the byte; default: without the newline at its end. */
  readonly keepsNewline?: boolean
  /** What to do if the program is not installed. */
  readonly hintIfMissing: string
}

export interface ProgramResult {
  readonly failed: boolean
  /** It ended by a signal. */
  readonly crashed: boolean
  readonly stdout: string
  readonly stderr: string
  /** How it ended: its exit code, the signal, or why it could not be started. */
  readonly ended: string
  readonly cause: unknown
}

/**
 * Runs a program to its end, without a shell.
 *
 * @throws Cargo2NixError `program-missing` if it is not in PATH; failure of the program is not an error here
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input, onLine, keepsNewline, hintIfMissing }: ProgramOptions,
): Promise<ProgramResult> {
  const { execa } = await import('execa')
  const running = execa(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: env ?? process.env,
    extendEnv: false,
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    maxBuffer: Infinity,
    ...(keepsNewline === true ? { stripFinalNewline: false } : {}),
  })
  if (onLine !== undefined) await passLines(running.iterable({ from: 'stderr' }), onLine)
  const { failed, signal, exitCode, stdout, stderr, cause } = await running
  const ended =
    signal === undefined
      ? exitCode === undefined
        ? `it cannot be started: ${reasonOf(cause)}`
        : `exit code ${exitCode}`
      : `it was ended by ${signal}`
  if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
    throw new Cargo2NixError({
      code: 'program-missing',
      message: `${program} is not in PATH`,
      hint: hintIfMissing,
      cause,
    })
  }
  // a shell in between adds 128
  const crashed = signal !== undefined || (exitCode ?? 0) > 128
  return { failed, crashed, stdout, stderr, ended, cause }
}

async function passLines(lines: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines) onLine(String(line))
  } catch {
    // The caller deals with a program that fails or is missing.
  }
}

export interface Question {
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly input: string
}

export interface Answer {
  /** The exit code; undefined if there is none. */
  readonly status: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Why it did not succeed, in one line. */
  readonly problem: string
}

/** No question takes that long, except if a program waits for a pipe or a network. */
const MOST_MILLISECONDS = 10_000

/** Runs a short-lived program. */
export function askProgram(program: string, args: readonly string[], question: Question): Answer {
  // Loaded on demand: most runs call no program, and loading it takes Node half as long as our whole start.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const limit = { timeout: MOST_MILLISECONDS, killSignal: 'SIGKILL' } as const
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...question,
    ...limit,
    encoding: 'utf8',
  })
  // A program that ends before it has read all its input says why itself.
  const said = lastLines(stderr ?? '', 1)
  const problem = said === '' && error !== undefined ? problemOf(program, error) : said
  return { status: status ?? undefined, stdout: stdout ?? '', stderr: stderr ?? '', problem }
}

function problemOf(program: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `${program} is not in PATH`
  if (error.code === 'ETIMEDOUT') return `${program} did not end in ${MOST_MILLISECONDS / 1000} s`
  return reasonOf(error)
}

/** The end of a program's output, on one line. */
export function lastLines(text: string, count = 4): string {
  return text
    .trim()
    .split('\n')
    .slice(-count)
    .map((line) => line.trim())
    .join('; ')
}
