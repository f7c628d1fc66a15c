/** Flags that may be repeated. */
import { Option } from 'commander'

/** An option whose values are collected in a list. */
export function several(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, previous: readonly string[] | undefined): readonly string[] => [
      ...(previous ?? []),
      value,
    ],
  )
}
