/**
 * Notes about `build.target` in the configuration: the platforms for which cargo compiles by default.
 *
 * The generated files are for the platforms of the matrix, which the manifest's table sets. Cargo's choice
 * for a checkout is not one of them, since people who build with Nix choose by attribute. The notes say so.
 */
import { basename } from 'node:path'
import type { NixPlan } from './plan.ts'

/**
 * One line for each target of `build.target` that the plan lacks, or that no stable cargo accepts.
 *
 * @param targets triples, or paths of custom targets
 */
export function notesOnConfiguredTargets(targets: readonly string[], plan: NixPlan): readonly string[] {
  const planned = new Set(plan.targets.map(({ triple }) => triple))
  return targets
    .filter((target) => target !== 'host-tuple' && !planned.has(target))
    .map((target) =>
      target.endsWith('.json')
        ? `note: \`build.target\` in .cargo/config.toml is the custom target \`${basename(target)}\`, which is for nightly ` +
          'cargo alone (`-Z json-target-spec`), and not supported: nothing is generated for it'
        : `note: \`build.target\` in .cargo/config.toml is \`${target}\`: \`cargo2nix-ts targets add ${target}\` generates for it, too`,
    )
}
