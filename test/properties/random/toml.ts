/** Prints tables as TOML: enough for manifests and configuration. */

export type Toml = string | number | boolean | readonly Toml[] | { readonly [key: string]: Toml | undefined }

/** A document: scalars and lists first, then a `[header]` for each table, also below others. */
export function printToml(
  table: { readonly [key: string]: Toml | undefined },
  path: readonly string[] = [],
): string {
  const entries = Object.entries(table).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value }],
  )
  const lines = entries
    .filter(({ value }) => !isTable(value))
    .map(({ key, value }) => `${printKey(key)} = ${print(value)}\n`)
  const tables = entries.map(({ key, value }) => (isTable(value) ? printToml(value, [...path, key]) : ''))
  const header = path.length === 0 || lines.length === 0 ? '' : `[${path.map(printKey).join('.')}]\n`
  const isEmpty = entries.length === 0 && path.length > 0
  return `${isEmpty ? `[${path.map(printKey).join('.')}]\n` : header}${lines.join('')}${tables.join('')}`
}

/** Tables that hold tables get headers; others, such as `{ path = "a" }`, stand on one line where they are listed. */
function isTable(value: Toml): value is { readonly [key: string]: Toml | undefined } {
  return typeof value === 'object' && !Array.isArray(value)
}

function print(value: Toml): string {
  if (Array.isArray(value)) return `[${value.map((item: Toml) => print(item)).join(', ')}]`
  if (!isTable(value)) return JSON.stringify(value)
  const entries = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${printKey(key)} = ${print(each)}`],
  )
  return `{ ${entries.join(', ')} }`
}

function printKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key)
}
