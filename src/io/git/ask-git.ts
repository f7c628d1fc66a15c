/** Short questions to git about a directory, whatever the environment says of another repository. */
import { askProgram, type Answer } from '../run-program.ts'

/**
 * Asks git about a directory, without what the environment says of another repository. The directory may
 * belong to somebody else.
 */
export function askGit(args: readonly string[], cwd: string, input = ''): Answer {
  const own = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false']
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || KEPT.has(name))
  return askProgram('git', [...own, ...args], { cwd, env: Object.fromEntries(kept), input })
}

/** Where git is, and where its settings are. */
const KEPT: ReadonlySet<string> = new Set([
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_SYSTEM',
  'GIT_EXEC_PATH',
])
