/**
 * The lines that Nix writes during a build, as they come: from a build started here, or from standard input.
 */
import { createInterface } from 'node:readline'
import { runProgram } from './run-program.ts'

export interface BuildEnd {
  readonly failed: boolean
  /** What the build printed on standard output. */
  readonly stdout: string
  /** How it ended; unknown for standard input. */
  readonly ended: string | undefined
  /** Duration in seconds. */
  readonly seconds: number
}

/**
 * Runs a Nix command with `--log-format internal-json`, or reads the output of one from standard input.
 *
 * @param command - empty: standard input
 * @param onLine - receives each line, and the seconds since the start
 * @throws Cargo2NixError `program-missing`
 */
export async function buildLines(
  command: readonly string[],
  onLine: (line: string, seconds: number) => void,
): Promise<BuildEnd> {
  const start = performance.now()
  const seconds = (): number => (performance.now() - start) / 1000
  const pass = (line: string): void => onLine(line, seconds())
  const [program, ...args] = command
  if (program === undefined) {
    for await (const line of createInterface({ input: process.stdin })) pass(line)
    return { failed: false, stdout: '', ended: undefined, seconds: seconds() }
  }
  const { failed, stdout, ended } = await runProgram(program, [...args, '--log-format', 'internal-json'], {
    onLine: pass,
    hintIfMissing: 'name a command of Nix: cargo2nix-ts timings -- nix-build ...',
  })
  return { failed, stdout, ended, seconds: seconds() }
}
