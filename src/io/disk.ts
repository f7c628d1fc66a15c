/** Digests of files on disk: what `why` compares. */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Disk } from '../nix/sources/unit-sources.ts'

/** All paths are absolute. */
export const disk: Disk = {
  isLink: (path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true,
  entries: entriesOf,
  digest: (path) => (disk.isLink(path) ? `${readlinkSync(path)} ${digestOf(path)}` : digestOf(path)),
}

function entriesOf(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name !== 'target' && name !== '.git')
}

/** Content and executable bit, as Nix stores them; for a directory, those of all files in it. */
function digestOf(path: string): string {
  if (!existsSync(path)) return ''
  const status = statSync(path)
  const hash = createHash('sha256')
  if (status.isDirectory()) {
    for (const name of entriesOf(path).toSorted()) hash.update(`${name} ${digestOf(join(path, name))}\n`)
  } else {
    hash.update(`${(status.mode & 0o100) !== 0}`).update(readFileSync(path))
  }
  return hash.digest('hex').slice(0, 32)
}
