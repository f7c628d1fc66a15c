/** Pseudorandom numbers from a seed. */

export interface Chance {
  /** An integer from 0 up to, but not `below`. */
  readonly below: (below: number) => number
  /** True in one of `of` cases. */
  readonly once: (of: number) => boolean
  readonly pick: <T>(list: readonly T[]) => T
}

/** The generator sfc32, seeded by two numbers. */
export function chance(seed: number, index: number): Chance {
  let [a, b, c, d] = [seed | 0, index | 0, 0x9e3779b9 | 0, 1]
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
  for (let round = 0; round < 16; round++) next()
  const below = (limit: number): number => next() % Math.max(1, limit)
  return { below, once: (of) => below(of) === 0, pick: (list) => list[below(list.length)]! }
}
