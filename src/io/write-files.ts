/**
 * The generated folder on the disk: what it holds, and bringing it to what it should hold.
 *
 * All new text is first written beside the folder; then renames bring it into place without pause. A run that is
 * killed before leaves the old files. Files without our header are never touched.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { isGenerated, type NixFile } from '../nix/render/nix-file.ts'

export interface FileChanges {
  /** Files to write: new ones, and ones with other text. */
  readonly written: readonly NixFile[]
  /** Paths of generated files that are no longer wanted. */
  readonly removed: readonly string[]
  /** Old text of the files that are there already, by path. */
  readonly previous: ReadonlyMap<string, string>
}

/**
 * Compares the folder with the files that it should hold.
 *
 * @throws Cargo2NixError `foreign-file` when a file to be written is there and is not ours, unless `force`.
 */
export function compareFiles(folder: string, files: readonly NixFile[], force: boolean): FileChanges {
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
      .filter((file) => !(file.isOptional === true && isForeign(file)))
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

/** Generated files are in the folder itself; before version 0.2 the runtime was many files in `cargo2nix/`. */
function listFiles(folder: string, prefix: string): readonly string[] {
  if (!existsSync(folder)) return []
  if (!statSync(folder).isDirectory()) throw foreign(folder)
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile() && /\.(?:awk|nix|sh)$|^\.gitattributes$/.test(entry.name))
      return [`${prefix}${entry.name}`]
    if (!entry.isDirectory() || (prefix === '' && entry.name !== 'cargo2nix')) return []
    return listFiles(join(folder, entry.name), `${prefix}${entry.name}/`)
  })
}

/**
 * Carries the changes out.
 *
 * @throws Cargo2NixError `write-failed`; nothing in the folder has changed then.
 */
export function applyChanges(folder: string, changes: FileChanges): void {
  if (changes.written.length === 0 && changes.removed.length === 0) return
  let staging: string | undefined
  try {
    mkdirSync(dirname(folder), { recursive: true })
    staging = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`))
    for (const { path, text } of changes.written) {
      mkdirSync(dirname(join(staging, path)), { recursive: true })
      writeFileSync(join(staging, path), text)
    }
    moveIntoPlace(staging, folder, changes)
  } catch (cause) {
    throw writeFailed(folder, cause)
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true })
  }
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
 * Replaces one file as a whole.
 *
 * @throws Cargo2NixError `write-failed`; the file is unchanged then.
 */
export function writeText(path: string, text: string): void {
  const folder = dirname(path)
  applyChanges(folder, { written: [{ path: basename(path), text }], removed: [], previous: new Map() })
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
  if (!existsSync(folder)) {
    renameSync(staging, folder)
    return
  }
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
