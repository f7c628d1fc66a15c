/**
 * What a zod schema of settings allows, as text and as data: for errors, and to prepare a table for it.
 *
 * In: a schema made of zod/mini's objects, maps, arrays, unions, enums and scalars. Out: the schema of a key, its
 * description, and the table with maps where the schema has them.
 */
import type * as z from 'zod/mini'
import { recordOf } from '../../record.ts'

export type Schema = z.core.$ZodType

interface Definition {
  readonly type: string
  readonly innerType?: Schema
  readonly element?: Schema
  readonly valueType?: Schema
  readonly options?: readonly Schema[]
  readonly shape?: Readonly<Record<string, Schema>>
  readonly entries?: Readonly<Record<string, unknown>>
}

function definitionOf(schema: Schema): Definition {
  const definition = (schema as z.ZodMiniType).def as unknown as Definition
  return definition.innerType === undefined ? definition : definitionOf(definition.innerType)
}

/** A way into a table: numbers are places in lists, strings are keys. */
export type Path = readonly (string | number)[]

/** The alternatives that may stand at a path. */
function schemasAt(schema: Schema, path: Path): readonly Schema[] {
  const { options, shape, element, valueType } = definitionOf(schema)
  if (options !== undefined) return options.flatMap((option) => schemasAt(option, path))
  const [key, ...rest] = path
  if (key === undefined) return [schema]
  const ofKey = shape === undefined ? valueType : Object.hasOwn(shape, key) ? shape[key] : undefined
  const inner = typeof key === 'number' ? element : ofKey
  return inner === undefined ? [] : schemasAt(inner, rest)
}

/** The keys that the table at a path may have; none if they are chosen by users. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  return schemasAt(schema, path).flatMap((each) => Object.keys(definitionOf(each).shape ?? {}))
}

/** What may stand at a path, in words. */
export function allowedAt(schema: Schema, path: Path): string {
  return [...new Set(schemasAt(schema, path).map(described))].join(' or ')
}

const SCALARS: Readonly<Record<string, string>> = {
  boolean: '`true` or `false`',
  number: 'an integer: 1',
  string: 'a string: "…"',
}

function described(schema: Schema): string {
  const { type, entries, element, shape, options } = definitionOf(schema)
  if (entries !== undefined)
    return Object.values(entries)
      .map((value) => JSON.stringify(value))
      .join(' or ')
  if (options !== undefined) return options.map(described).join(' or ')
  if (element !== undefined) return describedList(element)
  if (shape !== undefined) return `a table with the keys ${Object.keys(shape).join(', ')}`
  return SCALARS[type] ?? 'a table'
}

function describedList(element: Schema): string {
  const { type, shape } = definitionOf(element)
  if (type === 'string') return 'a list of strings: ["…", "…"]'
  if (shape !== undefined) return `a list of tables with the keys ${Object.keys(shape).join(', ')}`
  return `a list whose elements are ${described(element)}`
}

/** The table with Maps where the schema has maps, because zod's records omit the key `__proto__`. */
export function withMaps(schema: Schema, value: unknown): unknown {
  const { options, shape, element, valueType } = definitionOf(schema)
  if (Array.isArray(value)) {
    const inner =
      element ?? options?.map((option) => definitionOf(option).element).find((each) => each !== undefined)
    return inner === undefined ? value : value.map((each) => withMaps(inner, each))
  }
  if (!isTable(value)) return value
  if (shape !== undefined) {
    return recordOf(
      Object.entries(value).map(([key, each]) => [
        key,
        Object.hasOwn(shape, key) ? withMaps(shape[key]!, each) : each,
      ]),
    )
  }
  if (valueType !== undefined) {
    return new Map(Object.entries(value).map(([key, each]) => [key, withMaps(valueType, each)]))
  }
  const table = options?.find((option) => {
    const inner = definitionOf(option)
    return inner.shape !== undefined || inner.valueType !== undefined
  })
  return table === undefined ? value : withMaps(table, value)
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}
