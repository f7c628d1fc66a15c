/** The view of a package's files over a directory on the disk. */
import { existsSync, readdirSync, statSync, type Stats } from 'node:fs'
import type { FolderEntry, PackageFiles } from '../../cargo/manifest/package-files.ts'

/** @param folder absolute */
export function directoryFiles(folder: string): PackageFiles {
  return {
    exists: (path) => existsSync(`${folder}/${path}`),
    isFile: (path) => isFile(`${folder}/${path}`),
    list: (path) => listFolder(`${folder}/${path}`),
  }
}

/** True for a file, symbolic links followed. */
export function isFile(path: string): boolean {
  return statusOf(path)?.isFile() === true
}

/** True for a directory, symbolic links followed. */
export function isFolder(path: string): boolean {
  return statusOf(path)?.isDirectory() === true
}

/** What cannot be inspected does not exist, as in cargo: circular links, names that no file can have. */
export function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** The entries of a directory, links not followed; none if it cannot be read. */
export function listFolder(path: string): readonly FolderEntry[] {
  if (!existsSync(path)) return []
  try {
    return readdirSync(path, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isDirectory: entry.isDirectory(),
    }))
  } catch {
    return []
  }
}
