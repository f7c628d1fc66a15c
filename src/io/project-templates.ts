/** Files that a new project starts from, shipped with the program: `nix/templates`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Cargo2NixError, InternalError } from '../errors.ts'

/** The text of a template, by its path below `nix/templates`. */
export function readProjectTemplate(path: string): string {
  // The program runs as dist/cli.js or from src/io.
  const found = ['../nix/templates', '../../nix/templates']
    .map((directory) => join(import.meta.dirname, directory, path))
    .find((each) => existsSync(each))
  if (found === undefined) throw new InternalError(`the template ${path} of cargo2nix-ts is missing`)
  return readFileSync(found, 'utf8')
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
    throw new Cargo2NixError({
      code: 'write-failed',
      path,
      message: `cannot write: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'make the directory writable',
      cause,
    })
  }
}
