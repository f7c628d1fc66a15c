/** Maps whose values are begun when a key is first met. */

/** The value of a key, first created if there is none. */
export function getOrInsert<K, V extends {}>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = create()))
  return value
}

/** Appends to the list of a key. */
export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  getOrInsert(lists, key, () => []).push(value)
}

/** Groups values by key, in the order in which the keys are met. */
export function groupBy<K, V>(values: Iterable<V>, keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) append(groups, keyOf(value), value)
  return groups
}
