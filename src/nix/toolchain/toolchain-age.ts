/**
 * What a workspace requires of its toolchain's version.
 *
 * In: the workspace, the plan and the chosen toolchain. Out: what Nix must know about it, and what `generate`
 * prints.
 * Mirrors the check of `rust-version` in `ops/cargo_compile/mod.rs` of cargo 0.100, which looks at the packages of all
 * units.
 */
import type { CargoWorkspace } from '../../cargo/workspace/workspace.ts'
import { isOlder, newerRules, rulesAfter } from '../../cargo/workspace/newer-rules.ts'
import {
  nightlyFeatures,
  unsupportedFeatures,
  type NightlyFeature,
} from '../../cargo/workspace/nightly-features.ts'
import type { NixPlan } from '../plan/plan.ts'
import type { ToolchainChoice } from './toolchain-request.ts'

/** The release of the toolchain, such as `1.95` or `1.97.0-nightly`; undefined if only Nix will know it. */
export function knownRelease(choice: ToolchainChoice): string | undefined {
  if (choice.provider === 'dist') return choice.pin.release
  return choice.channel !== undefined && /^[\d.]+$/.test(choice.channel) ? choice.channel : undefined
}

/** The release, or the channel if it is a nightly: enough to know what its cargo follows. */
export function knownNightly(choice: ToolchainChoice): string | undefined {
  const release = knownRelease(choice)
  if (release !== undefined || choice.provider === 'dist') return release
  return choice.channel?.startsWith('nightly') === true ? choice.channel : undefined
}

/** Whose rules are followed where only a nightly cargo follows the configuration. */
export function followedBy(choice: ToolchainChoice): 'stable' | 'nightly' {
  return knownNightly(choice)?.includes('nightly') === true ? 'nightly' : 'stable'
}

/**
 * Keyed by the first cargo that has the rule, sorted: what earlier ones refuse, as text. Last are `nightly`, what every
 * stable cargo refuses, and `stable`, what a nightly one follows and is not supported.
 */
export function rulesByCargo(workspace: CargoWorkspace): readonly (readonly [since: string, text: string])[] {
  const texts = new Map<string, Set<string>>()
  const refused = newerRules(workspace).filter(({ older }) => older === 'refused')
  for (const { since, what, where } of refused) {
    const text = inWorkspace(workspace, where, what)
    texts.set(since, (texts.get(since) ?? new Set()).add(text))
  }
  const written = (features: readonly NightlyFeature[]): ReadonlySet<string> =>
    new Set(features.map(({ what, where }) => inWorkspace(workspace, where, what)))
  return [
    ...[...texts].toSorted(([a], [b]) => (isOlder(a, b) ? -1 : 1)),
    ['nightly', written(nightlyFeatures(workspace))] as const,
    ['stable', written(unsupportedFeatures(workspace))] as const,
  ]
    .filter(([, each]) => each.size > 0)
    .map(([since, each]) => [since, [...each].join(', ')] as const)
}

function inWorkspace({ root }: CargoWorkspace, where: string, what: string): string {
  const prefix = `${root}/`
  return where.startsWith(prefix) ? `${where.slice(prefix.length)}: ${what}` : what
}

/** Notes on what the toolchain's cargo ignores. */
export function notesOnPassedOver(workspace: CargoWorkspace, choice: ToolchainChoice): readonly string[] {
  const release = knownRelease(choice)
  if (release === undefined) return []
  return rulesAfter(newerRules(workspace), release)
    .filter(({ older }) => older === 'passed over')
    .map(({ what, since }) => `note: ${what} counts from cargo ${since} on, and the toolchain is ${release}`)
}

/** Packages whose `rust-version` is newer than the toolchain: Nix will refuse to compile them. */
export function notesOnRustVersions({ crates }: NixPlan, choice: ToolchainChoice): readonly string[] {
  const release = knownRelease(choice)
  if (release === undefined) return []
  return crates.flatMap(({ package: item }) => {
    const { rustVersion } = item.manifest.metadata
    if (rustVersion === undefined || !isOlder(release, rustVersion)) return []
    return [
      `warning: ${item.name} ${item.version} requires rustc ${rustVersion}, and the toolchain is ${release}: Nix refuses to compile it without \`ignoreRustVersion = true\``,
    ]
  })
}
