/** Asks the installed rustc what cargo asks it. */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import type { CfgSet } from '../../src/cargo/ids/cfg-expr.ts'

const run = promisify(execFile)

/** Cargo's list in `target_info.rs`. */
const CRATE_TYPES = ['bin', 'rlib', 'dylib', 'cdylib', 'staticlib', 'proc-macro']

/** Such as `1.95.0`; undefined where there is no rustc. */
export function rustcVersion(): string | undefined {
  try {
    return execFileSync('rustc', ['--version'], { encoding: 'utf8' }).split(' ')[1]
  } catch {
    return undefined
  }
}

export async function rustcLines(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<readonly string[]> {
  const running = run('rustc', args, { maxBuffer: 2 ** 26, env: { ...process.env, ...env } })
  running.child.stdin?.end()
  return (await running).stdout.split('\n').filter((line) => line !== '')
}

/** The cfgs that cargo gets, printed and sorted; `undefined` when rustc refuses the flags. */
export async function cargosCfgs(
  target: string,
  rustflags: readonly string[],
): Promise<readonly string[] | undefined> {
  const types = CRATE_TYPES.flatMap((type) => ['--crate-type', type])
  const args = [
    '-',
    '--crate-name',
    '___',
    ...rustflags,
    '--target',
    target,
    ...types,
    '--print=cfg',
    '-Wwarnings',
  ]
  try {
    const lines = await rustcLines(args)
    return lines.filter((line) => line !== 'proc_macro').sort()
  } catch {
    return undefined
  }
}

/** As rustc prints them, sorted. */
export function printedCfgs({ names, values }: CfgSet): readonly string[] {
  const pairs = [...values].flatMap(([key, list]) => [...list].map((value) => `${key}="${value}"`))
  return [...names, ...pairs].sort()
}

/** Maps with two rustc processes at a time. */
export async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const queue = items.entries()
  const results: R[] = []
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all([worker(), worker()])
  return results
}
