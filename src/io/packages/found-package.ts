/** A package found on the disk: what all places of packages, registries, repositories and directories, have in common. */
import type { PackageFiles } from '../../cargo/manifest/package-files.ts'
import type { PackageReplacement } from '../../cargo/workspace/workspace.ts'
import { directoryFiles } from '../manifests/directory-files.ts'

export interface FoundPackage {
  /** Absolute; for an archive the path where cargo would unpack it. */
  readonly manifestPath: string
  readonly folder: string
  /** Undefined where the manifest must be read from `manifestPath`. */
  readonly manifestText: string | undefined
  readonly files: PackageFiles
  /** Of a package that nobody may change: another one shows that what is known of it may not hold. */
  readonly stamp?: string
  /** Of a git dependency: the directory of the repository's checkout. */
  readonly checkout?: string
  /** Of a source that is replaced with a directory: what of it is the package, a directory or an archive. */
  readonly replacement?: PackageReplacement
}

/** A package in a directory. */
export function packageIn(folder: string): FoundPackage {
  const manifestPath = `${folder}/Cargo.toml`
  return { manifestPath, folder, manifestText: undefined, files: directoryFiles(folder) }
}
