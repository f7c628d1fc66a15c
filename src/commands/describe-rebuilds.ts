/** Formats the output of `why` for people. */
import type { Change } from '../cargo/rebuilds/explain-rebuilds.ts'
import { counted } from '../counted.ts'
import type { RebuildEntry } from '../cargo/rebuilds/rebuild-report.ts'
import { groupBy } from '../maps.ts'

/** What `why` found. */
export interface WhyResult {
  readonly since: string
  readonly commit: string
  readonly host: string
  readonly targets: readonly TargetTotal[]
  readonly entries: readonly RebuildEntry[]
}

export interface TargetTotal {
  readonly target: string
  readonly units: number
  readonly rebuilt: number
}

/** How many items of a list are printed before the rest are only counted. */
const MANY = 12

/** With this many units or more, a shared cause is printed once. */
const ALIKE = 4

/**
 * @param name - the requested unit; undefined: all
 * @returns lines
 */
export function describeRebuilds(result: WhyResult, name: string | undefined): string {
  const { entries, since } = result
  if (entries.length === 0)
    return `${name ?? 'Nothing'} is${name === undefined ? '' : ' not'} built again since ${since}.`
  return (name === undefined ? describeAll(result) : entries.flatMap(describeUnit)).join('\n')
}

function describeAll({ entries, targets, since }: WhyResult): readonly string[] {
  const causes = entries.filter(({ reason }) => reason !== 'dependency')
  return [
    `Built again since ${since}:`,
    ...targets.map((total) => `  ${describeTotal(total)}`),
    'Because of:',
    ...shorten(describeCauses(causes), MANY).map(indented),
    ...(entries.length === causes.length ? [] : [othersLine(entries.length - causes.length)]),
  ]
}

function othersLine(count: number): string {
  const others = count === 1 ? 'The other unit depends' : `The other ${count} units depend`
  return `${others} on these; \`why UNIT\` says how.`
}

function indented(line: string): string {
  return `  ${line}`
}

function describeTotal({ target, units, rebuilt }: TargetTotal): string {
  return `${target}: ${rebuilt} of ${counted(units, 'unit')}`
}

/** A change that affects many units alike (a profile, a rustflag) is printed once. */
function describeCauses(causes: readonly RebuildEntry[]): readonly string[] {
  return [...groupBy(causes, causeOf)].flatMap(([cause, group]) =>
    group.length < ALIKE
      ? group.map((entry) => `${fullName(entry)}: ${cause}${counts(entry, '; ')}`)
      : [
          `${cause}: ${group.length} units (${shorten(
            group.map(({ unit }) => unit),
            3,
          ).join(', ')})`,
        ],
  )
}

function causeOf({ reason, changes }: RebuildEntry): string {
  if (reason === 'new') return 'new'
  const version = changes.find(({ field }) => field === 'version')
  // a new version changes everything read from the package
  return version === undefined ? summary(changes) : describeChange(version)
}

function describeUnit(entry: RebuildEntry): readonly string[] {
  const { reason, changes, through } = entry
  const because =
    reason === 'new'
      ? ['  new: no such unit existed before']
      : reason === 'changed'
        ? shorten(changes.map(describeChange), MANY).map(indented)
        : [
            `  ${[entry.unit, ...through].join(' <- ')}`,
            `  ${through.at(-1)} has changed: \`why '${plain(through.at(-1)!)}'\``,
          ]
  return [`${fullName(entry)} is built again:`, ...because, counts(entry, '  ')].filter((line) => line !== '')
}

function plain(label: string): string {
  return label.replace(/ .*/, '')
}

function fullName({ unit, version, platform }: RebuildEntry): string {
  return `${unit} ${version}${platform === null ? '' : ` for ${platform}`}`
}

/** Counts include the unit itself; empty if that is all. */
function counts({ rebuilds }: RebuildEntry, before: string): string {
  const each = Object.entries(rebuilds).map(([target, count]) => `${count} on ${target}`)
  const isAlone = Object.values(rebuilds).every((count) => count <= 1)
  return isAlone ? '' : `${before}units built again with it: ${each.join(', ')}`
}

function summary(changes: readonly Change[]): string {
  const fields = [...new Set(changes.map(({ field }) => field))]
  return fields
    .map((field) => {
      const names = changes.filter((change) => change.field === field && change.name !== '')
      return names.length === 0
        ? field
        : `${field} (${shorten(
            names.map(({ name }) => name),
            3,
          ).join(', ')})`
    })
    .join(', ')
}

function describeChange({ field, name, before, after }: Change): string {
  const what = name === '' ? field : `${field}: ${name}`
  if (before === undefined) return `${what} is new${value(after)}`
  if (after === undefined) return `${what} is gone${value(before)}`
  return isDigest(after) ? `${what} has changed` : `${what}: ${quoted(before)} is now ${quoted(after)}`
}

function value(text: string | undefined): string {
  return text === undefined || text === '' || isDigest(text) ? '' : ` (${text})`
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : `\`${text}\``
}

function isDigest(text: string): boolean {
  return /(?:^|\s)[0-9a-f]{32,64}$/.test(text)
}

function shorten(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`]
}
