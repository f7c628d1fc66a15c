/**
 * Downloads what the lockfile names and the disk lacks, by letting cargo do it: it knows registries, mirrors,
 * credentials and git.
 */
import { Cargo2NixError } from '../errors.ts'
import { withoutCredentials } from '../without-credentials.ts'
import { lastLines, runProgram } from './run-program.ts'

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
    message: `\`cargo fetch --locked\` failed: ${withoutCredentials(lastLines(result.stderr))}`,
    path: root,
    hint: 'run it there, and see what it needs',
    cause: result.cause,
  })
}
