/** Workspace directories as a user has them after `git clone`, and what cargo builds there. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { cacheFolder } from '../published.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'

/** A copy of a workspace in a new directory that ends in `name`. */
export async function checkout(workspace: string, name: string): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'cargo2nix-ts-')), name)
  await cp(workspace, folder, { recursive: true, filter: (path) => !/\/(?:target|nix|\.git)$/.test(path) })
  return folder
}

/** A copy of a workspace for which `generate` has run. */
export async function generatedCheckout(
  workspace: string,
  name: string,
  flags: readonly string[] = [],
): Promise<string> {
  const folder = await checkout(workspace, name)
  await cargo2nixOrFail(['generate', ...flags], { cwd: folder })
  return folder
}

/** An empty directory. */
export async function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cargo2nix-ts-'))
}

/** Removes what `checkout` and `emptyFolder` made, with the temporary directory it lies in. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  const tops = folders.map((folder) => join(tmpdir(), relative(tmpdir(), folder).split(sep)[0] ?? ''))
  await Promise.all(tops.map((top) => rm(top, { recursive: true, force: true })))
}

/**
 * `cargo build --locked ARGS` with a profile: answers with the directory of the programs. The target directory is kept in the
 * cache, one for each key, so that a second run has little to do.
 */
export async function cargoBuild(
  workspace: string,
  key: string,
  args: readonly string[],
  {
    profile = 'release',
    environment = {},
  }: { readonly profile?: 'dev' | 'release'; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const target = join(cacheFolder, 'target', key)
  await mkdir(target, { recursive: true })
  await runOrFail('cargo', ['build', `--profile=${profile}`, '--locked', ...args], {
    cwd: workspace,
    env: { ...process.env, ...environment, CARGO_TARGET_DIR: target },
  })
  return join(target, profile === 'dev' ? 'debug' : 'release')
}
