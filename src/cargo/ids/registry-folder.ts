/**
 * How cargo names a registry's directories in its home: `HOST-HASH`.
 *
 * Mirrors `short_name` in `sources/registry/mod.rs` and `util/hex.rs` of cargo 0.96 (the names since Rust 1.85), whose
 * hash is SipHash-1-3 with 128 bits of the source's kind and its canonical URL, folded to 64.
 */
import { canonicalUrl, type SourceId } from './source-id.ts'

/** Indices of the variants of cargo's `SourceKind`. */
const KINDS = { registry: 2, sparse: 3 } as const

/** The name of a registry's directories, from its index. */
export function registryFolderName(source: SourceId & { readonly kind: 'registry' | 'sparse' }): string {
  const { hostname, pathname } = new URL(source.url.replace(/^sparse\+/, ''))
  // A parser keeps the slash of a path that is nothing else.
  const slash = pathname === '/' && (source.kind === 'registry' || source.url.endsWith('/')) ? '/' : ''
  const url = `${canonicalUrl(source.url)}${slash}`
  const text = Buffer.concat([Buffer.of(KINDS[source.kind]), Buffer.from(url), Buffer.of(0xff)])
  return `${hostname}-${stableHash(text)}`
}

const MASK = 0xffff_ffff_ffff_ffffn

const add = (a: bigint, b: bigint): bigint => (a + b) & MASK

const rotate = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & MASK

type State = readonly [v0: bigint, v1: bigint, v2: bigint, v3: bigint]

function round([a0, a1, a2, a3]: State): State {
  const b0 = add(a0, a1)
  const b2 = add(a2, a3)
  const b1 = rotate(a1, 13n) ^ b0
  const b3 = rotate(a3, 16n) ^ b2
  const c2 = add(b2, b1)
  const c0 = add(rotate(b0, 32n), b3)
  return [c0, rotate(b1, 17n) ^ c2, rotate(c2, 32n), rotate(b3, 21n) ^ c0]
}

function absorb([v0, v1, v2, v3]: State, word: bigint): State {
  const [w0, w1, w2, w3] = round([v0, v1, v2, v3 ^ word])
  return [w0 ^ word, w1, w2, w3]
}

/** Hexadecimal, the lowest byte first. */
function stableHash(bytes: Buffer): string {
  const padded = Buffer.alloc(Math.floor(bytes.length / 8) * 8 + 8)
  bytes.copy(padded)
  padded[padded.length - 1] = bytes.length & 0xff
  const words = Array.from({ length: padded.length / 8 }, (_, index) => padded.readBigUInt64LE(index * 8))
  const start: State = [
    0x736f6d6570736575n,
    0x646f72616e646f6dn ^ 0xeen,
    0x6c7967656e657261n,
    0x7465646279746573n,
  ]
  const [v0, v1, v2, v3] = words.reduce(absorb, start)
  const low = round(round(round([v0, v1, v2 ^ 0xeen, v3])))
  const high = round(round(round([low[0], low[1] ^ 0xddn, low[2], low[3]])))
  const folded = add((fold(low) * 3n) & MASK, fold(high))
  const result = Buffer.alloc(8)
  result.writeBigUInt64LE(folded)
  return result.toString('hex')
}

function fold([v0, v1, v2, v3]: State): bigint {
  return v0 ^ v1 ^ v2 ^ v3
}
