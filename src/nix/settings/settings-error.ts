/**
 * Explains what is wrong with a table of settings.
 *
 * In: the first issue that zod reports, and the table. Out: an error with the key, what was given and what is
 * allowed.
 */
import type * as z from 'zod/mini'
import { Cargo2NixError } from '../../errors.ts'
import { nearestNames } from '../../nearest-names.ts'
import { shortened } from '../../printable.ts'

type Issue = z.core.$ZodIssue

/** Keys that a table may have, keyed by its place in ours; `*` is any name. */
export type KnownKeys = Readonly<Record<string, readonly string[]>>

export interface SettingsTable {
  /** `metadata.cargo2nix` or `package.metadata.cargo2nix`. */
  readonly name: string
  readonly table: unknown
  readonly path: string
  readonly known: KnownKeys
}

/** The error of an issue. */
export function settingsError(issue: Issue, settings: SettingsTable): Cargo2NixError {
  const { name, table, path, known } = settings
  const deeper =
    issue.code === 'invalid_union' ? issue.errors.flat().find((one) => one.path.length > 0) : undefined
  if (deeper !== undefined)
    return settingsError({ ...deeper, path: [...issue.path, ...deeper.path] } as Issue, settings)
  const parts = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const names = known[parts.map((part, index) => (index % 2 === 0 ? part : '*')).join('.')] ?? []
    const [near] = nearestNames(key, names, 1)
    return new Cargo2NixError({
      code: 'bad-settings',
      path,
      message: `${keyOf(name, parts)}: unknown key \`${key}\``,
      hint: `${near === undefined ? '' : `did you mean \`${near}\`? `}known are: ${names.join(', ')}`,
    })
  }
  return new Cargo2NixError({
    code: 'bad-settings',
    path,
    message: `${keyOf(name, parts)}: ${shown(valueAt(table, parts))} is not allowed here`,
    hint: `write ${[...new Set(allowed(issue))].join(' or ')}`,
  })
}

function keyOf(name: string, parts: readonly string[]): string {
  return [name, ...parts].join('.')
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list of strings: ["…", "…"]',
  boolean: '`true` or `false`',
  string: 'a string: "…"',
}

function allowed(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value) ?? '')
  if (issue.code === 'invalid_union') return issue.errors.flatMap((one) => one.flatMap(allowed))
  return [(issue.code === 'invalid_type' ? TYPES[issue.expected] : undefined) ?? 'a table']
}

function valueAt(table: unknown, parts: readonly string[]): unknown {
  let value = table
  for (const part of parts) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Readonly<Record<string, unknown>>)[part]
        : undefined
  }
  return value
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  return shortened(
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ?? '',
  )
}
