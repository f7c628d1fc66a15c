/**
 * What cargo recompiles after an edit: its own decision, with stand-ins for rustc and build scripts that record each call.
 * The real compiler reports which files and variables a unit of the workspace reads.
 */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCargo, type Environment } from '../oracle/cargo.ts'
import { realRustc } from '../recorder/cargo-calls.ts'
import { readCalls, recorder, recorderVariables } from '../recorder/recorded.ts'
import { unitName } from './units.ts'

/** What a user calls after each edit; both share the target directory. */
const COMMANDS = [
  ['build', '--workspace'],
  ['test', '--workspace', '--no-run'],
]

export interface CargoState {
  /** Keeps the target directory. */
  readonly folder: string
  readonly env: Environment
  /** Arguments of each call. */
  readonly args?: readonly string[]
}

/**
 * Builds a workspace and its tests, with profile `dev`.
 *
 * @param toolchain - any text: stands for another compiler
 * @returns the names of the units that each of the two commands compiles or runs
 * @throws if cargo fails
 */
export async function cargoRebuilds(
  workspace: string,
  state: CargoState,
  toolchain: string,
): Promise<readonly (readonly string[])[]> {
  const lists: (readonly string[])[] = []
  for (const args of COMMANDS) {
    const calls = mkdtempSync(join(state.folder, 'calls-'))
    const { status, stderr } = await runCargo(
      [...args, ...(state.args ?? []), '--ignore-rust-version'],
      workspace,
      {
        ...recorderVariables(calls, realRustc),
        RECORDER_DEP_INFO: '1',
        CARGO_TARGET_DIR: join(state.folder, 'target'),
        RUSTC: compiler(state.folder, toolchain),
        RUSTC_BOOTSTRAP: undefined,
        ...state.env,
      },
    )
    if (status !== 0) throw new Error(`cargo ${args.join(' ')} in ${workspace}:\n${stderr}`)
    lists.push(
      readCalls(calls)
        .map(({ args, variables }) =>
          unitName(variables, crateOf(args), args?.includes('--crate-name') === true ? args : undefined),
        )
        .toSorted(),
    )
  }
  return lists
}

function crateOf(args: readonly string[] | undefined): string | undefined {
  return args?.[args.indexOf('--crate-name') + 1]
}

/** Cargo keeps what a compiler says by the compiler's path. */
function compiler(folder: string, toolchain: string): string {
  if (toolchain === '') return recorder
  const path = join(folder, `rustc-${toolchain}`)
  const version = `"$RECORDER_RUSTC" -vV | sed 's/^commit-hash: .*/commit-hash: ${toolchain}/'`
  writeFileSync(path, `#!/bin/sh\ncase $* in *-vV*) ${version}; exit ;; esac\nexec '${recorder}' "$@"\n`, {
    mode: 0o755,
  })
  return path
}
