/**
 * How evaluation checks that `Cargo.nix` matches the lockfile and the manifests on disk.
 *
 * In: a file's text. Out: hexadecimal digits. `templates/sources/unless-stale.nix` computes the same from the
 * file, without parsing TOML: Nix's own parser fails on syntax that cargo 1.94 and later accept, and on
 * dates.
 */
import { createHash } from 'node:crypto'

const DIGITS = 16

/** SHA-256 of a lockfile, or of a target's file; ignores line endings that a checkout on Windows may change. */
export function textHash(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
}

/**
 * Hash of what a manifest says: its lines, each with its table, in any order. Ignores whitespace, comments on
 * their own lines and tables of other tools.
 */
export function manifestHash(text: string): string {
  let table = ''
  const lines: string[] = []
  for (const line of text.replaceAll(/[ \t\r]/g, '').split('\n')) {
    if (line.startsWith('[')) table = line.slice(1)
    else if (line !== '' && !line.startsWith('#') && !isOfOtherTool(table)) lines.push(`${table}${line}`)
  }
  return createHash('sha256').update(sortedByBytes(lines).join('\n')).digest('hex').slice(0, DIGITS)
}

/** As Nix sorts. Only surrogates make the order of strings another one. */
function sortedByBytes(lines: readonly string[]): readonly string[] {
  if (!/[\ud800-\udfff]/.test(lines.join())) return lines.toSorted()
  return lines.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function isOfOtherTool(table: string): boolean {
  const name = table.replaceAll('[', '')
  const isMetadata = name.startsWith('package.metadata.') || name.startsWith('workspace.metadata.')
  return name.startsWith('badges') || (isMetadata && !name.includes('.metadata.cargo2nix'))
}
