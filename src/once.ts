/** Values that are computed on first use, and kept. */

/** Computes at most once. */
export function once<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | undefined
  return () => (answer ??= { value: ask() }).value
}

/** Computes at most once per key. */
export function onceEach<K, V>(ask: (key: K) => V): (key: K) => V {
  const answers = new Map<K, () => V>()
  return (key) => {
    const answer = answers.get(key) ?? once(() => ask(key))
    answers.set(key, answer)
    return answer()
  }
}
