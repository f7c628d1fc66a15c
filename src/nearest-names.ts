/** Suggestions for a misspelled name. */

/**
 * The names that somebody may have meant: those that begin with the given text, shortest first, then those
 * closest in spelling; none if all are too far off.
 *
 * @param count how many at most
 */
export function nearestNames(name: string, known: readonly string[], count: number): readonly string[] {
  const longer = name.length < SHORTEST_START ? [] : known.filter((other) => other.startsWith(name))
  // `arm` is a whole part in `arm-unknown-linux-gnueabi`, but not in `armv7-linux-androideabi`.
  const isWhole = (other: string): boolean => /^[-_.]/.test(other.slice(name.length))
  const begun = longer.toSorted(
    (a, b) => Number(isWhole(b)) - Number(isWhole(a)) || a.length - b.length || (a < b ? -1 : 1),
  )
  return [...new Set([...begun, ...similarNames(name, known)])].slice(0, count)
}

/** Too many names begin with fewer letters. */
const SHORTEST_START = 2

function similarNames(name: string, known: readonly string[]): readonly string[] {
  const reach = Math.max(2, Math.floor(name.length / 4))
  return known
    .filter((other) => Math.abs(other.length - name.length) <= reach)
    .map((other) => ({ other, distance: editDistance(name, other) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || (a.other < b.other ? -1 : 1))
    .map(({ other }) => other)
}

/** How many letters to insert, delete or replace to turn one name into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...b].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
