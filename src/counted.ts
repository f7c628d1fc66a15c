/** Counts of things, for people. */

/** `1 package`, `2 packages`: a noun that takes an `s`. */
export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`
}
