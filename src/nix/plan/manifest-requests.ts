/**
 * What a manifest asks for, as a hash that Nix can make, too, without reading TOML: its own reader stops at what cargo 1.94
 * and later accept.
 *
 * In: the text of a manifest. Out: 16 hexadecimal digits over the lines of its tables of dependencies, features, patches
 * and replacements, in any order, without comments of their own and spaces. `templates/sources/lock-guard.nix` makes the same.
 */
import { createHash } from 'node:crypto'

const DIGITS = 16

/** Hash of the lines that ask for something. */
export function manifestRequests(text: string): string {
  let header = ''
  const lines: string[] = []
  for (const line of text.replaceAll(/[ \t\r]/g, '').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('[')) header = line
    else if (/dependencies|features|patch|replace/.test(header)) lines.push(`${header}${line}`)
  }
  // By bytes, as Nix sorts.
  const sorted = lines.map((line) => Buffer.from(line)).toSorted(Buffer.compare)
  const joined = sorted.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line]))
  return createHash('sha256').update(Buffer.concat(joined)).digest('hex').slice(0, DIGITS)
}
