/**
 * The members of a workspace.
 *
 * In: the requested manifest. Out: the root, the members and the default members, in cargo's order.
 * Mirrors `find_members`, `find_path_deps` and `validate` in `core/workspace.rs` of cargo 0.96.
 */
import { dirname, join } from 'node:path'
import { normalPath } from '../../cargo/normal-path.ts'
import { isExcluded, startsWithPath, type WorkspaceTable } from '../../cargo/workspace/workspace-table.ts'
import { Cargo2NixError } from '../../errors.ts'
import type { ManifestDocument, ManifestLoader } from '../manifests/manifest-loader.ts'
import { memberPaths } from './member-paths.ts'
import { isMissingManifest, manifestIn, missingDependency } from './path-packages.ts'

export interface WorkspaceMembers {
  readonly root: ManifestDocument
  /** Manifests of packages. */
  readonly members: readonly string[]
  readonly defaultMembers: readonly string[]
}

/**
 * Finds the workspace of a manifest and its members.
 *
 * @throws Cargo2NixError if cargo refuses the workspace
 */
export function findMembers(manifestPath: string, loader: ManifestLoader): WorkspaceMembers {
  const rootPath = loader.workspaceRoot(manifestPath)
  if (rootPath === undefined) {
    return { root: loader.document(manifestPath), members: [manifestPath], defaultMembers: [manifestPath] }
  }
  const root = loader.document(rootPath)
  const { workspace } = root
  if (workspace === undefined) {
    fail(rootPath, 'a package names this as its workspace, but there is no `[workspace]`', 'add the table')
  }
  const all = collectMembers(root, workspace, loader)
  checkMembers(all, root, manifestPath, loader)
  const members = all.filter((path) => loader.document(path).isPackage)
  const defaultMembers = defaultsOf(root, workspace, all, manifestPath, loader)
  return { root, members, defaultMembers: defaultMembers.filter((path) => loader.document(path).isPackage) }
}

function collectMembers(
  root: ManifestDocument,
  workspace: WorkspaceTable,
  loader: ManifestLoader,
): readonly string[] {
  const found = new Set<string>()
  const visit = (path: string, isPathDependency: boolean): void => {
    if (found.has(path)) return
    const isOutside = isPathDependency && !startsWithPath(dirname(path), root.folder)
    if (isOutside && loader.workspaceRoot(path) !== root.path) return
    if (isExcluded(workspace, root.folder, path)) return
    const { isPackage } = loader.document(path)
    found.add(path)
    const dependencies = isPackage ? loader.package(path).manifest.dependencies : []
    for (const { source, nameInToml } of dependencies) {
      if (source.kind === 'path') visitDependency(manifestIn(source.path), path, nameInToml, visit)
    }
  }
  for (const folder of memberPaths(root.folder, workspace.members ?? [])) visitMember(folder, root, visit)
  visit(root.path, false)
  return [...found]
}

function visitMember(
  folder: string,
  root: ManifestDocument,
  visit: (path: string, isPathDependency: boolean) => void,
): void {
  const path = normalPath(join(folder, 'Cargo.toml'))
  try {
    visit(path, false)
  } catch (error) {
    if (!isMissingManifest(error, path)) throw error
    throw new Cargo2NixError({
      code: 'file-missing',
      message: `\`workspace.members\` names a folder without a manifest: ${path}`,
      path: root.path,
      hint: 'correct the list, or create the package',
      cause: error,
    })
  }
}

function visitDependency(
  path: string,
  from: string,
  name: string,
  visit: (path: string, isPathDependency: boolean) => void,
): void {
  try {
    visit(path, true)
  } catch (error) {
    throw missingDependency(error, path, from, name) ?? error
  }
}

function defaultsOf(
  root: ManifestDocument,
  workspace: WorkspaceTable,
  members: readonly string[],
  manifestPath: string,
  loader: ManifestLoader,
): readonly string[] {
  if (root.path !== manifestPath || workspace.defaultMembers === undefined) {
    return loader.document(manifestPath).isPackage ? [manifestPath] : members
  }
  const listed = memberPaths(root.folder, workspace.members ?? [])
  return memberPaths(root.folder, workspace.defaultMembers).flatMap((folder) => {
    const path = join(folder, 'Cargo.toml')
    if (members.includes(path)) return [path]
    // An excluded directory may be in `default-members`, as long as `members` has it.
    if (listed.includes(folder) && isExcluded(workspace, root.folder, folder)) return []
    return fail(root.path, `\`workspace.default-members\`: ${folder} is not a member`, 'add it to `members`')
  })
}

function checkMembers(
  members: readonly string[],
  root: ManifestDocument,
  manifestPath: string,
  loader: ManifestLoader,
): void {
  const names = new Map<string, string>()
  for (const path of members) {
    const actual = loader.workspaceRoot(path)
    if (actual !== root.path) {
      const message = `the package is a member of ${root.path}, but belongs to ${actual ?? 'no workspace'}`
      fail(path, message, 'set `package.workspace`, or remove the package from `members`')
    }
    if (!loader.document(path).isPackage) continue
    const { name } = loader.package(path).manifest
    const other = names.get(name)
    if (other !== undefined)
      fail(path, `\`package.name\`: ${other} is called \`${name}\`, too`, 'rename one of them')
    names.set(name, path)
  }
  if (!members.includes(manifestPath)) {
    const hint = 'add it to `members` or to `exclude` there, or give it an empty `[workspace]`'
    fail(manifestPath, `the package is below the workspace ${root.path}, but not a member of it`, hint)
  }
}

function fail(path: string, message: string, hint: string): never {
  throw new Cargo2NixError({ code: 'bad-manifest', message, path, hint })
}
