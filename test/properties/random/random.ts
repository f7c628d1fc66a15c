/** Random choices that are reproducible from a seed. */
export interface Random {
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  /** From 0 up to, not including, `count`. */
  readonly below: (count: number) => number
  readonly pick: <T>(list: readonly T[]) => T
  /** Each element with this probability, in order. */
  readonly some: <T>(list: readonly T[], probability: number) => readonly T[]
}

/** The generator called mulberry32. */
export function random(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number): number => Math.floor(next() * count)
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)]!,
    some: (list, probability) => list.filter(() => next() < probability),
  }
}
