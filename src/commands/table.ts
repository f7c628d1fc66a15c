/** Formats rows for people to read. */
import { oneLine } from '../printable.ts'

export type Columns = Readonly<Record<string, string>>

/** Aligned columns under the keys of the first row; nothing for no rows. */
export function toTable(rows: readonly Columns[]): string {
  const names = Object.keys(rows[0] ?? {})
  const cell = (row: Columns, name: string): string => oneLine(row[name] ?? '')
  const header = Object.fromEntries(names.map((name) => [name, name]))
  const widths = names.map((name) => Math.max(...[header, ...rows].map((row) => cell(row, name).length)))
  return [header, ...rows]
    .map((row) =>
      names
        .map((name, index) => cell(row, name).padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
