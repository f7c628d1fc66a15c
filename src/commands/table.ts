/** Rows as people read them. */

export type Columns = Readonly<Record<string, string>>

/** Aligned columns under the keys of the first row; nothing for no rows. */
export function toTable(rows: readonly Columns[]): string {
  const names = Object.keys(rows[0] ?? {})
  const header = Object.fromEntries(names.map((name) => [name, name]))
  const widths = names.map((name) => Math.max(...[header, ...rows].map((row) => (row[name] ?? '').length)))
  return [header, ...rows]
    .map((row) =>
      names
        .map((name, index) => (row[name] ?? '').padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
