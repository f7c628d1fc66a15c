/** Real workspaces, with empty sources and vendored manifests, which are kept outside of the project. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const archive = join(import.meta.dirname, '..', '..', 'shared', 'corpus', 'corpus.tar.xz')

/** Why tests over the corpus cannot run here; undefined when they can. */
export const corpusMissing: string | undefined = existsSync(archive) ? undefined : `there is no ${archive}`

/**
 * The unpacked corpus, shared by all runs: to be left as it is. One repository, so that every checkout has the
 * configuration that names its vendored crates.
 */
export function corpusFolder(): string {
  const folder = join(tmpdir(), `cargo2nix-ts-corpus-${statSync(archive).size}-repository`)
  if (existsSync(folder)) return folder
  const fresh = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-corpus-'))
  execFileSync('tar', ['-C', fresh, '-xJf', archive])
  mkdirSync(join(fresh, '.pijul'))
  try {
    renameSync(fresh, folder)
  } catch (error) {
    // Another test process was faster.
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** The names of its workspaces. */
export function corpusWorkspaces(): readonly string[] {
  const names = readdirSync(corpusFolder())
  return names.filter((name) => existsSync(join(corpusFolder(), name, 'Cargo.lock'))).sort()
}
