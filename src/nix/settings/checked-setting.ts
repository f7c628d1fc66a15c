/** Refuses values that have the right type, but cannot be used. */
import { Cargo2NixError } from '../../errors.ts'
import { recordOf } from '../../record.ts'

export type Check = <T>(
  key: string,
  value: T,
  isGood: (value: NonNullable<T>) => boolean,
  wanted: string,
) => T

/**
 * A function that passes a value through, or refuses it; absent values pass.
 *
 * @param table `release`, or nothing for the whole table; keys are below it
 * @param path the manifest that holds it
 */
export function checkerOf(table: string, path: string): Check {
  return (key, value, isGood, wanted) => {
    if (value === undefined || value === null || isGood(value)) return value
    throw new Cargo2NixError({
      code: 'bad-settings',
      path,
      message: `metadata.cargo2nix.${table === '' ? '' : `${table}.`}${key}: ${JSON.stringify(value)} is not allowed here`,
      hint: `write ${wanted}`,
    })
  }
}

export function isFilled(values: string | readonly unknown[]): boolean {
  return values.length > 0
}

/** Also the name of a directory, and a word in a URL. */
export function isFileName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(text)
}

/** Inside of its directory, and without characters that a shell or JSON would need quoted. */
export function isRelative(text: string): boolean {
  return text
    .split('/')
    .every((part) => /^[\p{L}\p{M}\p{N}_.+@ -]+$/u.test(part) && part !== '.' && part !== '..')
}

export function isAbsolute(text: string): boolean {
  return text.startsWith('/') && isRelative(text.slice(1))
}

/** Copies of files: destination -> path in the workspace. */
export function checkedFiles(
  key: string,
  files: ReadonlyMap<string, string> | undefined,
  isDestination: (text: string) => boolean,
  wanted: string,
  check: Check,
): Readonly<Record<string, string>> {
  for (const [destination, source] of files ?? []) {
    check(key, destination, isDestination, `${wanted} = a path in the workspace`)
    check(`${key}.${destination}`, source, isRelative, 'a path relative to the workspace, inside of it')
  }
  return recordOf(files ?? [])
}
