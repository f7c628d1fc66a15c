/**
 * Warnings that cargo would print about a workspace. Mirrors `validate_manifest` in `core/workspace.rs` of
 * cargo 0.96.
 */
import { STABLE_FEATURES } from '../manifest/cargo-features.ts'
import type { Lockfile } from '../lockfile.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { TomlTable } from '../toml-value.ts'
import type { WorkspaceTable } from './workspace-table.ts'

/** Entries of `cargo-features` without meaning, and those that are followed. */
const HEEDED_FEATURES: ReadonlySet<string> = new Set([
  ...STABLE_FEATURES,
  'codegen-backend',
  'profile-rustflags',
])

const ROOT_ONLY = ['profile', 'patch', 'replace']

/** @param documentOf the parsed document of a manifest, by its path */
export function workspaceWarnings(
  root: {
    readonly path: string
    readonly isPackage: boolean
    readonly workspace: WorkspaceTable | undefined
  },
  members: readonly Manifest[],
  lockfile: Lockfile,
  documentOf: (path: string) => TomlTable,
): readonly string[] {
  const others = members.filter(({ manifestPath }) => manifestPath !== root.path)
  const ignored = others.flatMap(({ manifestPath }) => {
    const document = documentOf(manifestPath)
    const keys = ROOT_ONLY.filter((key) => document[key] !== undefined)
    return keys.map((key) => `${manifestPath}: \`[${key}]\` counts only in ${root.path}`)
  })
  const unused = lockfile.unusedPatches.map(
    ({ name, version }) => `the patch \`${name} ${version}\` is not used`,
  )
  return [
    ...ignored,
    ...unused,
    ...resolverWarning(root, others),
    ...unstableFeatures(root, others, documentOf),
  ]
}

/**
 * Nightly cargo accepts these. What they allow is refused if it would change what is compiled, else ignored.
 */
function unstableFeatures(
  root: { readonly path: string },
  others: readonly Manifest[],
  documentOf: (path: string) => TomlTable,
): readonly string[] {
  const paths = [root.path, ...others.map(({ manifestPath }) => manifestPath)]
  return paths.flatMap((path) => {
    const features = documentOf(path)['cargo-features']
    const names = Array.isArray(features) ? features.filter((name) => typeof name === 'string') : []
    const unstable = names.filter((name) => !HEEDED_FEATURES.has(name))
    return unstable.map((name) => `${path}: \`cargo-features\`: \`${name}\` is unstable and not heeded`)
  })
}

function resolverWarning(
  root: {
    readonly path: string
    readonly isPackage: boolean
    readonly workspace: WorkspaceTable | undefined
  },
  members: readonly Manifest[],
): readonly string[] {
  if (root.isPackage || root.workspace?.resolver !== undefined) return []
  const newest = members
    .map(({ edition }) => edition)
    .sort()
    .at(-1)
  if (newest === undefined || newest < '2021') return []
  return [
    `${root.path}: without \`workspace.resolver\`, resolver 1 is used, though members have edition ${newest}`,
  ]
}
