/** Flags that several commands have, and flags that may be repeated. */
import { Option } from 'commander'

/** Arguments of `option`. */
export const JSON_FLAG = ['--json', 'print results and errors as JSON'] as const

/** An option whose values are collected in a list. */
export function several(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, previous: readonly string[] | undefined): readonly string[] => [
      ...(previous ?? []),
      value,
    ],
  )
}
