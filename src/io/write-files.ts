/**
 * The generated directory on the disk: what it holds, and bringing it to what it should hold.
 *
 * All new text is first written to a staging directory; then renames bring it into place without pause. A run that is
 * killed before leaves the old files. Files without our header, and links, are never touched.
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
  /** Files to write: new ones, and ones with other text. */
  readonly written: readonly NixFile[]
  /** Paths of generated files that are no longer wanted. */
  readonly removed: readonly string[]
  /** Old text of the files that are there already, by path. */
  readonly previous: ReadonlyMap<string, string>
}

/**
 * Compares the directory with the files that it should hold.
 *
 * @throws Cargo2NixError `foreign-file` when a file to be written is there and is not ours, unless `force`, or is a link.
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

/** The text of all files at the places where generated ones lie, by path. */
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

/** Whether something else than a file of its own has the place. */
function isNonFile(path: string): boolean {
  const status = statusOf(path)
  return status !== undefined && !status.isFile()
}

/** What a link leads to may be anybody's, and a link itself is nothing that we have written. */
function refuseNonFile(path: string): void {
  if (!isNonFile(path)) return
  throw new Cargo2NixError({
    code: 'foreign-file',
    path,
    message: `this is ${statusOf(path)?.isSymbolicLink() === true ? 'a link' : 'no file'}, so it is left alone`,
    hint: 'remove it, or choose another directory with --out DIR',
  })
}

/** As `refuseNonFile`, of the directory itself: through a link, files would be written to where nobody looks for them. */
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
 * Carries the changes out, and removes what earlier runs left that were killed.
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

/** Gives a file the mode of the one whose place it takes, and its owner, where this user may. */
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
    hint: 'make the folder writable, or choose another one with --out',
    cause,
  })
}

/**
 * Replaces one file as a whole; where it is a link, the file that it leads to.
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
 * Writes a report for another program, wherever it is wanted.
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

function moveIntoPlace(staging: string, folder: string, { written, removed }: FileChanges): void {
  for (const { path } of written) mkdirSync(dirname(join(folder, path)), { recursive: true })
  for (const { path } of written) renameSync(join(staging, path), join(folder, path))
  for (const path of removed) rmSync(join(folder, path))
  // What held only files of ours goes with them.
  for (const parent of new Set(removed.map((path) => dirname(path)))) removeIfEmpty(folder, parent)
}

function removeIfEmpty(folder: string, path: string): void {
  if (path === '.' || readdirSync(join(folder, path)).length > 0) return
  rmdirSync(join(folder, path))
  removeIfEmpty(folder, dirname(path))
}
