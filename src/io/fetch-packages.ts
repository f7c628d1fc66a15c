/**
 * Downloads what the lockfile names and the disk lacks, by letting cargo do it: it knows registries, mirrors,
 * credentials and git.
 */
import { Cargo2NixError } from '../errors.ts'

/**
 * Runs `cargo fetch --locked` in the workspace, with the toolchain that rustup chooses there.
 *
 * @throws Cargo2NixError `network` when cargo fails, with the end of what it said
 */
export async function fetchPackages(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { execa } = await import('execa')
  const env = { ...environment, CARGO_TERM_COLOR: 'never' }
  const result = await execa('cargo', ['fetch', '--locked'], {
    cwd: root,
    env,
    extendEnv: false,
    reject: false,
  })
  if (!result.failed) return
  const isMissing = (result.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  throw new Cargo2NixError({
    code: 'network',
    message: isMissing
      ? 'cargo is not in PATH'
      : `\`cargo fetch --locked\` failed: ${lastLines(result.stderr)}`,
    path: root,
    hint: isMissing ? 'install cargo, or vendor the packages' : 'run it there, and see what it needs',
    cause: result.cause,
  })
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join('; ')
}
