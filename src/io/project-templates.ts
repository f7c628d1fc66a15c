/** Files that a new project starts from, shipped with the program: `nix/templates`. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InternalError } from '../errors.ts'

/** The text of a template, by its path below `nix/templates`. */
export function readProjectTemplate(path: string): string {
  // The program runs as dist/cli.js or from src/io.
  const found = ['../nix/templates', '../../nix/templates']
    .map((directory) => join(import.meta.dirname, directory, path))
    .find((each) => existsSync(each))
  if (found === undefined) throw new InternalError(`the template ${path} of cargo2nix-ts is missing`)
  return readFileSync(found, 'utf8')
}
