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
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { isGenerated, type NixFile } from '../nix/nix-file.ts'

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
  const previous = new Map<string, string>()
  for (const path of listFiles(folder, '')) {
    const text = readFileSync(join(folder, path), 'utf8')
    if (isGenerated(text) || files.some((file) => file.path === path)) previous.set(path, text)
  }
  for (const file of files) {
    const text = previous.get(file.path)
    if (text !== undefined && !isGenerated(text) && !force) throw foreign(join(folder, file.path))
  }
  const wanted = new Set(files.map((file) => file.path))
  return {
    written: files.filter((file) => previous.get(file.path) !== file.text),
    removed: [...previous]
      .filter(([path, text]) => !wanted.has(path) && isGenerated(text))
      .map(([path]) => path),
    previous,
  }
}

function foreign(path: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'foreign-file',
    path,
    message: 'this file was not written by cargo2nix-ts, so it is left alone',
    hint: 'choose another folder with --out DIR, or overwrite it with --force',
  })
}

/** Generated files lie in the folder itself and in `cargo2nix/`; deeper ones are not ours. */
function listFiles(folder: string, prefix: string): readonly string[] {
  if (!existsSync(folder)) return []
  if (!statSync(folder).isDirectory()) throw foreign(folder)
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile() && /\.(nix|sh)$/.test(entry.name)) return [`${prefix}${entry.name}`]
    if (!entry.isDirectory() || prefix !== '' || entry.name !== 'cargo2nix') return []
    return listFiles(join(folder, entry.name), `${entry.name}/`)
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
    throw new Cargo2NixError({
      code: 'write-failed',
      path: folder,
      message: `cannot write: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'make the folder writable, or choose another one with --out',
      cause,
    })
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true })
  }
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

function moveIntoPlace(staging: string, folder: string, { written, removed }: FileChanges): void {
  if (!existsSync(folder)) {
    renameSync(staging, folder)
    return
  }
  for (const { path } of written) mkdirSync(dirname(join(folder, path)), { recursive: true })
  for (const { path } of written) renameSync(join(staging, path), join(folder, path))
  for (const path of removed) rmSync(join(folder, path))
}
