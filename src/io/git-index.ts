/**
 * Which files a checkout has by its commit: git's index.
 *
 * In: the bytes of `.git/index`. Out: its entries, in git's order.
 * Format: git's `index-format` documentation, versions 2 and 3; cargo (libgit2) writes no other one.
 */
import { createHash } from 'node:crypto'

export interface GitIndexEntry {
  /** Relative to the checkout, one character a byte. */
  readonly path: string
  readonly kind: 'file' | 'program' | 'link' | 'submodule'
  /** Hexadecimal: of the blob, or the submodule's commit. */
  readonly id: string
  /** Of the file when it was checked out: bytes (the lowest 32 bits), and seconds since 1970. */
  readonly size: number
  readonly modified: number
}

const HEADER = 12
/** Bytes of an entry before its flags: times, owner, size, mode and the hash. */
const FIXED = 60
const FLAGS = 2
const IS_EXTENDED = 0x4000
const KINDS: Readonly<Record<number, GitIndexEntry['kind']>> = {
  0o100644: 'file',
  0o100755: 'program',
  0o120000: 'link',
  0o160000: 'submodule',
}

/** The last twenty bytes are the hash of the others; git can be told to leave them zero. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.length - 20
  const hash = bytes.subarray(end)
  return (
    hash.every((byte) => byte === 0) ||
    createHash('sha1').update(bytes.subarray(0, end)).digest().equals(hash)
  )
}

/** Undefined where the bytes are no index of a version that is known. */
export function parseGitIndex(bytes: Buffer): readonly GitIndexEntry[] | undefined {
  if (bytes.length < HEADER + 20 || bytes.toString('latin1', 0, 4) !== 'DIRC') return undefined
  const version = bytes.readUInt32BE(4)
  if ((version !== 2 && version !== 3) || !isWhole(bytes)) return undefined
  const entries: GitIndexEntry[] = []
  let offset = HEADER
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    if (offset + FIXED + FLAGS > bytes.length) return undefined
    const kind = KINDS[bytes.readUInt32BE(offset + 24)]
    const isExtended = (bytes.readUInt16BE(offset + FIXED) & IS_EXTENDED) !== 0
    const start = offset + FIXED + FLAGS + (isExtended ? 2 : 0)
    const end = bytes.indexOf(0, start)
    if (kind === undefined || end === -1) return undefined
    const id = bytes.toString('hex', offset + 40, offset + FIXED)
    const [modified, size] = [bytes.readUInt32BE(offset + 8), bytes.readUInt32BE(offset + 36)]
    entries.push({ path: bytes.toString('latin1', start, end), kind, id, size, modified })
    // one to eight zeros, so that every entry begins at a multiple of eight
    offset += (end - offset + 8) & ~7
  }
  return entries
}
