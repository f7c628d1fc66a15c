/**
 * `[workspace]` of a manifest, and where a package says its workspace is.
 *
 * In: a manifest's document. Out: the table's keys, or a member's pointer to its root.
 * Mirrors `to_workspace_config` in `util/toml/mod.rs` and `WorkspaceRootConfig` in `core/workspace.rs` of cargo 0.96.
 */
import { checkUnusedDependency } from '../manifest/detailed-dependency.ts'
import { joinPath, normalPath } from '../normal-path.ts'
import { packageTable, settingsOf } from '../manifest/parse-manifest.ts'
import { checkInheritable } from './workspace-types.ts'
import { checkPackageName } from '../ids/restricted-names.ts'
import {
  failAt,
  isTable,
  placeOf,
  stringAt,
  stringsAt,
  tableAt,
  type TomlPlace,
  type TomlTable,
} from '../toml-value.ts'

export interface WorkspaceTable {
  readonly members: readonly string[] | undefined
  readonly defaultMembers: readonly string[] | undefined
  readonly exclude: readonly string[]
  readonly resolver: string | undefined
  /** `[workspace.metadata.cargo2nix]`, unparsed. */
  readonly settings: unknown
  readonly table: TomlTable
  readonly place: TomlPlace
}

/** Undefined for a manifest without `[workspace]`. */
export function parseWorkspaceTable(document: TomlTable, place: TomlPlace): WorkspaceTable | undefined {
  const table = tableAt(document, 'workspace', place)
  if (table === undefined) return undefined
  if (workspacePointer(document, place) !== undefined) {
    failAt(
      placeOf(place, 'package'),
      'workspace',
      'cannot stand beside `[workspace]`',
      'remove one of the two',
    )
  }
  const here = placeOf(place, 'workspace')
  checkDependencies(table, here)
  checkInheritable(table, here)
  return {
    members: stringsAt(table, 'members', here),
    defaultMembers: stringsAt(table, 'default-members', here),
    exclude: stringsAt(table, 'exclude', here) ?? [],
    resolver: stringAt(table, 'resolver', here),
    settings: settingsOf(table),
    table,
    place: here,
  }
}

/** What members inherit is neither optional nor public: each member says so itself. */
function checkDependencies(table: TomlTable, place: TomlPlace): void {
  const dependencies = tableAt(table, 'dependencies', place) ?? {}
  const here = placeOf(place, 'dependencies')
  for (const [name, value] of Object.entries(dependencies)) {
    checkPackageName(name, here, name)
    checkUnusedDependency(value, here, name)
    const key = isTable(value) && ['optional', 'public'].find((flag) => value[flag] === true)
    if (typeof key === 'string')
      failAt(placeOf(here, name), key, 'counts only in a member', 'move it to the members')
  }
}

/** `package.workspace`: the directory of the root, relative to the package. */
export function workspacePointer(document: TomlTable, place: TomlPlace): string | undefined {
  const table = packageTable(document, place)
  return table && stringAt(table, 'workspace', placeOf(place, 'package'))
}

/**
 * Whether a workspace excludes a manifest: below a directory of `exclude`, and not below one of `members`.
 * Neither list is interpreted as patterns here.
 *
 * @param root absolute directory of the workspace
 * @param path absolute
 */
export function isExcluded({ exclude, members }: WorkspaceTable, root: string, path: string): boolean {
  // Cargo compares components, and no manifest's path has `..`.
  const isBelow = (folder: string): boolean =>
    !folder.split('/').includes('..') && startsWithPath(path, joinPath(root, folder))
  return exclude.some(isBelow) && !(members ?? []).some(isBelow)
}

/** True if `folder` is `path` or one of the directories above it. */
export function startsWithPath(path: string, folder: string): boolean {
  const normal = normalPath(folder)
  return path === normal || path.startsWith(normal.endsWith('/') ? normal : `${normal}/`)
}
