/** What a manifest may ask of its package's folder: the same over a directory and over the listing of a `.crate`. */
export interface PackageFiles {
  /** True for a file or a folder, symbolic links followed. */
  readonly exists: (path: string) => boolean
  /** True for a file, symbolic links followed. */
  readonly isFile: (path: string) => boolean
  /** The entries of a folder, links not followed; none where there is no such folder. Paths are relative, with `/`. */
  readonly list: (path: string) => readonly FolderEntry[]
}

export interface FolderEntry {
  readonly name: string
  readonly isDirectory: boolean
}
