/** Kills `release publish` at random moments, and repeats it until the release is complete. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cargo2nixOrFail, cli } from '../program.ts'
import { hashOf } from './release-directory.ts'

export interface KilledPublish {
  /** The directory of a version, below `result` or what `result` is a link to. */
  readonly release: string
  readonly version: string
  /** Where the command runs. */
  readonly cwd: string
  readonly url: string
  /** What the server shows, as files on disk. */
  readonly store: string
  readonly env: NodeJS.ProcessEnv
}

const KILLS = 10

/** Whatever is in the store at any time is whole, and where the manifest is there, so is everything else. */
export async function killTenTimes({ release, version, cwd, url, store, env }: KilledPublish): Promise<void> {
  const whole = hashesIn(release)
  const args = ['release', 'publish', '--to', url, release]
  const started = Date.now()
  await cargo2nixOrFail(args, { cwd, env })
  let duration = Date.now() - started
  rmSync(store, { recursive: true, force: true })
  let kills = 0
  for (let attempt = 0; kills < KILLS && attempt < 3 * KILLS; attempt += 1) {
    const begun = Date.now()
    if (await isKilled(args, duration * (0.1 + 0.9 * Math.random()), { cwd, env })) kills += 1
    // The first run may have been slow for another reason.
    else duration = Math.min(duration, Date.now() - begun)
    const now = hashesIn(join(store, version))
    for (const [path, hash] of Object.entries(now)) expect([path, hash]).toEqual([path, whole[path]])
    if ('release.json' in now) {
      expect(now).toEqual(whole)
      rmSync(store, { recursive: true, force: true })
    }
  }
  expect(kills).toBe(KILLS)
  await cargo2nixOrFail(args, { cwd, env })
  expect(hashesIn(join(store, version))).toEqual(whole)
  expect(Object.keys(hashesIn(store)).filter((path) => path.includes('.incoming'))).toEqual([])
}

/** Runs a command and kills it and everything that it started; false if it ended before. */
function isKilled(
  args: readonly string[],
  ms: number,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<boolean> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [cli, ...args], { ...options, detached: true, stdio: 'ignore' })
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), ms)
    child.on('error', fail)
    child.on('close', (_, signal) => {
      clearTimeout(timer)
      done(signal === 'SIGKILL')
    })
  })
}

/** Hashes of all files below a directory, by path. */
function hashesIn(directory: string): Readonly<Record<string, string>> {
  if (!existsSync(directory)) return {}
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const files = paths.filter((path) => statSync(join(directory, path)).isFile())
  return Object.fromEntries(files.map((path) => [path, hashOf(readFileSync(join(directory, path)))]))
}
