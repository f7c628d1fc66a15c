/**
 * Explains what is wrong with a table of settings.
 *
 * In: the first issue that zod reports, the table, and its schema. Out: an error with the key, what was given and what
 * is allowed.
 */
import type * as z from 'zod/mini'
import { Cargo2NixError } from '../../errors.ts'
import { nearestNames } from '../../nearest-names.ts'
import { shortened } from '../../printable.ts'
import { allowedAt, keysAt, type Path, type Schema } from './schema-shape.ts'

type Issue = z.core.$ZodIssue

export interface SettingsTable {
  /** `metadata.cargo2nix` or `package.metadata.cargo2nix`. */
  readonly name: string
  readonly table: unknown
  readonly path: string
  readonly schema: Schema
}

/** The error of an issue. */
export function settingsError(issue: Issue, settings: SettingsTable): Cargo2NixError {
  const { table, path, schema } = settings
  const deeper =
    issue.code === 'invalid_union' ? issue.errors.flat().find((one) => one.path.length > 0) : undefined
  if (deeper !== undefined)
    return settingsError({ ...deeper, path: [...issue.path, ...deeper.path] } as Issue, settings)
  const parts = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    const names = keysAt(schema, parts)
    const [near] = nearestNames(key, names, 1)
    return new Cargo2NixError({
      code: 'bad-settings',
      path,
      message: `${keyOf(settings, parts)}: unknown key \`${key}\``,
      hint: `${near === undefined ? '' : `did you mean \`${near}\`? `}known are: ${names.join(', ')}`,
    })
  }
  const value = valueAt(table, parts)
  return new Cargo2NixError({
    code: 'bad-settings',
    path,
    message: `${keyOf(settings, parts)}: ${value === undefined ? 'this key is missing' : `${shown(value)} is not allowed here`}`,
    hint: `write ${allowedAt(schema, parts)}`,
  })
}

/** `metadata.cargo2nix.release.classes[0].name`. */
function keyOf({ name }: SettingsTable, parts: Path): string {
  const steps = parts.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
  return name + steps.join('')
}

function valueAt(table: unknown, parts: Path): unknown {
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
  return shortened(
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ?? '',
  )
}
