/**
 * Manifests of path packages, each read once, and the workspace that each belongs to.
 *
 * In: paths of `Cargo.toml`. Out: their documents, their parsed form, and their workspace's root.
 * Mirrors `Packages::load` and `find_workspace_root` in `core/workspace.rs` of cargo 0.96.
 * Assumes that no manifest changes while it runs.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { toInheritable, type Inheritable } from '../../cargo/manifest/inheritance.ts'
import { joinPath, normalPath } from '../../cargo/normal-path.ts'
import { packageTable, parseManifest, type ParsedManifest } from '../../cargo/manifest/parse-manifest.ts'
import type { SourceConfig } from '../../cargo/config/source-config.ts'
import { documentPlace, failAt, type TomlPlace, type TomlTable } from '../../cargo/toml-value.ts'
import {
  isExcluded,
  parseWorkspaceTable,
  workspacePointer,
  type WorkspaceTable,
} from '../../cargo/workspace/workspace-table.ts'
import { checkRootTables } from '../../cargo/workspace/root-tables.ts'
import { Cargo2NixError } from '../../errors.ts'
import { once } from '../../once.ts'
import { directoryFiles } from './directory-files.ts'
import { readToml } from './toml.ts'

/** A manifest, read without its package. */
export interface ManifestDocument {
  /** Absolute. */
  readonly path: string
  readonly folder: string
  readonly document: TomlTable
  readonly place: TomlPlace
  readonly workspace: WorkspaceTable | undefined
  readonly isPackage: boolean
}

export interface ManifestLoader {
  /** Throws `file-missing` if there is no such file. */
  readonly document: (path: string) => ManifestDocument
  /** The path package of a manifest. */
  readonly package: (path: string) => ParsedManifest
  /** What a package may inherit; throws if it belongs to no workspace. */
  readonly inheritable: (path: string) => Inheritable
  /** The manifest of the workspace's root; undefined for a standalone package. */
  readonly workspaceRoot: (path: string) => string | undefined
}

/**
 * @param cargoHome the search for the workspace of a package inside it stops here
 * @param isOn whether the configuration turns an unstable feature on
 */
export function manifestLoader(
  config: Pick<SourceConfig, 'registryIndex'>,
  cargoHome: string,
  isOn: (feature: string) => boolean = () => false,
): ManifestLoader {
  const documents = new Map<string, ManifestDocument>()
  const packages = new Map<string, ParsedManifest>()
  const inheritables = new Map<string, Inheritable>()

  const document = (path: string): ManifestDocument => {
    const known = documents.get(path) ?? readDocument(path)
    documents.set(path, known)
    return known
  }
  const workspaceRoot = (path: string): string | undefined => {
    const own = rootNamedBy(document(path), path)
    return own ?? loadedRootAbove(path, documents) ?? findRootAbove(path, cargoHome, document)
  }
  const inheritableOf = (path: string): Inheritable => {
    const root = workspaceRoot(path) ?? noWorkspace(path)
    const known = inheritables.get(root) ?? inheritableAt(document(root))
    inheritables.set(root, known)
    return known
  }
  const readPackage = (path: string): ParsedManifest => {
    const { folder, document: toml, place } = document(path)
    const { registryIndex } = config
    const source = { kind: 'path', path: folder } as const
    const inherit = once(() => inheritableOf(path))
    const files = directoryFiles(folder)
    const parsed = parseManifest(toml, { manifestPath: path, folder, source, files, inherit, registryIndex })
    checkRootTables(toml, place, { folder, source, registryIndex, isOn })
    return parsed
  }
  return {
    document,
    workspaceRoot,
    inheritable: inheritableOf,
    package: (path) => {
      const known = packages.get(path) ?? readPackage(path)
      packages.set(path, known)
      return known
    },
  }
}

/** Tables that mean nothing without `[package]`. */
const PACKAGE_TABLES = [
  'badges features lib bin example test bench dependencies dev-dependencies dev_dependencies build-dependencies',
  'build_dependencies target lints hints',
]
  .join(' ')
  .split(' ')

function readDocument(path: string): ManifestDocument {
  const document = readToml(path, 'bad-manifest')
  if (document === undefined) {
    throw new Cargo2NixError({ code: 'file-missing', message: 'there is no such manifest', path })
  }
  const place = documentPlace(path, 'bad-manifest')
  const workspace = parseWorkspaceTable(document, place)
  const isPackage = packageTable(document, place) !== undefined
  if (!isPackage && workspace === undefined) {
    throw new Cargo2NixError({
      code: 'bad-manifest',
      message: 'there is neither a `[package]` nor a `[workspace]`',
      path,
      hint: 'add one of the two',
    })
  }
  const forbidden = isPackage ? undefined : PACKAGE_TABLES.find((key) => document[key] !== undefined)
  if (forbidden !== undefined) {
    failAt(
      place,
      forbidden,
      'stands in a manifest without a `[package]`',
      'move it to a package, or remove it',
    )
  }
  return { path, folder: dirname(path), document, place, workspace, isPackage }
}

function inheritableAt({ workspace, folder, path }: ManifestDocument): Inheritable {
  if (workspace !== undefined)
    return toInheritable(workspace.table, folder, directoryFiles(folder), workspace.place)
  throw new Cargo2NixError({
    code: 'bad-manifest',
    message: 'a package names this as its workspace, but there is no `[workspace]`',
    path,
    hint: 'add the table, or correct `package.workspace`',
  })
}

function noWorkspace(path: string): never {
  throw new Cargo2NixError({
    code: 'bad-manifest',
    message: 'a key says `workspace = true`, but the package belongs to no workspace',
    path,
    hint: 'add the package to the `members` of its workspace, or write the value here',
  })
}

/**
 * The nearest root above that has been read already. Cargo looks here first (`ws_roots`), so an unread root
 * in between is ignored.
 */
function loadedRootAbove(path: string, documents: ReadonlyMap<string, ManifestDocument>): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const above = documents.get(join(folder, 'Cargo.toml'))
    if (above?.workspace !== undefined && !isExcluded(above.workspace, folder, path)) return above.path
    if (dirname(folder) === folder) return undefined
  }
}

function findRootAbove(
  path: string,
  cargoHome: string,
  document: (path: string) => ManifestDocument,
): string | undefined {
  for (const candidate of manifestsAbove(path, cargoHome)) {
    const root = rootNamedBy(document(candidate), path)
    if (root !== undefined) return root
  }
  return undefined
}

/** The root that a manifest is, or that its `package.workspace` names. */
function rootNamedBy(
  { path, folder, document, place, workspace }: ManifestDocument,
  from: string,
): string | undefined {
  if (workspace !== undefined) return isExcluded(workspace, folder, from) ? undefined : path
  const pointer = workspacePointer(document, place)
  return pointer === undefined ? undefined : normalPath(joinPath(folder, `${pointer}/Cargo.toml`))
}

function manifestsAbove(path: string, cargoHome: string): readonly string[] {
  const found: string[] = []
  for (let folder = dirname(path); ;) {
    const above = dirname(folder)
    // Cargo's home may be inside a workspace, but nothing inside it belongs to that workspace.
    if (above === folder || above.endsWith('/target/package') || folder === cargoHome) return found
    folder = above
    const manifest = join(folder, 'Cargo.toml')
    if (existsSync(manifest)) found.push(manifest)
  }
}
