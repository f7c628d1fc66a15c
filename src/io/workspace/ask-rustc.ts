/** Asks the rustc that cargo would call in a workspace. */
import type { Environment } from '../../cargo/config/config-reader.ts'
import type { LocalWorkspace } from '../../cargo/workspace/workspace.ts'
import { askProgram, type Answer } from '../run-program.ts'

export type AskRustc = (args: readonly string[]) => Answer

/** Unstable options are allowed, even for a stable rustc. */
export function askRustcIn(root: string, env: Environment): AskRustc {
  const question = { cwd: root, env: { ...env, RUSTC_BOOTSTRAP: '1' }, input: '' }
  return (args) => {
    const answer = askProgram(env['RUSTC'] ?? 'rustc', args, question)
    // Its last lines are a hint.
    const [, error] = /^error: (.*)$/m.exec(answer.stderr) ?? []
    return error === undefined ? answer : { ...answer, problem: error }
  }
}

/** Which cargo a workspace means, as far as it makes a difference: asks rustc only if the standard library is at stake. */
export function followsUnstable(
  { root, config }: Pick<LocalWorkspace, 'root' | 'config'>,
  env: Environment,
): 'stable' | 'nightly' {
  if (config.buildStd === undefined) return 'stable'
  if (env['RUSTC_BOOTSTRAP'] === '1') return 'nightly'
  return askRustcIn(root, env)(['--version']).stdout.includes('nightly') ? 'nightly' : 'stable'
}
