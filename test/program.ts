/** Runs commands for tests: ours as users have it, and any other, with all of their output. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Finished {
  /** -1 when it was ended by a signal. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  /** The whole environment; by default this process's. */
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
}

/** Runs a program to its end, whatever its exit code is. Rejects only if it cannot be started. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env ?? process.env })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({
        status: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      })
    })
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}

/** As `run`, but anything but success is an error that shows the end of what the program said. */
export async function runOrFail(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const finished = await run(program, args, options)
  if (finished.status === 0) return finished
  const said = `${finished.stdout}\n${finished.stderr}`.trim().split('\n').slice(-60).join('\n')
  throw new Error(`${program} ${args.join(' ')}: exit code ${finished.status}\n${said}`)
}

/** The bundled program. */
export const cli: string = join(import.meta.dirname, '..', 'dist', 'cli.js')

/** `cargo2nix-ts ARGS`, as bundled. */
export function cargo2nix(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(process.execPath, [cli, ...args], withoutProgress(options))
}

/** Progress is printed where a run takes long, as all do on a busy machine, and tests compare what is printed. */
function withoutProgress(options: RunOptions): RunOptions {
  return { ...options, env: { CARGO_TERM_PROGRESS_WHEN: 'never', ...(options.env ?? process.env) } }
}

/** `cargo2nix-ts ARGS`, which must succeed. */
export function cargo2nixOrFail(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runOrFail(process.execPath, [cli, ...args], withoutProgress(options))
}
