/**
 * Which manifest a command is about.
 *
 * Mirrors `root_manifest` in `util/command_prelude.rs` of cargo 0.100.
 */
import { existsSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { Cargo2NixError } from '../../errors.ts'
import { isFolder } from '../manifests/directory-files.ts'

interface Asked {
  readonly manifestPath?: string
  readonly cwd: string
}

/**
 * The manifest that a command is about: the one given, or the nearest one from `cwd` upward.
 *
 * @throws Cargo2NixError `file-missing`, `bad-argument`, `not-supported` for a package in a single file
 */
export function findManifest({ manifestPath, cwd }: Asked): string {
  if (manifestPath !== undefined) return checkManifestPath(resolve(cwd, manifestPath))
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, 'Cargo.toml')
    if (existsSync(path)) return path
    if (dirname(folder) !== folder) continue
    throw new Cargo2NixError({
      code: 'file-missing',
      message: 'there is no Cargo.toml here or in any parent directory',
      path: cwd,
      hint: 'run this inside a workspace, or give `--manifest-path`',
    })
  }
}

/** Cargo's `is_embedded`: the name decides, not the content. */
function isScript(path: string): boolean {
  return ['.rs', ''].includes(extname(path)) && existsSync(path) && !isFolder(path)
}

function checkManifestPath(path: string): string {
  const hint = 'give the path of a `Cargo.toml`'
  if (isScript(path)) {
    throw new Cargo2NixError({
      code: 'not-supported',
      path,
      message: 'a package in a single file is for nightly cargo alone (`-Z script`), and not supported',
      hint: 'move its manifest to a Cargo.toml, and its code to src/main.rs: it has no lockfile in the repository either',
    })
  }
  if (isFolder(path) || !path.endsWith('/Cargo.toml')) {
    throw new Cargo2NixError({
      code: 'bad-argument',
      message: '`--manifest-path` names no Cargo.toml',
      path,
      hint,
    })
  }
  if (existsSync(path)) return path
  throw new Cargo2NixError({ code: 'file-missing', message: 'there is no such manifest', path, hint })
}
