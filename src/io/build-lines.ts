/** The lines of a build that Nix writes, as they come: of a build that is started here, or of standard input. */
import { createInterface } from 'node:readline'
import { runProgram } from './run-program.ts'

export interface BuildEnd {
  readonly failed: boolean
  /** What the build printed on standard output. */
  readonly stdout: string
  /** How it ended; of standard input nothing is known. */
  readonly ended: string | undefined
  /** Seconds that it took. */
  readonly seconds: number
}

/**
 * Runs a command of Nix with `--log-format internal-json`, or reads what one writes into standard input.
 *
 * @param command - empty: standard input
 * @param onLine - gets each line, and the seconds since the start
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
