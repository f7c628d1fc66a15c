/**
 * `[patch]` and `[replace]`.
 *
 * In: the root manifest and the configuration. Out: what replaces which package, with the versions of those in directories.
 */
import type { ConfigReader } from '../../cargo/config/config-reader.ts'
import type { SourceConfig } from '../../cargo/config/source-config.ts'
import type { DependencyContext } from '../../cargo/manifest/dependency-tables.ts'
import {
  parsePatches,
  parseReplacements,
  type Patch,
  type Replacement,
} from '../../cargo/workspace/patch-tables.ts'
import { InternalError } from '../../errors.ts'
import type { ManifestDocument, ManifestLoader } from '../manifests/manifest-loader.ts'
import { pathPackageOf } from './path-packages.ts'
import type { WorkspaceMembers } from './workspace-members.ts'

export interface Patching {
  readonly patches: readonly Patch[]
  readonly replacements: readonly Replacement[]
  readonly dependencies: readonly Patch['dependency'][]
}

function contextOf({ folder }: ManifestDocument, config: SourceConfig): DependencyContext {
  return {
    folder,
    source: { kind: 'path', path: folder },
    edition: '2015',
    inherit: () => {
      throw new InternalError('a patch inherits')
    },
    registryIndex: config.registryIndex,
  }
}

/** Without the versions. */
export function patchesOf(
  root: ManifestDocument,
  reader: ConfigReader,
  config: SourceConfig,
): readonly Patch[] {
  return parsePatches(root.document, root.place, reader, contextOf(root, config))
}

export function readPatching(
  { root }: WorkspaceMembers,
  reader: ConfigReader,
  config: SourceConfig,
  loader: ManifestLoader,
): Patching {
  const withVersion = ({ url, dependency }: Patch): Patch => {
    const { source } = dependency
    const isPath = source.kind === 'path'
    const version = isPath
      ? pathPackageOf(source.path, dependency.nameInToml, root.path, loader).version
      : undefined
    return { url, dependency, version }
  }
  const patches = patchesOf(root, reader, config).map(withVersion)
  const replacements = parseReplacements(root.document, root.place, contextOf(root, config))
  return {
    patches,
    replacements,
    dependencies: [...patches, ...replacements].map(({ dependency }) => dependency),
  }
}
