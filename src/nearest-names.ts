/** Suggestions for a misspelt name. */

/**
 * The names closest to a misspelt one, closest first; none when all are far off.
 *
 * @param count how many at most
 */
export function nearestNames(name: string, known: readonly string[], count: number): readonly string[] {
  const reach = Math.max(2, Math.floor(name.length / 4))
  return known
    .filter((other) => Math.abs(other.length - name.length) <= reach)
    .map((other) => ({ other, distance: editDistance(name, other) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || (a.other < b.other ? -1 : 1))
    .slice(0, count)
    .map(({ other }) => other)
}

/** How many letters have to be put in, left out or replaced to turn one name into the other. */
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
