/**
 * The hash of a directory as Nix computes it: SHA-256 over its archive (NAR).
 *
 * In: a tree of files. Out: what `nix-hash --type sha256 --sri` prints for it, or `nix hash path`.
 * An archive holds names, contents, links and the executable bit; no times, owners or other modes.
 * Format: E. Dolstra's thesis "The Purely Functional Software Deployment Model", figure 5.2.
 */
import { createHash, type Hash } from 'node:crypto'

export type NarNode = NarFolder | NarFile | NarLink

export interface NarFolder {
  readonly kind: 'folder'
  /** By name; each character of a name is one byte, in any order. */
  readonly entries: ReadonlyMap<string, NarNode>
}

export interface NarFile {
  readonly kind: 'file'
  readonly executable: boolean
  /** Called once, when the file is reached. */
  readonly read: () => Uint8Array
}

export interface NarLink {
  readonly kind: 'link'
  readonly read: () => Uint8Array
}

/** The hash in the form `sha256-<base64>`. Throws whatever reading a file throws. */
export function narHash(node: NarNode): string {
  const hash = createHash('sha256')
  writeWords(hash, 'nix-archive-1')
  writeNode(hash, node)
  return `sha256-${hash.digest('base64')}`
}

function writeNode(hash: Hash, node: NarNode): void {
  writeWords(hash, '(', 'type')
  switch (node.kind) {
    case 'file':
      writeWords(hash, 'regular', ...(node.executable ? ['executable', ''] : []), 'contents')
      writeBytes(hash, node.read())
      break
    case 'link':
      writeWords(hash, 'symlink', 'target')
      writeBytes(hash, node.read())
      break
    case 'folder':
      writeWords(hash, 'directory')
      for (const name of [...node.entries.keys()].sort()) {
        writeWords(hash, 'entry', '(', 'name')
        writeBytes(hash, Buffer.from(name, 'latin1'))
        writeWords(hash, 'node')
        writeNode(hash, node.entries.get(name)!)
        writeWords(hash, ')')
      }
  }
  writeWords(hash, ')')
}

function writeWords(hash: Hash, ...words: readonly string[]): void {
  for (const word of words) writeBytes(hash, Buffer.from(word))
}

const ZEROS = Buffer.alloc(8)

/** The length in eight bytes, then the bytes, padded with zeros to a multiple of eight. */
function writeBytes(hash: Hash, bytes: Uint8Array): void {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes.length))
  hash.update(length)
  hash.update(bytes)
  const rest = bytes.length % 8
  if (rest !== 0) hash.update(ZEROS.subarray(rest))
}
