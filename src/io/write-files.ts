/**
 * The generated directory on disk: what it holds, and bringing it to what it should hold.
 *
 * All new text is first written to a staging directory; then renames move it into place without pause. A run
 * that is killed before that leaves the old files. Files without our header, and links, are never touched.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { isGenerated, type NixFile } from '../nix/render/nix-file.ts'
import { removeAbandoned, withStaging } from './staging.ts'

export interface FileChanges {
  /** Files to write: new or changed ones. */
  readonly written: readonly NixFile[]
  /** Paths of generated files that are no longer wanted. */
  readonly removed: readonly string[]
  /** Old text of the files that exist already, by path. */
  readonly previous: ReadonlyMap<string, string>
}

/**
 * Compares the directory with the files that it should hold.
 *
 * @throws Cargo2NixError `foreign-file` if a file to write exists and is not ours (unless `force`), or is a
 *   link.
 */
export function compareFiles(folder: string, files: readonly NixFile[], force: boolean): FileChanges {
  for (const { path, isOptional } of files) if (isOptional !== true) refuseNonFile(join(folder, path))
  const paths = new Set(files.map(({ path }) => path))
  const found = [...filesOf(folder)]
  const previous = new Map(found.filter(([path, text]) => isGenerated(text) || paths.has(path)))
  const isForeign = ({ path }: NixFile): boolean => {
    const text = previous.get(path)
    return text !== undefined && !isGenerated(text)
  }
  const refused = files.find((file) => isForeign(file) && file.isOptional !== true)
  if (refused !== undefined && !force) throw foreign(join(folder, refused.path))
  return {
    written: files
      .filter(
        (file) => !(file.isOptional === true && (isForeign(file) || isNonFile(join(folder, file.path)))),
      )
      .filter((file) => previous.get(file.path) !== file.text),
    removed: [...previous]
      .filter(([path, text]) => !paths.has(path) && isGenerated(text))
      .map(([path]) => path),
    previous,
  }
}

/** The text of all files in the places of generated ones, by path. */
export function filesOf(folder: string): ReadonlyMap<string, string> {
  return new Map(listFiles(folder, '').map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}

function foreign(path: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'foreign-file',
    path,
    message: 'this file was not written by cargo2nix-ts, so it is left alone',
    hint: 'choose another folder with --out DIR, or overwrite it with --force',
  })
}

function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Whether the place is taken by something other than a regular file. */
function isNonFile(path: string): boolean {
  const status = statusOf(path)
  return status !== undefined && !status.isFile()
}

/** A link may lead to anyone's file, and a link itself is never something that we wrote. */
function refuseNonFile(path: string): void {
  if (!isNonFile(path)) return
  throw new Cargo2NixError({
    code: 'foreign-file',
    path,
    message: `this is ${statusOf(path)?.isSymbolicLink() === true ? 'a link' : 'no file'}, so it is left alone`,
    hint: 'remove it, or choose another directory with --out DIR',
  })
}

/**
 * Like `refuseNonFile`, for the directory itself: through a link, files would end up where nobody looks for
 * them.
 */
function refuseNonDirectory(folder: string): void {
  const status = statusOf(folder)
  if (status === undefined || status.isDirectory()) return
  if (!status.isSymbolicLink()) throw foreign(folder)
  throw new Cargo2NixError({
    code: 'foreign-file',
    path: folder,
    message: 'this is a link, so nothing is written through it',
    hint: 'remove it, or name the directory itself with --out DIR',
  })
}

/**
 * Generated files are in the directory itself; before version 0.2 the runtime was many files in `cargo2nix/`.
 */
function listFiles(folder: string, prefix: string): readonly string[] {
  refuseNonDirectory(folder)
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile() && /\.(?:awk|nix|sh)$|^\.gitattributes$/.test(entry.name))
      return [`${prefix}${entry.name}`]
    if (!entry.isDirectory() || (prefix === '' && entry.name !== 'cargo2nix')) return []
    return listFiles(join(folder, entry.name), `${prefix}${entry.name}/`)
  })
}

/**
 * Applies the changes, and removes what earlier killed runs left behind.
 *
 * @throws Cargo2NixError `foreign-file`, `write-failed`; nothing in the directory has changed then.
 */
export function applyChanges(folder: string, changes: FileChanges): void {
  for (const directory of [folder, dirname(folder)]) removeAbandoned(directory)
  if (changes.written.length === 0 && changes.removed.length === 0) return
  for (const { path } of changes.written) refuseNonFile(join(folder, path))
  try {
    const isNew = !existsSync(folder)
    if (isNew) mkdirSync(dirname(folder), { recursive: true })
    withStaging(isNew ? dirname(folder) : folder, (staging) => {
      for (const { path, text } of changes.written) {
        mkdirSync(dirname(join(staging, path)), { recursive: true })
        writeFileSync(join(staging, path), text)
        likeBefore(join(staging, path), statusOf(join(folder, path)))
      }
      if (isNew) renameSync(staging, folder)
      else moveIntoPlace(staging, folder, changes)
    })
  } catch (cause) {
    throw writeFailed(folder, cause)
  }
}

/** Gives a file the mode of the one it replaces, and its owner, where this user may. */
function likeBefore(path: string, before: Stats | undefined): void {
  if (before === undefined) return
  try {
    chownSync(path, before.uid, before.gid)
  } catch {
    // Another user's file becomes this one's, as with any editor.
  }
  chmodSync(path, before.mode & 0o777)
}

function writeFailed(path: string, cause: unknown): Cargo2NixError {
  return new Cargo2NixError({
    code: 'write-failed',
    path,
    message: `cannot write: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'make its directory writable, or choose another one',
    cause,
  })
}

/**
 * Replaces one file as a whole; if it is a link, replaces its target.
 *
 * @throws Cargo2NixError `write-failed`; the file is unchanged then.
 */
export function writeText(path: string, text: string): void {
  try {
    const real = existsSync(path) ? realpathSync(path) : path
    removeAbandoned(dirname(real))
    withStaging(dirname(real), (staging) => {
      const written = join(staging, basename(real))
      writeFileSync(written, text)
      likeBefore(written, statusOf(real))
      renameSync(written, real)
    })
  } catch (cause) {
    throw writeFailed(path, cause)
  }
}

/**
 * Writes a report for another program, to any path.
 *
 * @throws Cargo2NixError `write-failed`
 */
export function writeReport(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (cause) {
    throw writeFailed(path, cause)
  }
}

/**
 * Writes a file that must not exist yet.
 *
 * @returns false, without writing anything, if something of that name exists
 * @throws Cargo2NixError `write-failed`
 */
export function writeNewFile(path: string, text: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw writeFailed(path, cause)
  }
}

function moveIntoPlace(staging: string, folder: string, { written, removed }: FileChanges): void {
  for (const { path } of written) mkdirSync(dirname(join(folder, path)), { recursive: true })
  for (const { path } of written) renameSync(join(staging, path), join(folder, path))
  for (const path of removed) rmSync(join(folder, path))
  // Directories that held only our files go with them.
  for (const parent of new Set(removed.map((path) => dirname(path)))) removeIfEmpty(folder, parent)
}

function removeIfEmpty(folder: string, path: string): void {
  if (path === '.' || readdirSync(join(folder, path)).length > 0) return
  rmdirSync(join(folder, path))
  removeIfEmpty(folder, dirname(path))
}
