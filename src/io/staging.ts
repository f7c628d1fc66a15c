/**
 * Directories in which files are written before they are renamed into place.
 *
 * In: the directory that the files go to, so both are on one file system. Each staging directory holds a `.gitignore` for
 * itself: neither git nor what takes a package's files by its rules sees it. Its name has the process's id: what a run
 * left behind that was killed is removed by the next one.
 */
import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NAME = /^\.cargo2nix-(\d+)-[0-9a-f]{12}$/

/** After which time a directory is abandoned, even if another process has got the id. */
const LONGEST_RUN_MS = 60 * 60 * 1000

/** Calls `work` with a new directory below `parent`, which is gone afterwards. */
export function withStaging(parent: string, work: (directory: string) => void): void {
  const staging = join(parent, `.cargo2nix-${process.pid}-${randomBytes(6).toString('hex')}`)
  mkdirSync(staging)
  try {
    writeFileSync(join(staging, '.gitignore'), '*\n')
    const directory = join(staging, 'files')
    mkdirSync(directory)
    work(directory)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Removes what runs that were killed left in a directory, as far as this one may. */
export function removeAbandoned(parent: string): void {
  for (const name of namesIn(parent)) {
    const pid = NAME.exec(name)?.[1]
    if (pid === undefined) continue
    const path = join(parent, name)
    try {
      const status = lstatSync(path)
      const isOld = Date.now() - status.mtimeMs > LONGEST_RUN_MS
      if (status.isDirectory() && (isOld || !isRunning(Number(pid)))) rmSync(path, { recursive: true })
    } catch {
      // Another run was first, or it is somebody else's: it stays.
    }
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
