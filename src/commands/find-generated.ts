/** Where the generated files are, for commands that work on them and read no manifest. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Cargo2NixError } from '../errors.ts'
import { printString } from '../nix/render/print.ts'

/** Where the package set comes from unless a flag says otherwise. */
export const DEFAULT_PKGS = 'import <nixpkgs> { }'

/**
 * A Nix expression for the outputs of a Cargo.nix.
 *
 * @param file absolute path
 * @param pkgs an expression for a package set
 * @param more further arguments, as they stand in an attribute set
 */
export function importGenerated(file: string, pkgs: string | undefined, more = ''): string {
  return `import (/. + ${printString(file)}) { pkgs = ${pkgs ?? DEFAULT_PKGS}; ${more} }`
}

/**
 * The directory: `nix` next to the lockfile, searched for upward like a manifest.
 *
 * @param instead what else the command can be given, for the hint of the error
 * @throws Cargo2NixError `file-missing`
 */
export function findGenerated(
  manifestPath: string | undefined,
  out: string | undefined,
  instead = '',
): string {
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
    hint: `run \`cargo2nix-ts generate\`${instead}`,
  })
}

function foldersUpward(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUpward(above)]
}
