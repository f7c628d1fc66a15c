/** The calls that cargo makes for a request, with stand-ins for rustc, rustdoc and build scripts. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cargos, cleanEnvironment, runCargo, type Environment, type OracleCargo } from '../oracle/cargo.ts'
import { run, type Finished } from '../program.ts'
import { readCalls, recorder, recorderVariables, rustdocRecorder, type Call } from './recorded.ts'

/** The compiler behind rustup's proxy, else the one on the PATH. */
export const realRustc: string = (() => {
  const asked = spawnSync('rustup', ['which', '--toolchain', 'stable', 'rustc'], { encoding: 'utf8' })
  return asked.status === 0 ? asked.stdout.trim() : 'rustc'
})()

/** Where the toolchain's programs lie beside each other. */
const programs = dirname(realRustc)

/** Why `cargo clippy` cannot be asked; undefined when it can. */
export const clippyMissing: string | undefined = existsSync(join(programs, 'cargo-clippy'))
  ? undefined
  : 'there is no cargo-clippy beside rustc'

/**
 * Runs `cargo ARGS` in a workspace, once for each list of arguments.
 *
 * @param folder - new; gets the target directory and the calls
 * @param cargo - with the installed rustc, whichever it is
 * @param crates - where crates come from: what the workspace's directory says, or the user's own cargo home
 * @param more - further variables
 * @throws if cargo fails
 */
export async function cargoCalls(
  workspace: string,
  commands: readonly (readonly string[])[],
  folder: string,
  crates: 'vendored' | 'registry',
  cargo: OracleCargo = cargos[0]!,
  more: Environment = {},
): Promise<readonly Call[]> {
  const calls = join(folder, 'calls')
  mkdirSync(calls, { recursive: true })
  const environment = {
    ...recorderVariables(calls, realRustc),
    CARGO_TARGET_DIR: join(folder, 'target'),
    RUSTC: recorder,
    RUSTDOC: rustdocRecorder,
    RUSTC_BOOTSTRAP: undefined,
    ...more,
    ...(crates === 'registry' ? { CARGO_HOME: process.env['CARGO_HOME'] } : {}),
  }
  for (const command of commands) {
    const args = [...command, '--locked', '--ignore-rust-version']
    if (crates === 'vendored') args.push('--offline')
    const runIt = command[0] === 'clippy' ? runClippy(folder) : runCargo
    const { status, stderr } = await runIt(args, workspace, environment, cargo)
    if (status !== 0) throw new Error(`cargo ${args.join(' ')} in ${workspace}:\n${stderr}`)
  }
  return readCalls(calls).map(withoutRecorder)
}

/** `cargo clippy` calls the `clippy-driver` beside itself: here a stand-in. */
function runClippy(
  folder: string,
): (args: readonly string[], cwd: string, environment: Environment, cargo: OracleCargo) => Promise<Finished> {
  const bin = join(folder, 'clippy', 'bin')
  mkdirSync(bin, { recursive: true })
  copyFileSync(join(programs, 'cargo-clippy'), join(bin, 'cargo-clippy'))
  symlinkSync(join(programs, '..', 'lib'), join(folder, 'clippy', 'lib'))
  // No script that calls it: a shell hands on only variables with names that it can set.
  symlinkSync(recorder, join(bin, 'clippy-driver'))
  symlinkSync(join(dirname(recorder), 'build-script'), join(bin, 'build-script'))
  return (args, cwd, environment, cargo) => {
    const env = cleanEnvironment({ ...environment, CARGO: cargo.program })
    return run(join(bin, 'cargo-clippy'), args, { cwd, env })
  }
}

/** Rustc would inherit the choice of the stand-in; build scripts get it from cargo. */
function withoutRecorder(call: Call): Call {
  const { RUSTC: _, RUSTDOC: __, ...variables } = call.variables
  return call.tool === 'script' ? call : { ...call, variables }
}
