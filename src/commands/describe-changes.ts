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
    if (old === undefined) continue
    if (file.path === 'Cargo.nix') lines.push(...describeCrates(entries(old), entries(file.text)))
    if (file.path === 'toolchain.nix') lines.push(...describeTargets(targetsOf(old), targetsOf(file.text)))
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
  return [...lines, ...describeHead(before.get('') ?? '', after.get('') ?? '')]
}

/** What stands before the crates, by its names: matrix, profiles, builds, members. */
function describeHead(before: string, after: string): readonly string[] {
  const sections = (text: string): Entries =>
    new Map(
      text.split(/\n(?= {2}\w+ = )/).map((section) => [/^ {2}(\w+) = /.exec(section)?.[1] ?? '', section]),
    )
  const [old, now] = [sections(before), sections(after)]
  // Conditions follow from the matrix and the crates.
  const changed = [...now.keys()].filter((name) => name !== 'conditions' && old.get(name) !== now.get(name))
  return changed.length === 0
    ? []
    : [
        names(
          'settings changed',
          changed.map((name) => name || 'arguments'),
        ),
      ]
}

function targetsOf(toolchain: string): readonly string[] {
  return [...toolchain.matchAll(/^ {4}"?([^\s"]+)"? = \{/gm)].map(([, triple]) => triple!)
}

function describeTargets(before: readonly string[], after: readonly string[]): readonly string[] {
  const added = after.filter((triple) => !before.includes(triple))
  const removed = before.filter((triple) => !after.includes(triple))
  return [
    ...(added.length === 0 ? [] : [names('targets added', added)]),
    ...(removed.length === 0 ? [] : [names('targets removed', removed)]),
  ]
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
