/** Vendored packages that Nix does not take as they lie there. */
import { dirname, relative } from 'node:path'
import type { NixPlan } from './plan.ts'

/**
 * A note for each directory outside of the workspace from which cargo takes packages by a replaced source.
 * That the directory is there for others, too, is not known, so Nix takes what the lockfile names; whoever
 * changed something there must say.
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
