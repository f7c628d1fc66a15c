/**
 * What a manifest may need of its package's directory: the same for a directory and for the listing of a
 * `.crate`.
 */
export interface PackageFiles {
  /** True for a file or a directory, symbolic links followed. */
  readonly exists: (path: string) => boolean
  /** True for a file, symbolic links followed. */
  readonly isFile: (path: string) => boolean
  /**
   * The entries of a directory, links not followed; none if it does not exist. Paths are relative, with `/`.
   */
  readonly list: (path: string) => readonly FolderEntry[]
}

export interface FolderEntry {
  readonly name: string
  readonly isDirectory: boolean
}
