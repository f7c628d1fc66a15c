/** The newest Nix available next to the installed one: `scripts/newer-nix` unpacks it. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cacheFolder } from '../published.ts'

/** A directory of programs; undefined where there is none. `CARGO2NIX_NEW_NIX` names another one. */
export function newestNix(): string | undefined {
  const folder = process.env['CARGO2NIX_NEW_NIX'] ?? join(cacheFolder, 'newer-nix', 'bin')
  return existsSync(join(folder, 'nix-build')) ? folder : undefined
}

export const NEWEST_NIX_MISSING =
  'no newer Nix than the installed one: run scripts/newer-nix, or set CARGO2NIX_NEW_NIX to a folder of its programs'

/** An environment in which a directory's programs come first. */
export function withNix(env: NodeJS.ProcessEnv, folder: string | undefined): NodeJS.ProcessEnv {
  return folder === undefined ? env : { ...env, PATH: `${folder}${delimiter}${env['PATH'] ?? ''}` }
}
