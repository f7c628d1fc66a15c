/** Runs other programs: the only file that does. */
import { Cargo2NixError } from '../errors.ts'
import { reasonOf } from './read-file.ts'

export interface ProgramOptions {
  readonly cwd?: string
  /** The whole environment; by default this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For its standard input, which is empty without it. */
  readonly input?: string
  /** Gets each line of standard error as it comes. */
  readonly onLine?: (line: string) => void
  /** What to do where the program is not installed. */
  readonly hintIfMissing: string
}

export interface ProgramResult {
  readonly failed: boolean
  /** It did not end by itself, but by a signal. */
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
 * @throws Cargo2NixError `program-missing` where it is not in PATH; that it fails is not an error here
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input, onLine, hintIfMissing }: ProgramOptions,
): Promise<ProgramResult> {
  const { execa } = await import('execa')
  const running = execa(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: env ?? process.env,
    extendEnv: false,
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    maxBuffer: Infinity,
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
    // A program that fails, or is not there, is for the caller to find.
  }
}

export interface Question {
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly input: string
}

/** What a program that is done at once prints; undefined where it fails or is not there. */
export function askProgram(program: string, args: readonly string[], question: Question): string | undefined {
  // Loaded when it is needed: most runs call no program, and it takes Node as long as half of our own start.
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const { status, stdout } = spawnSync(program, args, { ...question, encoding: 'utf8' })
  return status === 0 ? stdout : undefined
}

/** The end of what a program said, in one line. */
export function lastLines(text: string, count = 4): string {
  return text
    .trim()
    .split('\n')
    .slice(-count)
    .map((line) => line.trim())
    .join('; ')
}
