/**
 * Describes the difference between old and new generated files in a few lines.
 *
 * In: the changes of the files. Out: groups such as `packages added: rand-0.9.0`. The first line of each
 * entry of the crate set, which the printer indents by a fixed amount, tells entries apart.
 */
import type { LocalWorkspace } from '../cargo/workspace/workspace.ts'
import type { FileChanges } from '../io/write-files.ts'
import { isGenerated } from '../nix/render/nix-file.ts'
import { bodyOf, factsOf } from '../nix/render/seal.ts'
import { oneLine } from '../printable.ts'

/** One kind of change. */
export interface ChangeGroup {
  /** The key in the output of `--json`. */
  readonly name: string
  readonly items: readonly string[]
  /** What `--json` prints instead of the items, where it has more to say. */
  readonly value?: Readonly<Record<string, unknown>>
}

const TITLES: Readonly<Record<string, string>> = {
  packagesAdded: 'packages added',
  packagesRemoved: 'packages removed',
  packagesUpdated: 'packages updated',
  packagesChanged: 'packages changed',
  settingsChanged: 'settings changed',
  targetsAdded: 'targets added',
  targetsRemoved: 'targets removed',
  inputsChanged: 'inputs changed',
  toolChanged: 'cargo2nix-ts changed',
  toolchain: 'toolchain',
  filesChanged: 'files changed',
  filesAdded: 'files added',
  filesRemoved: 'files removed',
}

const MOST_NAMES = 8

/** A group as a line of text. */
export function changeLine({ name, items }: ChangeGroup): string {
  const shown = items.slice(0, MOST_NAMES).map(oneLine).join(', ')
  const more = items.length > MOST_NAMES ? ` and ${items.length - MOST_NAMES} more` : ''
  return `${TITLES[name] ?? name}: ${shown}${more}`
}

/** Empty when nothing changed; `paths` lists every file that should exist. */
export function describeChanges(changes: FileChanges, paths: readonly string[]): readonly ChangeGroup[] {
  const groups: ChangeGroup[] = []
  for (const file of changes.written) {
    const old = changes.previous.get(file.path)
    if (old === undefined) continue
    if (file.path === 'Cargo.nix') groups.push(...describeCrates(entries(old), entries(file.text)))
    if (file.path === 'toolchain.nix') groups.push(...describeTargets(targetsOf(old), targetsOf(file.text)))
  }
  if (changes.written.length > 0 && isSameToNix(changes))
    return group('inputsChanged', ['no derivation differs'])
  const isKnown = (path: string): boolean => changes.previous.has(path)
  const written = changes.written.map(({ path }) => path)
  const added = written.filter((path) => !isKnown(path))
  return [
    ...groups,
    ...group('filesChanged', written.filter(isKnown)),
    ...group(
      'filesAdded',
      added.length > 1 && added.length === paths.length ? [`all ${added.length}`] : added,
    ),
    ...group('filesRemoved', changes.removed),
  ]
}

/**
 * What the lockfile alone shows about a `Cargo.nix` generated from an older lockfile: the versions that are
 * no longer locked and the ones that replaced them.
 */
export function describeLockfile(text: string, { lockfile }: LocalWorkspace): readonly ChangeGroup[] {
  const locked = new Set(lockfile.packages.map(({ name, version }) => `${name}-${version}`))
  const keys = [...entries(text).keys()].filter((key) => key !== '')
  const isLocked = (key: string): boolean =>
    locked.has(key) || [...locked].some((id) => key.startsWith(`${id}-`))
  const gone = keys.filter((key) => !isLocked(key))
  const names = new Set(gone.map((key) => splitKey(key).name))
  const instead = lockfile.packages
    .filter(({ name }) => names.has(name))
    .map(({ name, version }) => `${name}-${version}`)
    .filter((id) => !keys.includes(id))
  return describeKeys(instead, gone)
}

function group(name: string, items: readonly string[]): readonly ChangeGroup[] {
  return items.length === 0 ? [] : [{ name, items }]
}

type Entries = ReadonlyMap<string, string>

/** The sections of `Cargo.nix`: each crate, and everything before the crates. */
function entries(text: string): Entries {
  // Lists with one word per line become a single line.
  const joined = bodyOf(text).replaceAll(/''\n[^]*?''/g, (list) => list.replaceAll(/\s+/g, ' '))
  const [head = '', crates = ''] = joined.split('\n  crates = {\n')
  const sections = new Map([['', head]])
  for (const entry of crates.split(/\n(?= {4}["A-Za-z_])/)) {
    const name = /^ {4}"?([^"=]+?)"? = \{/.exec(entry)?.[1]
    if (name !== undefined) sections.set(packageId(name, entry), entry)
  }
  return sections
}

/** `name-version`, even if the lockfile has only one version of the package. */
function packageId(key: string, entry: string): string {
  const version = /^ {6}(?:locked|version) = "([^ "]+)/m.exec(entry)?.[1]
  return version === undefined || key.includes(version) ? key : `${key}-${version}`
}

/** Whether the files differ only in the lines that record which version wrote them, and from what. */
export function isSameToNix({ written, removed, previous }: FileChanges): boolean {
  if (removed.length > 0) return false
  return written.every(({ path, text }) => {
    const old = previous.get(path) ?? ''
    return isGenerated(old) && factsOf(old) === factsOf(text)
  })
}

function describeCrates(before: Entries, after: Entries): readonly ChangeGroup[] {
  const keys = (from: Entries, without: Entries): readonly string[] =>
    [...from.keys()].filter((key) => key !== '' && !without.has(key))
  const both = [...after.keys()].filter((key) => before.has(key) && before.get(key) !== after.get(key))
  return [
    ...describeKeys(keys(after, before), keys(before, after)),
    ...changedPackages(
      both
        .filter((key) => key !== '')
        .map((key) => [key, changedFacts(before.get(key) ?? '', after.get(key) ?? '')]),
    ),
    ...group('settingsChanged', changedSections(before.get('') ?? '', after.get('') ?? '')),
  ]
}

interface PackageName {
  readonly name: string
  readonly version: string
}

function splitKey(key: string): PackageName {
  const [, name = key, version = ''] = /^(.+?)-(\d+\.\d+\.\d+.*)$/.exec(key) ?? []
  return { name, version }
}

/** A package that lost one version and gained another counts as updated. */
function describeKeys(added: readonly string[], removed: readonly string[]): readonly ChangeGroup[] {
  const only = (list: readonly string[], name: string): string | undefined => {
    const [first, ...more] = list.filter((key) => splitKey(key).name === name)
    return more.length === 0 ? first : undefined
  }
  const updated = removed.flatMap((from) => {
    const { name } = splitKey(from)
    const to = only(removed, name) === from ? only(added, name) : undefined
    return to === undefined ? [] : [{ from, to }]
  })
  const isUpdated = new Set(updated.flatMap(({ from, to }) => [from, to]))
  const rest = (list: readonly string[]): readonly string[] => list.filter((key) => !isUpdated.has(key))
  const step = ({ from, to }: { readonly from: string; readonly to: string }): string =>
    `${splitKey(from).name} ${splitKey(from).version} -> ${splitKey(to).version}`
  return [
    ...group('packagesAdded', rest(added)),
    ...group('packagesRemoved', rest(removed)),
    ...group('packagesUpdated', updated.map(step)),
  ]
}

/** Changes that follow from others. */
const FOLLOWING: ReadonlySet<string> = new Set([
  'conditions',
  'directory',
  'lockHash',
  'manifests',
  'version',
])

/** Names the sections before the crates that changed: matrix, profiles, builds, members. */
function changedSections(before: string, after: string): readonly string[] {
  const sections = (text: string): Entries =>
    new Map(
      text.split(/\n(?= {2}\w+ = )/).map((section) => [/^ {2}(\w+) = /.exec(section)?.[1] ?? '', section]),
    )
  const [old, now] = [sections(before), sections(after)]
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => !FOLLOWING.has(name) && old.get(name) !== now.get(name))
    .map((name) => name || 'arguments')
}

function targetsOf(toolchain: string): readonly string[] {
  return [...toolchain.matchAll(/^ {4}"?([^\s"]+)"? = \{/gm)].map(([, triple]) => triple!)
}

function describeTargets(before: readonly string[], after: readonly string[]): readonly ChangeGroup[] {
  return [
    ...group(
      'targetsAdded',
      after.filter((triple) => !before.includes(triple)),
    ),
    ...group(
      'targetsRemoved',
      before.filter((triple) => !after.includes(triple)),
    ),
  ]
}

/** One list; each package name is followed by what changed in it. */
function changedPackages(
  packages: readonly (readonly [string, readonly string[]])[],
): readonly ChangeGroup[] {
  if (packages.length === 0) return []
  const items = packages.map(([key, facts]) => (facts.length === 0 ? key : `${key} (${facts.join(', ')})`))
  return [{ name: 'packagesChanged', items, value: Object.fromEntries(packages) }]
}

/** Kinds of facts, by the lines that hold them. */
const FACTS: readonly (readonly [name: string, line: RegExp])[] = [
  ['features', /\bfeatures =/i],
  ['dependencies', /\b(deps|devDeps|buildDeps) =|\brename\b/],
]

function changedFacts(before: string, after: string): readonly string[] {
  const isKnown = (line: string): boolean => FACTS.some(([, fact]) => fact.test(line))
  const linesOf = (text: string, isMeant: (line: string) => boolean): string =>
    text.split('\n').filter(isMeant).join('\n')
  const differs = (isMeant: (line: string) => boolean): boolean =>
    linesOf(before, isMeant) !== linesOf(after, isMeant)
  const known = FACTS.filter(([, fact]) => differs((line) => fact.test(line))).map(([name]) => name)
  return differs((line) => !isKnown(line)) ? [...known, 'other facts'] : known
}
