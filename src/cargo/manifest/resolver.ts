/** The versions of the feature resolver that a manifest can name. */
import { failAt, type TomlPlace } from '../toml-value.ts'

export type ResolverVersion = '1' | '2' | '3'

/** @throws Cargo2NixError `bad-manifest` for any other version */
export function parseResolver(text: string, place: TomlPlace): ResolverVersion {
  if (text === '1' || text === '2' || text === '3') return text
  return failAt(place, 'resolver', `${JSON.stringify(text)} is not a resolver`, 'use "1", "2" or "3"')
}
