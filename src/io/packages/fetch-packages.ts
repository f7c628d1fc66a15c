/**
 * Downloads what the lockfile names and the disk lacks, by running cargo. Cargo knows registries, mirrors,
 * credentials and git, and waits for other processes that use its home.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../cargo/config/config-reader.ts'
import { counted, megabytes } from '../../counted.ts'
import { Cargo2NixError } from '../../errors.ts'
import { withoutCredentials } from '../../without-credentials.ts'
import { runProgram, type ProgramResult } from '../run-program.ts'

export interface FetchInput {
  /** The workspace's directory. */
  readonly root: string
  readonly env: Environment
  readonly cargoHome: string
  /** Rust triples to limit the download to; empty: all. */
  readonly platforms: readonly string[]
  /** How many packages are known to be missing. */
  readonly expected: number
  readonly onProgress: (message: string) => void
}

const REPORT_EVERY_MS = 200

/**
 * Runs `cargo fetch --locked` in the workspace, with the toolchain that rustup selects there. If that
 * toolchain is not installed and cannot be, uses rustup's default: any cargo downloads the same.
 *
 * @throws Cargo2NixError `network` when cargo fails, with its error and causes; `program-missing`
 */
export async function fetchPackages(input: FetchInput): Promise<void> {
  const first = await fetchForPlatforms(input)
  if (!first.failed) return
  const toolchain = await otherToolchain(input)
  if (toolchain !== undefined)
    input.onProgress(`the toolchain that is asked for is not installed: cargo of ${toolchain} downloads`)
  const result =
    toolchain === undefined
      ? first
      : await fetchForPlatforms({ ...input, env: { ...input.env, RUSTUP_TOOLCHAIN: toolchain } })
  if (!result.failed) return
  throw new Cargo2NixError({
    code: 'network',
    message: `\`cargo fetch --locked\` failed: ${withoutCredentials(causesIn(result.stderr)) || result.ended}`,
    path: input.root,
    hint: 'run it there, and see what it needs',
    cause: result.cause,
  })
}

async function fetchForPlatforms(input: FetchInput): Promise<ProgramResult> {
  const limits = input.platforms.flatMap((triple) => ['--target', triple])
  const limited = await fetch(input, limits)
  // An older rustc does not know every platform, and cargo queries it about each.
  const isUnknown = limited.failed && limits.length > 0 && /target-specific information/.test(limited.stderr)
  return isUnknown ? fetch(input, []) : limited
}

/** Rustup's default toolchain; undefined if rustup has a cargo for the workspace, or is not installed. */
async function otherToolchain({ root, env }: FetchInput): Promise<string | undefined> {
  const rustup = (...args: readonly string[]): Promise<ProgramResult> =>
    runProgram('rustup', args, { cwd: root, env, hintIfMissing: '' })
  try {
    if (!(await rustup('which', 'cargo')).failed) return undefined
    const { failed, stdout } = await rustup('default')
    return failed ? undefined : /^\S+/.exec(stdout)?.[0]
  } catch {
    return undefined
  }
}

function fetch(
  { root, env, cargoHome, expected, onProgress }: FetchInput,
  limits: readonly string[],
): Promise<ProgramResult> {
  let [count, bytes, reported] = [0, 0, performance.now()]
  const account = (): string => {
    // Other packages become known while cargo downloads.
    const all = count > expected ? counted(count, 'package') : `${count} of ${counted(expected, 'package')}`
    return `downloaded ${all}, ${megabytes(bytes)}`
  }
  const onLine = (line: string): void => {
    const [, name, version] = /^\s*Downloaded (\S+) v(\S+)/.exec(line) ?? []
    if (name !== undefined) {
      count += 1
      bytes += archiveSize(cargoHome, `${name}-${version}.crate`)
    } else if (!/^\s*Updating /.test(line)) return
    if (name !== undefined && performance.now() - reported < REPORT_EVERY_MS) return
    reported = performance.now()
    onProgress(name === undefined ? withoutCredentials(line.trim()) : account())
  }
  return runProgram('cargo', ['fetch', '--locked', ...limits], {
    cwd: root,
    env: { ...env, CARGO_TERM_COLOR: 'never', CARGO_TERM_QUIET: 'false' },
    onLine,
    hintIfMissing: 'install cargo, or vendor the packages',
  }).finally(() => {
    if (count > 0) onProgress(account())
  })
}

/** Cargo does not print it without a terminal. */
function archiveSize(cargoHome: string, name: string): number {
  const cache = join(cargoHome, 'registry', 'cache')
  const folders = existsSync(cache) ? readdirSync(cache) : []
  const archive = folders.map((folder) => join(cache, folder, name)).find((path) => existsSync(path))
  return archive === undefined ? 0 : statSync(archive).size
}

/**
 * Cargo's error and its causes on one line, without the output before it and without rustup's stack trace.
 */
function causesIn(stderr: string): string {
  const lines = stderr
    .replace(/^Stack backtrace:[^]*/m, '')
    .split('\n')
    .map((line) => line.trim())
  const start = lines.findIndex((line) => line.startsWith('error: '))
  return lines
    .slice(Math.max(start, 0))
    .filter((line) => line !== '' && line !== 'Caused by:')
    .join('; ')
    .replace(/^error: /, '')
}
