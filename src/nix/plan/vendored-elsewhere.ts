/** Vendored packages that Nix does not take from their directory. */
import { dirname, relative } from 'node:path'
import type { NixPlan } from './plan.ts'

/**
 * A note for each directory outside of the workspace that cargo takes packages from, by source replacement.
 * Whether others have that directory is unknown, so Nix takes what the lockfile names; anyone who changed
 * something there must say so.
 */
export function notesOnVendoredElsewhere({ graph, crates }: NixPlan): readonly string[] {
  const { root } = graph.workspace
  const folders = crates.flatMap(({ package: { replacement } }) => {
    if (replacement === undefined || replacement.isShared) return []
    return [relative(root, dirname(replacement.path))]
  })
  return [...new Set(folders)].map(
    (folder) =>
      `note: ${folder} is outside the workspace, so Nix fetches those packages from their original source; if you patched them and every checkout has ${folder}, set \`vendored = "${folder}"\` in [workspace.metadata.cargo2nix]`,
  )
}
