/** Members that no build compiles. */
import type { NixPlan } from './plan.ts'

/**
 * A note for each member that no build compiles because all its targets require features that are off. As in
 * cargo, which then builds and prints nothing, that is not an error.
 */
export function notesOnIdleMembers({ graph, crates, builds }: NixPlan): readonly string[] {
  // Members that are resolved on their own may lack features that they have together.
  const isSeparate = builds.some(({ separately }) => separately)
  const built = new Set(builds.flatMap(({ packages }) => packages))
  const compiled = new Set(
    crates.filter(({ key }) => !isSeparate || built.has(key)).map((crate) => crate.package),
  )
  return graph.members
    .filter((member) => !compiled.has(member))
    .map(({ name, manifest }) => {
      const wanted = manifest.targets
        .filter(({ kind, requiredFeatures }) => kind === 'bin' && requiredFeatures !== undefined)
        .map((target) => `${target.name} (${target.requiredFeatures!.join(', ')})`)
      const programs = wanted.length > 0 ? `: ${wanted.join('; ')}` : ''
      return `note: \`${name}\` is skipped: all its targets require features that are not enabled${programs}; \`features\` of a named build turns them on`
    })
}
