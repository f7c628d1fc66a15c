/**
 * Objects keyed by input: without a prototype, so that `__proto__` and `constructor` are names like any
 * other.
 */

/** An object with these entries; the last of equal keys wins. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record = Object.create(null) as Record<string, T>
  for (const [key, value] of entries) record[key] = value
  return record
}
