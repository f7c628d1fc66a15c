/**
 * What a package's code names outside of its folder: the same rules as `outsideOf` in `templates/sources/package-tree.nix`.
 *
 * In: files of a package. Out: absolute paths of files and folders that exist.
 */
import { posix } from 'node:path'
import { includesByVariable, isRust, type SourceFile, type Surroundings } from './source-file.ts'

/** Absolute folders, and where the package's readme is. */
export interface Place {
  readonly root: string
  readonly folder: string
  readonly generated: string
  readonly readme: string
}

/** @param readers those of the package's files whose text tells what they read */
export function outsideFiles(
  place: Place,
  readers: readonly SourceFile[],
  around: Surroundings,
): readonly string[] {
  const existing = (paths: readonly string[]): readonly string[] =>
    paths.filter((path) => isOutside(path, place) && around.exists(path))
  const found = new Set<string>()
  const left = readers.flatMap((file) => existing(namedInside(place, file)))
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (found.has(path)) continue
    found.add(path)
    if (isRust(path)) left.push(...existing(namedOutside(path, around.text(path))))
  }
  return [...found].toSorted()
}

function isOutside(path: string, { root, folder, generated }: Place): boolean {
  const inside = path.startsWith(`${root}/`) ? path.slice(root.length) : path
  const isBuilt = path === generated || /\/(?:target|\.git)(?:\/|$)/.test(inside)
  // What climbs to the top of the disk is no part of the project, but a test's attempt to get out of it.
  const isNear = path.split('/')[1] === root.split('/')[1] || posix.dirname(root) === '/'
  const isAbove = path === '/' || `${folder}/`.startsWith(`${path}/`)
  return !isBuilt && isNear && !isAbove && !path.startsWith(`${folder}/`)
}

function namedInside({ root, folder, readme }: Place, { relative, text }: SourceFile): readonly string[] {
  const place = posix.dirname(posix.join(folder, relative))
  const code = text()
  const isJoined = code.includes('MANIFEST_DIR') && (code.includes('.parent()') || code.includes('".."'))
  return [
    ...literals('../', code)
      .flatMap((literal) => [constant(literal), constant(literal.slice(literal.indexOf('../')))])
      .flatMap((path) => [normal(place, path), normal(folder, path)]),
    ...(includesByVariable(code) ? [normal(folder, readme)] : []),
    ...(isJoined ? joinedTo(aboveUpToRoot(folder, root), code) : []),
  ]
}

/** A literal has no line end, nor has it quotes; of what is between two literals, little has no line end. */
function literals(part: string, text: string): readonly string[] {
  return text.split('"').filter((literal) => literal.includes(part) && !literal.includes('\n'))
}

/** What stands before a place that is filled in, or before a pattern. */
function constant(path: string): string {
  const [start = ''] = path.split(/[{*]/)
  return start === path ? path : posix.dirname(`./${start}x`)
}

/**
 * `Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("proto")`. A manifest is rather what marks the folder that
 * is looked for.
 */
function joinedTo(folders: readonly string[], text: string): readonly string[] {
  const names = [...text.matchAll(/join\("([^"\n{}*]*)"/g)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'Cargo.toml' && !name.includes('..'))
  return folders.flatMap((above) => names.map((name) => normal(above, name)))
}

function aboveUpToRoot(path: string, root: string): readonly string[] {
  if (path === root || !path.startsWith(root)) return []
  const above = posix.dirname(path)
  return [above, ...aboveUpToRoot(above, root)]
}

/** All that code outside names lies outside, modules too. */
function namedOutside(path: string, text: string): readonly string[] {
  const place = posix.dirname(path)
  const modules = [...text.matchAll(/mod +([A-Za-z0-9_]+);/g)].flatMap(([, name]) => [
    `${name}.rs`,
    `${name}/mod.rs`,
  ])
  return [...literals('.', text), ...modules].map((each) => normal(place, each))
}

function normal(folder: string, path: string): string {
  return posix.join(folder, path).replace(/(?<=.)\/$/, '')
}
