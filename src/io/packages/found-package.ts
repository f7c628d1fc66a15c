/** A package found on disk, with what registries, git repositories and directories have in common. */
import type { PackageFiles } from '../../cargo/manifest/package-files.ts'
import type { PackageReplacement } from '../../cargo/workspace/workspace.ts'
import { directoryFiles } from '../manifests/directory-files.ts'
import type { IndexFile } from './registry-index.ts'

export interface FoundPackage {
  /** Absolute; for an archive, the path where cargo would unpack it. */
  readonly manifestPath: string
  readonly folder: string
  /** Undefined if the manifest must be read from `manifestPath`. */
  readonly manifestText: string | undefined
  readonly files: PackageFiles
  /** For a package that nobody may change: a different stamp means that what is cached may be wrong. */
  readonly stamp?: string
  /** For a package from a registry: the file of the index that should have its entry, if there is one. */
  readonly index?: IndexFile | 'missing'
  /** For a git dependency: the directory of the repository's checkout. */
  readonly checkout?: string
  /** For a source replaced by a directory: what the package is there, a directory or an archive. */
  readonly replacement?: PackageReplacement
}

/** A package in a directory. */
export function packageIn(folder: string): FoundPackage {
  const manifestPath = `${folder}/Cargo.toml`
  return { manifestPath, folder, manifestText: undefined, files: directoryFiles(folder) }
}
