/** Files on the disk, as rules about sources see them: read once, and only if they are asked for. */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SourceFile, Surroundings } from '../nix/sources/source-file.ts'

/** @param relative paths of files and links in the folder */
export function sourceFiles(folder: string, relative: readonly string[]): readonly SourceFile[] {
  return relative.map((path) => {
    const file = join(folder, path)
    const isLink = lstatSync(file).isSymbolicLink()
    return {
      relative: path,
      isLink,
      text: once(() => (existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : '')),
      digest: once(() => (isLink ? `${readlinkSync(file)} ${digestOf(file)}` : digestOf(file))),
    }
  })
}

/** The disk around packages. */
export const surroundings: Surroundings = {
  exists: existsSync,
  included: (folder, pattern) =>
    included(
      folder,
      pattern.split('/').filter((part) => part !== '' && part !== '.'),
    ),
  text: (path) => readFileSync(path, 'utf8'),
  digest: digestOf,
}

/** `**` stands for any number of folders. */
function included(path: string, parts: readonly string[]): readonly string[] {
  const [part, ...rest] = parts
  if (part === undefined) return [path]
  if (part === '..') return included(dirname(path), rest)
  const names = existsSync(path) && statSync(path).isDirectory() ? entriesOf(path) : []
  if (part === '**') {
    const folders = names.map((name) => join(path, name)).filter((child) => statSync(child).isDirectory())
    return [...included(path, rest), ...folders.flatMap((child) => included(child, parts))]
  }
  const wanted = new RegExp(
    `^${part
      .replaceAll(/[\\^$.+()[\]{}|]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
  return names.filter((name) => wanted.test(name)).flatMap((name) => included(join(path, name), rest))
}

function entriesOf(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name !== 'target' && name !== '.git')
}

/** Content and whether it can be executed, as Nix stores them. */
function digestOf(path: string): string {
  if (!existsSync(path)) return ''
  const status = statSync(path)
  // A pipe or a device has no end, and is nothing that Nix copies.
  if (!status.isDirectory() && !status.isFile()) return ''
  const hash = createHash('sha256')
  if (status.isDirectory()) {
    for (const name of entriesOf(path).toSorted()) hash.update(`${name} ${digestOf(join(path, name))}\n`)
  } else {
    hash.update(`${(status.mode & 0o100) !== 0}`).update(readFileSync(path))
  }
  return hash.digest('hex').slice(0, 32)
}

function once<T>(compute: () => T): () => T {
  let value: { readonly it: T } | undefined
  return () => (value ??= { it: compute() }).it
}
