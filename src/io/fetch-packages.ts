/**
 * Downloads what the lockfile names and the disk lacks, by letting cargo do it: it knows registries, mirrors,
 * credentials and git.
 */
import { Cargo2NixError } from '../errors.ts'
import { withoutCredentials } from '../without-credentials.ts'
import { runProgram } from './run-program.ts'

/**
 * Runs `cargo fetch --locked` in the workspace, with the toolchain that rustup chooses there.
 *
 * @throws Cargo2NixError `network` when cargo fails, with the end of what it said; `program-missing`
 */
export async function fetchPackages(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const result = await runProgram('cargo', ['fetch', '--locked'], {
    cwd: root,
    env: { ...environment, CARGO_TERM_COLOR: 'never' },
    hintIfMissing: 'install cargo, or vendor the packages',
  })
  if (!result.failed) return
  throw new Cargo2NixError({
    code: 'network',
    message: `\`cargo fetch --locked\` failed: ${withoutCredentials(causesIn(result.stderr))}`,
    path: root,
    hint: 'run it there, and see what it needs',
    cause: result.cause,
  })
}

/** Cargo's error and its causes on one line, without what it said before. */
function causesIn(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const start = lines.findIndex((line) => line.startsWith('error: '))
  return lines
    .slice(Math.max(start, 0))
    .filter((line) => line !== '' && line !== 'Caused by:')
    .join('; ')
    .replace(/^error: /, '')
}
