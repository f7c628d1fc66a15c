/** The calls that cargo makes for a request, with the stand-ins instead of rustc and build scripts. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runCargo } from '../oracle/cargo.ts'
import { readCalls, recorder, recorderVariables, type Call } from './recorded.ts'

/** The compiler behind rustup's proxy, else the one on the PATH. */
export const realRustc: string = (() => {
  const asked = spawnSync('rustup', ['which', '--toolchain', 'stable', 'rustc'], { encoding: 'utf8' })
  return asked.status === 0 ? asked.stdout.trim() : 'rustc'
})()

/**
 * Runs `cargo ARGS` in a workspace.
 *
 * @param folder - new; gets the target folder and the calls
 * @param crates - where crates come from: what the workspace's folder says, or the user's own cargo home
 * @throws if cargo fails
 */
export async function cargoCalls(
  workspace: string,
  args: readonly string[],
  folder: string,
  crates: 'vendored' | 'registry',
): Promise<readonly Call[]> {
  const calls = join(folder, 'calls')
  mkdirSync(calls, { recursive: true })
  const { status, stderr } = await runCargo(
    [...args, '--locked', '--ignore-rust-version', ...(crates === 'vendored' ? ['--offline'] : [])],
    workspace,
    {
      ...recorderVariables(calls, realRustc),
      CARGO_TARGET_DIR: join(folder, 'target'),
      RUSTC: recorder,
      RUSTC_BOOTSTRAP: undefined,
      ...(crates === 'registry' ? { CARGO_HOME: process.env['CARGO_HOME'] } : {}),
    },
  )
  if (status !== 0) throw new Error(`cargo ${args.join(' ')} in ${workspace}:\n${stderr}`)
  return readCalls(calls).map(withoutRecorder)
}

/** Rustc would inherit the choice of the stand-in; build scripts get it from cargo. */
function withoutRecorder(call: Call): Call {
  const { RUSTC: _, ...variables } = call.variables
  return call.args === undefined ? call : { ...call, variables }
}
