/**
 * Packages reached through a symbolic link: Nix copies a link as a link, so it needs to know where it leads.
 */
import { realpathSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { Manifest } from '../../cargo/manifest/manifest.ts'
import { recordOf } from '../../record.ts'

/**
 * Where the directories of packages really are, if elsewhere; all paths relative to the workspace's
 * directory.
 *
 * @param root absolute
 */
export function linkedFolders(root: string, packages: readonly Manifest[]): Readonly<Record<string, string>> {
  const realRoot = realpathSync(root)
  const pairs = packages.map(({ manifestPath }) => {
    const folder = dirname(manifestPath)
    return [relative(root, folder), relative(realRoot, realpathSync(folder))] as const
  })
  return recordOf(pairs.filter(([path, real]) => path !== real))
}
