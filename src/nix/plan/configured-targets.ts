/**
 * Notes about `build.target` in the configuration: the platforms for which cargo compiles by default.
 *
 * The generated files are for the platforms of the matrix, which the manifest's table sets. Cargo's choice
 * for a checkout is not one of them, since people who build with Nix choose by attribute. The notes say so.
 */
import { basename, relative } from 'node:path'
import type { NixPlan } from './plan.ts'

/**
 * One line for each target of `build.target` that the plan lacks, or that no stable cargo accepts.
 *
 */
export function notesOnConfiguredTargets(plan: NixPlan): readonly string[] {
  const { config, root } = plan.graph.workspace
  const { build, customTargets } = config
  const spelled = (name: string): string => relative(root, customTargets[name]!.path)
  const planned = new Set(plan.targets.map(({ triple }) => triple))
  return build.target
    .filter((target) => target !== 'host-tuple' && !planned.has(target))
    .map((target) =>
      target.endsWith('.json')
        ? `note: \`build.target\` in .cargo/config.toml is the custom target \`${basename(target)}\`, which is for nightly ` +
          'cargo alone, and only with `unstable.json-target-spec = true`: nothing is generated for it'
        : Object.hasOwn(customTargets, target)
          ? `note: \`build.target\` in .cargo/config.toml is a custom target: \`targets = ["${spelled(target)}"]\` in ` +
            '[workspace.metadata.cargo2nix] generates for it, too'
          : `note: \`build.target\` in .cargo/config.toml is \`${target}\`: \`cargo2nix-ts targets add ${target}\` generates for it, too`,
    )
}
