/**
 * Directories for writing files before renaming them into place.
 *
 * In: the directory that the files go to, so that both are on one file system. Each staging directory holds a
 * `.gitignore` for itself: neither git nor anything that follows its rules picks it up. Its name contains the
 * process ID: the next run removes what a killed run left behind.
 */
import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NAME = /^\.cargo2nix-(\d+)-[0-9a-f]{12}$/

/** After this time a directory is abandoned, even if another process has taken the ID. */
const LONGEST_RUN_MS = 60 * 60 * 1000

/** Calls `work` with a new directory below `parent`, which is removed afterwards. */
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

/** Removes what killed runs left in a directory, as far as this run may. */
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
      // Another run was first, or it belongs to another user: leave it.
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
