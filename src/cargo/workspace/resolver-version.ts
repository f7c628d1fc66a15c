/**
 * Which feature resolver a workspace uses. Mirrors `set_resolve_behavior` in `core/workspace.rs` of cargo
 * 0.96.
 */
import type { Edition, Manifest } from '../manifest/manifest.ts'
import { parseResolver, type ResolverVersion } from '../manifest/resolver.ts'
import { failAt, placeOf, type TomlPlace } from '../toml-value.ts'
import type { WorkspaceTable } from './workspace-table.ts'

const OF_EDITION: Readonly<Record<Edition, ResolverVersion>> = {
  '2015': '1',
  '2018': '1',
  '2021': '2',
  '2024': '3',
}

/**
 * @param rootManifest undefined for a virtual workspace, whose resolver does not depend on an edition
 * @throws Cargo2NixError for an unknown version, or two different ones
 */
export function resolverOf(
  rootManifest: Manifest | undefined,
  workspace: WorkspaceTable | undefined,
  place: TomlPlace,
): ResolverVersion {
  const ofPackage = rootManifest?.resolver
  const ofWorkspace = workspace?.resolver
  if (ofPackage !== undefined && ofWorkspace !== undefined) {
    failAt(
      placeOf(place, 'package'),
      'resolver',
      'is given in `[workspace]`, too',
      'keep the one in `[workspace]`',
    )
  }
  const written = ofPackage ?? ofWorkspace
  if (written === undefined) return rootManifest === undefined ? '1' : OF_EDITION[rootManifest.edition]
  return parseResolver(written, placeOf(place, ofPackage === undefined ? 'workspace' : 'package'))
}
