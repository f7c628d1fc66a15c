/** The Nix runtime as it ships beside the program. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GENERATED_HEADER, type NixFile } from '../nix/render/nix-file.ts'

/** The files of `templates/`, with our header, as they stand in `cargo2nix/` of the generated folder. */
export function readTemplates(): readonly NixFile[] {
  // The program runs as dist/cli.js or from src/io; the folder lies beside both.
  const folder = [
    join(import.meta.dirname, '../templates'),
    join(import.meta.dirname, '../../templates'),
  ].find((each) => isReadable(each))
  if (folder === undefined)
    throw new Error('the folder `templates` of cargo2nix-ts is missing: install it again')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.\w+$/.test(name))
    .toSorted()
    .map((name) => ({
      path: `cargo2nix/${name}`,
      text: `${GENERATED_HEADER}${readFileSync(join(folder, name), 'utf8')}`,
    }))
}

function isReadable(folder: string): boolean {
  try {
    return readdirSync(folder).includes('default.nix')
  } catch {
    return false
  }
}
