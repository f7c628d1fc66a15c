/**
 * Which files of a checkout belong to its commit: git's index.
 *
 * In: the bytes of `.git/index`. Out: its entries, in git's order.
 * Format: git's `index-format` documentation, versions 2 to 4. Cargo (libgit2) writes version 2; git itself,
 * which editors and shell prompts run in any directory, may rewrite it in another version.
 */
import { createHash } from 'node:crypto'

export interface GitIndexEntry {
  /** Relative to the checkout, one character per byte. */
  readonly path: string
  readonly kind: 'file' | 'program' | 'link' | 'submodule'
  /** Hexadecimal: the hash of the blob, or the submodule's commit. */
  readonly id: string
  /** Recorded at checkout: bytes (the lowest 32 bits), and seconds since 1970. */
  readonly size: number
  readonly modified: number
}

const HEADER = 12
/** Bytes of an entry before its flags: times, owner, size, mode and the hash. */
const FIXED = 60
const FLAGS = 2
const IS_EXTENDED = 0x4000
const HASH = 20
/** Keyed by the mode that git records for an entry. */
export const ENTRY_KINDS: Readonly<Record<number, GitIndexEntry['kind']>> = {
  0o100644: 'file',
  0o100755: 'program',
  0o120000: 'link',
  0o160000: 'submodule',
}

/**
 * Undefined if the bytes are damaged, or the index cannot be understood alone: a split one holds only the
 * differences from another file, a sparse one names whole directories.
 */
export function parseGitIndex(bytes: Buffer): readonly GitIndexEntry[] | undefined {
  if (bytes.length < HEADER + HASH || bytes.toString('latin1', 0, 4) !== 'DIRC') return undefined
  const version = bytes.readUInt32BE(4)
  if (version < 2 || version > 4 || !isWhole(bytes)) return undefined
  const entries: GitIndexEntry[] = []
  let offset = HEADER
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    if (offset + FIXED + FLAGS > bytes.length) return undefined
    const kind = ENTRY_KINDS[bytes.readUInt32BE(offset + 24)]
    const isExtended = (bytes.readUInt16BE(offset + FIXED) & IS_EXTENDED) !== 0
    const start = offset + FIXED + FLAGS + (isExtended ? 2 : 0)
    const name = version === 4 ? nameAfter(entries.at(-1)?.path ?? '', bytes, start) : plainName(bytes, start)
    if (kind === undefined || name === undefined) return undefined
    const id = bytes.toString('hex', offset + 40, offset + FIXED)
    const [modified, size] = [bytes.readUInt32BE(offset + 8), bytes.readUInt32BE(offset + 36)]
    entries.push({ path: name.path, kind, id, size, modified })
    // but in version 4, one to eight zeros, so that every entry begins at a multiple of eight
    offset = version === 4 ? name.end + 1 : offset + ((name.end - offset + 8) & ~7)
  }
  return isAll(bytes, offset) ? entries : undefined
}

/** The last twenty bytes are the hash of the rest; git can be configured to leave them zero. */
function isWhole(bytes: Buffer): boolean {
  const end = bytes.length - HASH
  const hash = bytes.subarray(end)
  return (
    hash.every((byte) => byte === 0) ||
    createHash('sha1').update(bytes.subarray(0, end)).digest().equals(hash)
  )
}

/** `end` is the position of the zero byte after it. */
interface Name {
  readonly path: string
  readonly end: number
}

function plainName(bytes: Buffer, start: number): Name | undefined {
  const end = bytes.indexOf(0, start)
  return end === -1 ? undefined : { path: bytes.toString('latin1', start, end), end }
}

/**
 * Version 4: how many bytes to drop from the previous name (encoded as in pack files), and what to append.
 */
function nameAfter(previous: string, bytes: Buffer, start: number): Name | undefined {
  let offset = start
  let dropped = 0
  for (;;) {
    const byte = bytes[offset]
    offset += 1
    if (byte === undefined || dropped > previous.length) return undefined
    dropped = dropped * 128 + (byte & 127)
    if (byte < 128) break
    dropped += 1
  }
  const added = plainName(bytes, offset)
  if (added === undefined || dropped > previous.length) return undefined
  return { path: previous.slice(0, previous.length - dropped) + added.path, end: added.end }
}

/** Whether only extensions follow that may be ignored: their names begin with a capital letter. */
function isAll(bytes: Buffer, start: number): boolean {
  const end = bytes.length - HASH
  let offset = start
  while (offset + 8 <= end) {
    if (!/[A-Z]/.test(String.fromCharCode(bytes[offset]!))) return false
    offset += 8 + bytes.readUInt32BE(offset + 4)
  }
  return offset === end
}
