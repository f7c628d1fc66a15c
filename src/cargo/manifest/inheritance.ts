/**
 * What members inherit from their workspace with `workspace = true`.
 *
 * In: the root's `[workspace.package]`, `[workspace.dependencies]` and `[workspace.lints]`.
 * Out: the value of one inherited key, with paths made relative to the member.
 * Mirrors `InheritableFields` and `normalize_package_toml` in `util/toml/mod.rs` of cargo 0.96.
 * Dependencies are merged in `dependency-tables.ts`.
 */
import { join, relative } from 'node:path'
import type { PackageFiles } from './package-files.ts'
import {
  failAt,
  isTable,
  mismatch,
  stringAt,
  tableAt,
  type TomlPlace,
  type TomlTable,
  type TomlValue,
} from '../toml-value.ts'

export interface Inheritable {
  /** Absolute directory of the workspace's root. */
  readonly root: string
  /** Place of the `[workspace]` table. */
  readonly place: TomlPlace
  readonly package: TomlTable | undefined
  readonly dependencies: TomlTable | undefined
  readonly lints: TomlTable | undefined
  /** The root's directory, for the readme. */
  readonly files: PackageFiles
}

/** Finds the workspace that a package inherits from; throws if there is none. */
export type FindInheritable = () => Inheritable

/** Reads `[workspace]` for its members. */
export function toInheritable(
  workspace: TomlTable,
  root: string,
  files: PackageFiles,
  place: TomlPlace,
): Inheritable {
  return {
    root,
    place,
    package: tableAt(workspace, 'package', place),
    dependencies: tableAt(workspace, 'dependencies', place),
    lints: tableAt(workspace, 'lints', place),
    files,
  }
}

/**
 * The value of a key of `[package]`, inherited if it is `key.workspace = true`.
 *
 * @throws Cargo2NixError if the workspace does not define the key
 */
export function inheritedValue(
  table: TomlTable,
  key: string,
  place: TomlPlace,
  inherit: FindInheritable,
): TomlValue | undefined {
  const value = table[key]
  if (!isTable(value)) return value
  if (value['workspace'] !== true) mismatch(value, 'a value or `workspace = true`', place, key)
  const found = inherit().package?.[key]
  if (found === undefined) {
    failAt(place, key, `\`workspace.package.${key}\` is not defined`, 'define it, or write the value here')
  }
  return found
}

/** True for `key.workspace = true`. */
function isInherited(table: TomlTable, key: string): boolean {
  const value = table[key]
  return isTable(value) && value['workspace'] === true
}

const README_NAMES = ['README.md', 'README.txt', 'README']

/** `readme`, with cargo's defaults applied; undefined if the package has none. */
export function readmeOf(
  table: TomlTable,
  place: TomlPlace,
  folder: string,
  files: PackageFiles,
  inherit: FindInheritable,
): string | undefined {
  if (!isInherited(table, 'readme')) return normalReadme(table, 'readme', place, files)
  const workspace = inherit()
  const readme = normalReadme(workspace.package ?? {}, 'readme', workspace.place, workspace.files)
  return readme === undefined
    ? failAt(
        place,
        'readme',
        '`workspace.package.readme` is not defined',
        'define it, or write the value here',
      )
    : relative(folder, join(workspace.root, readme))
}

function normalReadme(
  table: TomlTable,
  key: string,
  place: TomlPlace,
  files: PackageFiles,
): string | undefined {
  const value = table[key]
  if (value === undefined) return README_NAMES.find((name) => files.isFile(name))
  if (typeof value === 'boolean') return value ? 'README.md' : undefined
  return stringAt(table, key, place)
}

/** `license-file`, relative to the package. */
export function licenseFileOf(
  table: TomlTable,
  place: TomlPlace,
  folder: string,
  inherit: FindInheritable,
): string | undefined {
  const value = inheritedValue(table, 'license-file', place, inherit)
  if (value === undefined) return undefined
  if (typeof value !== 'string') mismatch(value, 'a string', place, 'license-file')
  return isInherited(table, 'license-file') ? relative(folder, join(inherit().root, value)) : value
}
