/**
 * What a package's code names outside of its folder: the same rules as `outsideOf` in `templates/package-tree.nix`.
 *
 * In: files of a package. Out: absolute paths of files and folders that exist.
 */
import { posix } from 'node:path'
import { isRust, type SourceFile, type Surroundings } from './source-file.ts'

/**
 * @param folder the package's, absolute
 * @param files those of the package that are read
 */
export function outsideFiles(
  folder: string,
  files: readonly SourceFile[],
  around: Surroundings,
): readonly string[] {
  const isOutside = (path: string): boolean =>
    path !== folder && !path.startsWith(`${folder}/`) && !`${folder}/`.startsWith(`${path}/`) && path !== '/'
  const existing = (paths: readonly string[]): readonly string[] =>
    paths.filter((path) => isOutside(path) && around.exists(path))
  const found = new Set<string>()
  const left = files
    .filter(({ relative }) => isRust(relative))
    .flatMap((file) => existing(namedInside(folder, file)))
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (found.has(path)) continue
    found.add(path)
    if (isRust(path)) left.push(...existing(namedOutside(path, around.text(path))))
  }
  return [...found].toSorted()
}

function namedInside(folder: string, { relative, text }: SourceFile): readonly string[] {
  const place = posix.dirname(posix.join(folder, relative))
  return [...text().matchAll(/"\/?(\.\.\/[^"\n{}]*)"/g)].flatMap(([, literal]) => [
    normal(place, literal!),
    normal(folder, literal!),
  ])
}

/** All that code outside names lies outside, modules too. */
function namedOutside(path: string, text: string): readonly string[] {
  const place = posix.dirname(path)
  const literals = [...text.matchAll(/"([^"\n{}]*\.[^"\n{}]*)"/g)].map(([, literal]) => literal!)
  const modules = [...text.matchAll(/mod +([A-Za-z0-9_]+);/g)].flatMap(([, name]) => [
    `${name}.rs`,
    `${name}/mod.rs`,
  ])
  return [...literals, ...modules].map((each) => normal(place, each))
}

function normal(folder: string, path: string): string {
  return posix.join(folder, path).replace(/(?<=.)\/$/, '')
}
