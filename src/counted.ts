/** Counts and sizes of things, for people. */

/** `1 package`, `2 packages`: a noun that takes an `s`. */
export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`
}

/** `12.3 MB`, `4.5 kB`: a number of bytes. */
export function printedSize(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : megabytes(bytes)
}

/** `12.3 MB`, `0.0 MB`: a number of bytes that grows, always in the same unit. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
