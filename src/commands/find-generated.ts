/** Where the generated files are, for commands that work on them and read no manifest. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Cargo2NixError } from '../errors.ts'

/**
 * The directory: `nix` next to the lockfile, searched for upward like a manifest.
 *
 * @throws Cargo2NixError `file-missing`
 */
export function findGenerated(manifestPath: string | undefined, out: string | undefined): string {
  const start = manifestPath === undefined ? process.cwd() : dirname(resolve(manifestPath))
  const candidates =
    out === undefined ? foldersUpward(start).map((each) => join(each, 'nix')) : [resolve(out)]
  const found = candidates.find((folder) => existsSync(join(folder, 'Cargo.nix')))
  if (found !== undefined) return found
  throw new Cargo2NixError({
    code: 'file-missing',
    path: out ?? start,
    message:
      out === undefined
        ? 'there is no nix/Cargo.nix here or in any parent directory'
        : 'there is no Cargo.nix',
    hint: 'run `cargo2nix-ts generate`, or name your own file with --file',
  })
}

function foldersUpward(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUpward(above)]
}
