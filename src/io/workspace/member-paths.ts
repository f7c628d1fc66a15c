/**
 * The directories that `members` and `default-members` name.
 *
 * In: the workspace's directory and its patterns. Out: absolute directories, in cargo's order.
 * Mirrors `members_paths` in `core/workspace.rs` of cargo 0.96 and the crate `glob` 0.3: matches are sorted,
 * files among them are dropped, and a pattern that matches nothing is used literally.
 * Assumes that `*` also matches names with a leading dot, as it does there.
 */
import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { globToRegExp, isGlobPattern } from '../../cargo/glob.ts'
import { joinPath, normalPath } from '../../cargo/normal-path.ts'
import { isFolder, listFolder } from '../manifests/directory-files.ts'

/** Expands patterns below `root`. */
export function memberPaths(root: string, patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    const start = isAbsolute(pattern) ? '/' : root
    const literal = joinPath(root, pattern)
    const found = isGlobPattern(pattern) ? expand([start], pattern.split('/')) : [literal]
    return found.length === 0
      ? [normalPath(literal)]
      : found.filter((path) => isFolder(path) || !existsSync(path)).map(normalPath)
  })
}

function expand(folders: readonly string[], components: readonly string[]): readonly string[] {
  const [component, ...rest] = components
  if (component === undefined) return folders
  if (component === '' || component === '.') return expand(folders, rest)
  const next = folders.flatMap((folder) => matchesIn(folder, component))
  return expand(next, rest)
}

function matchesIn(folder: string, component: string): readonly string[] {
  if (component === '**') return foldersBelow(folder)
  if (!isGlobPattern(component)) {
    const path = join(folder, component)
    return existsSync(path) ? [path] : []
  }
  const pattern = globToRegExp(component)
  return namesIn(folder)
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
}

/** The directory and everything below it. */
function foldersBelow(folder: string): readonly string[] {
  const below = listFolder(folder).filter(({ isDirectory }) => isDirectory)
  const names = below.map(({ name }) => name).sort()
  return [folder, ...names.flatMap((name) => foldersBelow(join(folder, name)))]
}

function namesIn(folder: string): readonly string[] {
  return listFolder(folder)
    .map(({ name }) => name)
    .sort()
}
