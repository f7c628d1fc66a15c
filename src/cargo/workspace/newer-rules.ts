/**
 * Constructs in a workspace that not every cargo understands, or that an older one understands differently.
 *
 * In: the workspace, read by the newest rules. Out: each such construct, with the first cargo that supports
 * it.
 * The newest rules apply to every workspace. If the toolchain is known to be older than one of them,
 * `generate` refuses it, or Nix ignores it as that cargo does; if only Nix knows the toolchain, evaluation
 * does so. `docs/following-cargo.md` lists all rules.
 */
import { Cargo2NixError } from '../../errors.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { NewerRule } from '../newer-rule.ts'
import type { CargoConfig, CargoWorkspace } from './workspace.ts'

/** The cargo whose rules are followed: later ones have not been reviewed. */
export const NEWEST_CARGO = '1.99'

/** All newer constructs of a workspace. */
export function newerRules(
  workspace: Pick<CargoWorkspace, 'packages' | 'profiles' | 'config' | 'rootManifestPath'>,
): readonly NewerRule[] {
  const { packages, profiles, config, rootManifestPath } = workspace
  return [
    ...config.newerRules,
    ...profileRules(profiles, rootManifestPath),
    // Unless it is requested, an older cargo does not check one that only the configuration has.
    ...profileRules(config.profile, 'the configuration').filter(({ what }) => what !== '`profile.debug`'),
    ...packages.flatMap(({ manifest }) => manifestRules(manifest)),
  ]
}

function profileRules(profiles: CargoConfig['profile'], where: string): readonly NewerRule[] {
  return Object.entries(profiles).flatMap(([name, { inherits }]) => [
    ...(name.toLowerCase() === 'debug'
      ? [{ since: '1.99', older: 'refused' as const, what: '`profile.debug`', where }]
      : []),
    ...(inherits === 'debug'
      ? [{ since: '1.99', older: 'refused' as const, what: `\`profile.${name}.inherits = "debug"\``, where }]
      : []),
  ])
}

function manifestRules({ dependencies, manifestPath }: Manifest): readonly NewerRule[] {
  return dependencies.flatMap(({ newerRule }) =>
    newerRule === undefined ? [] : [{ ...newerRule, where: manifestPath }],
  )
}

/** The rules that a cargo (`1.95`, `1.95.0`, `1.97.0-nightly`) does not have. */
export function rulesAfter(rules: readonly NewerRule[], cargo: string): readonly NewerRule[] {
  return rules.filter(({ since }) => isOlder(cargo, since))
}

/** Whether release `a` precedes `b`; a nightly counts as the release that it becomes. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('-')[0]!.split('.').map(Number))
  const differs = [0, 1, 2].find((at) => (left![at] ?? 0) !== (right![at] ?? 0))
  return differs !== undefined && (left![differs] ?? 0) < (right![differs] ?? 0)
}

/**
 * Refuses a workspace that needs a newer toolchain than it has.
 *
 * @param release of the toolchain, undefined if unknown
 * @throws Cargo2NixError `not-supported`
 */
export function refuseOlderCargo(rules: readonly NewerRule[], release: string | undefined): void {
  const refused = rules.filter(({ older }) => older === 'refused')
  const [first] = release === undefined ? [] : rulesAfter(refused, release)
  if (first === undefined) return
  throw new Cargo2NixError({
    code: 'not-supported',
    path: first.where,
    message: `${first.what} is understood from cargo ${first.since} on, and the toolchain is ${release}`,
    hint: 'take a newer toolchain, or remove it',
  })
}
