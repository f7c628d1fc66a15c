/** Published applications as checkouts: the ones that tests really build. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

/**
 * Where tests keep what is dear to make again (downloads, cargo's target directories): `CARGO2NIX_TEST_CACHE`, else in the
 * user's cache directory. Outside of the project, as cargo would look for a workspace above it and git for ignored files.
 */
export const cacheFolder: string =
  process.env['CARGO2NIX_TEST_CACHE'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cargo2nix-ts')

/**
 * The directory of a published package with the Cargo.lock it was published with; all that the lockfile names is in cargo's
 * cache. To be left as it is: a test that writes takes a copy.
 *
 * @throws if cargo cannot fetch it, or it was published without a lockfile
 */
export async function fetchPublished(name: string, version: string): Promise<string> {
  const folder = join(cacheFolder, 'published', `${name}-${version}`)
  if (!existsSync(folder)) await run(join(root, 'scripts', 'fetch-published'), [name, version, folder])
  return folder
}
