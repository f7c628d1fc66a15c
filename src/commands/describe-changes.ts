/**
 * What a difference between old and new generated files means, in a few lines.
 *
 * In: the changes of the files. Out: lines such as `crates added: rand-0.9.0`. Entries of the crate set are told
 * apart by their first line, which the printer puts at a fixed indentation.
 */
import type { FileChanges } from '../io/write-files.ts'
import type { NixFile } from '../nix/nix-file.ts'

const MOST_NAMES = 8

/** Empty when nothing changed. */
export function describeChanges(changes: FileChanges, files: readonly NixFile[]): readonly string[] {
  const lines: string[] = []
  for (const file of changes.written) {
    const old = changes.previous.get(file.path)
    if (file.path !== 'Cargo.nix' || old === undefined) continue
    lines.push(...describeCrates(entries(old), entries(file.text)))
  }
  const isKnown = (path: string): boolean => changes.previous.has(path)
  const changed = changes.written.map(({ path }) => path).filter(isKnown)
  if (changed.length > 0) lines.push(names('files changed', changed))
  const added = changes.written.map(({ path }) => path).filter((path) => !isKnown(path))
  if (added.length === files.length) return [`new: ${added.length} files`]
  if (added.length > 0) lines.push(names('files added', added))
  if (changes.removed.length > 0) lines.push(names('files removed', changes.removed))
  return lines
}

type Entries = ReadonlyMap<string, string>

/** The sections of `Cargo.nix`: each crate, and what stands before the crates. */
function entries(text: string): Entries {
  const [head = '', crates = ''] = text.split('\n  crates = {\n')
  const sections = new Map([['', head]])
  for (const entry of crates.split(/\n(?= {4}["A-Za-z_])/)) {
    const name = /^ {4}"?([^"=]+?)"? = \{/.exec(entry)?.[1]
    if (name !== undefined) sections.set(name, entry)
  }
  return sections
}

function describeCrates(before: Entries, after: Entries): readonly string[] {
  const keys = (from: Entries, without: Entries): readonly string[] =>
    [...from.keys()].filter((key) => key !== '' && !without.has(key))
  const both = [...after.keys()].filter((key) => before.has(key) && before.get(key) !== after.get(key))
  const about = (fact: RegExp): readonly string[] =>
    both.filter((key) => key !== '' && factLines(before, key, fact) !== factLines(after, key, fact))
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['crates added', keys(after, before)],
    ['crates removed', keys(before, after)],
    ['features changed', about(/\bfeatures =/i)],
    ['dependencies changed', about(/\b(deps|devDeps|buildDeps) =|\brename\b/)],
    ['crates changed', both.filter((key) => key !== '')],
  ]
  const lines = groups.filter(([, list]) => list.length > 0).map(([title, list]) => names(title, list))
  if (both.includes('')) lines.push('changed: targets, profiles, builds or members')
  return lines
}

function factLines(from: Entries, key: string, fact: RegExp): string {
  return (from.get(key) ?? '')
    .split('\n')
    .filter((line) => fact.test(line))
    .join('\n')
}

function names(title: string, list: readonly string[]): string {
  const shown = list.slice(0, MOST_NAMES).join(', ')
  return `${title}: ${shown}${list.length > MOST_NAMES ? ` and ${list.length - MOST_NAMES} more` : ''}`
}
