/**
 * Which Rust files of a package belong to which of its targets: the same rules as `templates/sources/module-tree.nix`, by which
 * the runtime decides when Nix evaluates. A test holds the two against each other.
 *
 * In: the Rust files of a package, and the roots of its targets. Out: what each root leads to, and what of the rest
 * the target does not read.
 */
import { posix } from 'node:path'
import type { SourceFile } from './source-file.ts'

export interface ModuleTree {
  /** The files to which a root leads. */
  readonly reachedFrom: (root: string) => readonly SourceFile[]
  /** Whether some root leads to it. */
  readonly isExplained: (path: string) => boolean
  /** Whether a Rust file is another target's own, or named by nothing to which the root leads. */
  readonly isUnread: (root: string, path: string) => boolean
}

interface Module {
  readonly path: string
  /** The folder of its modules. */
  readonly inside: string
}

/** An entry of a folder that may be a module; without `path` it can only be declared in place. */
interface Candidate {
  readonly name: string
  readonly path: string | undefined
  readonly inside: string
}

type Files = ReadonlyMap<string, SourceFile>
type Candidates = ReadonlyMap<string, readonly Candidate[]>

/** @param files those that are Rust code */
export function moduleTree(files: readonly SourceFile[], roots: readonly string[]): ModuleTree {
  const byPath: Files = new Map(files.map((file) => [file.relative, file]))
  const candidates = candidatesByFolder(byPath)
  const reached = new Map(roots.map((root) => [root, reach(root, byPath, candidates)]))
  const explained = new Set([...reached.values()].flatMap((paths) => [...paths]))
  const reachedFrom = (root: string): readonly SourceFile[] =>
    [...(reached.get(root) ?? [])].toSorted().map((path) => byPath.get(path)!)
  const loose = [...byPath.keys()].filter((path) => !explained.has(path))
  return {
    reachedFrom,
    isExplained: (path) => explained.has(path),
    isUnread(root, path) {
      if (!byPath.has(path) || reached.get(root)?.has(path) === true) return false
      const own = reachedFrom(root)
      const top = topOf(path)
      if (own.some((file) => looksThrough(file, top) || makesModules(file))) return false
      // what a macro declares may declare others
      return explained.has(path) || !loose.some((other) => topOf(other) === top && isMentioned(other, own))
    },
  }
}

function topOf(path: string): string {
  return path.split('/')[0]!
}

function stemOf(path: string): string {
  return posix.basename(path, '.rs')
}

function candidatesByFolder(files: Files): Candidates {
  const candidates = new Map<string, Candidate[]>()
  const add = (folder: string, candidate: Candidate): void => {
    const list = candidates.get(folder)
    if (list === undefined) candidates.set(folder, [candidate])
    else list.push(candidate)
  }
  const folders = new Set<string>()
  for (const path of files.keys()) {
    const folder = posix.dirname(path)
    folders.add(folder)
    add(folder, { name: stemOf(path), path, inside: posix.join(folder, stemOf(path)) })
  }
  for (const folder of folders) {
    if (folder === '.' || files.has(`${folder}.rs`)) continue
    const path = files.has(`${folder}/mod.rs`) ? `${folder}/mod.rs` : undefined
    add(posix.dirname(folder), { name: posix.basename(folder), path, inside: folder })
  }
  return candidates
}

function reach(root: string, files: Files, candidates: Candidates): ReadonlySet<string> {
  const seen = new Set<string>()
  const reached = new Set<string>()
  const left: Module[] = files.has(root) ? [{ path: root, inside: posix.dirname(root) }] : []
  for (let module = left.pop(); module !== undefined; module = left.pop()) {
    const key = `${module.path} ${module.inside}`
    if (seen.has(key)) continue
    seen.add(key)
    reached.add(module.path)
    const text = files.get(module.path)!.text()
    left.push(...declared(module, text, candidates), ...named(module.path, text, files))
  }
  return reached
}

function declared({ path, inside }: Module, text: string, candidates: Candidates): readonly Module[] {
  const isDeclared = (name: string, ends: readonly string[]): boolean =>
    ends.some((end) => text.includes(`mod ${name}${end}`) || text.includes(`mod r#${name}${end}`))
  return (candidates.get(inside) ?? []).flatMap((each) => [
    ...(each.path !== undefined && each.path !== path && isDeclared(each.name, [';', ' ;'])
      ? [{ path: each.path, inside: each.inside }]
      : []),
    // written in place, with modules in files
    ...(candidates.has(each.inside) && isDeclared(each.name, [' {', '{', '\n'])
      ? [{ path, inside: each.inside }]
      : []),
  ])
}

const PATH_READING = /#\[path|cfg_attr\(|include!\(|include_str!\(|include_bytes!\(/

function named(path: string, text: string, files: Files): readonly Module[] {
  if (!text.includes('.rs"')) return []
  const literals = text
    .split('"')
    .filter((part) => part.length > 3 && part.endsWith('.rs') && !part.includes('\n'))
  return literals
    .flatMap((literal) => {
      const places = [normal(`${posix.dirname(path)}/${literal}`), normal(literal)].filter((place) =>
        files.has(place),
      )
      if (PATH_READING.test(text)) return places.length === 0 ? endingWith(literal, files) : places
      // given to a macro
      return text.includes(`!("${literal}"`) ? places : []
    })
    .map((found) => ({ path: found, inside: posix.dirname(found) }))
}

/** Of a path that is put together, or starts from a module that is written in place. */
function endingWith(literal: string, files: Files): readonly string[] {
  const end = literal
    .split('/')
    .filter((part) => !['', '.', '..'].includes(part))
    .join('/')
  return [...files.keys()].filter((path) => path.endsWith(end))
}

/** A macro that makes the names of modules, of which the text does not tell. */
function makesModules(file: SourceFile): boolean {
  const text = file.text()
  return ['mod $', 'mod [<', 'path = $', 'path = concat!', 'include!($'].some((part) => text.includes(part))
}

/** A path that leads out of the package stays at its top. */
function normal(path: string): string {
  return posix.join('/', path).slice(1)
}

function looksThrough(file: SourceFile, folder: string): boolean {
  const text = file.text()
  return ['"', '"/', '"./', '../', 'DIR/', '}/'].some((start) => text.includes(`${start}${folder}`))
}

function isMentioned(path: string, files: readonly SourceFile[]): boolean {
  const folders = posix.dirname(path).split('/')
  const names = [stemOf(path), ...folders].filter((name) => name !== 'src' && name !== 'mod' && name !== '.')
  return names.some((name) => files.some((file) => file.text().includes(name)))
}
