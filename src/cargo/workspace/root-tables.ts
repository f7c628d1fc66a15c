/**
 * Tables that count only in a root manifest, in the manifest of another package: cargo ignores them, but refuses what it
 * would refuse in a root manifest.
 *
 * Mirrors the end of `to_real_manifest` in `workspace/parser/mod.rs` of cargo 0.100.
 */
import { InternalError } from '../../errors.ts'
import type { SourceId } from '../ids/source-id.ts'
import type { TomlPlace, TomlTable } from '../toml-value.ts'
import { parseManifestPatches, parseReplacements } from './patch-tables.ts'
import { allowedKeys, parseProfiles } from './toml-profile.ts'

export interface RootTablesContext {
  /** The package's directory and source. */
  readonly folder: string
  readonly source: SourceId
  readonly registryIndex: (name: string) => string | undefined
  /** Whether the configuration turns an unstable feature on. */
  readonly isOn: (feature: string) => boolean
}

/** @throws Cargo2NixError `bad-manifest` or `not-supported` */
export function checkRootTables(
  document: TomlTable,
  place: TomlPlace,
  { isOn, ...context }: RootTablesContext,
): void {
  const inherit = (): never => {
    throw new InternalError('a patch inherits')
  }
  const forPatches = { ...context, edition: '2015', inherit } as const
  if (document['replace'] !== undefined) parseReplacements(document, place, forPatches)
  if (document['patch'] !== undefined) parseManifestPatches(document, place, forPatches)
  if (document['profile'] !== undefined) parseProfiles(document, place, allowedKeys(document, place, isOn))
}
