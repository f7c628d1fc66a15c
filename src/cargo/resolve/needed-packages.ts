/**
 * Which locked packages platforms need, for a machine that does not have all of them.
 *
 * In: the packages on disk, the lockfile, platforms. Out: the locked packages reachable through dependencies
 * that apply on one of the platforms, whether it builds or is built for.
 * Mirrors the walk of `ops/cargo_fetch.rs` of cargo 0.96. If in doubt, it includes a package: what the
 * lockfile lists for an optional dependency counts as enabled (but see `may-be-enabled.ts`), and a target
 * feature may or may not be set, since our settings could change it.
 */
import { cfgMatches, parsePlatform, type CfgExpr, type CfgSet, type Platform } from '../ids/cfg-expr.ts'
import type { LockedPackage, Lockfile } from '../lockfile.ts'
import type { Dependency } from '../manifest/manifest.ts'
import { optionalDependencyTest } from './may-be-enabled.ts'
import { cfgSetOf } from '../platform/target-cfg.ts'
import { cfgsOfKinds } from '../platform/target-rustflags.ts'
import type { CargoConfig, LoadedPackage } from '../workspace/workspace.ts'

/** Local packages always count as needed; `triples` are Rust's. */
export function neededPackages(
  lockfile: Lockfile,
  loaded: readonly LoadedPackage[],
  config: CargoConfig,
  triples: readonly string[],
): ReadonlySet<LockedPackage> {
  // Artifacts may be for other platforms.
  const ofArtifacts = loaded.flatMap(({ manifest }) =>
    manifest.dependencies.flatMap(({ artifact }) => artifact?.target ?? []),
  )
  const forced = ofArtifacts.filter((target) => target !== 'target')
  const counts = platformTest(config, [...new Set([...triples, ...forced])])
  const mayBeEnabled = optionalDependencyTest(lockfile, loaded)
  // What is below a package that is not on disk is unknown, so all of it counts as needed.
  const isNeeded = (item: LoadedPackage | undefined, name: string): boolean => {
    const reasons = item === undefined ? [] : reasonsFor(item, name)
    if (item === undefined || reasons.length === 0) return true
    const counting = reasons.filter(counts)
    const isListedAnyway = reasons.some((reason) => !reason.optional && !counts(reason))
    return counting.some((reason) => !reason.optional || !isListedAnyway || mayBeEnabled(item, reason))
  }
  const byLocked = new Map(loaded.map((each) => [each.locked, each]))
  const queue = loaded.filter(({ source }) => source.kind === 'path').map(({ locked }) => locked)
  const needed = new Set(queue)
  for (let locked = queue.pop(); locked !== undefined; locked = queue.pop()) {
    const item = byLocked.get(locked)
    for (const index of locked.dependencies) {
      const named = lockfile.packages[index]!
      const to = named.replace === undefined ? named : lockfile.packages[named.replace]!
      if (needed.has(to) || !isNeeded(item, named.name)) continue
      needed.add(to)
      queue.push(to)
    }
  }
  return needed
}

/** Only a workspace has its dev-dependencies locked. */
function reasonsFor({ manifest, source }: LoadedPackage, name: string): readonly Dependency[] {
  return manifest.dependencies.filter(
    ({ packageName, kind }) => packageName === name && (kind !== 'development' || source.kind === 'path'),
  )
}

function platformTest(config: CargoConfig, triples: readonly string[]): (dependency: Dependency) => boolean {
  const sides = triples.flatMap((triple): readonly (readonly [string, CfgSet])[] => [
    [triple, cfgSetOf(triple, config)],
    [triple, cfgsOfKinds(config, triple, [null])(null)],
  ])
  const known = new Map<string, boolean>()
  return ({ platform }) => {
    if (platform === undefined) return true
    const answer =
      known.get(platform) ?? sides.some(([triple, cfgs]) => mayMatch(parsePlatform(platform), triple, cfgs))
    known.set(platform, answer)
    return answer
  }
}

function mayMatch(platform: Platform, triple: string, cfgs: CfgSet): boolean {
  return platform.kind === 'target' ? platform.name === triple : canBe(true, platform.expr, cfgs)
}

/** Whether some set of target features gives an expression this value. */
function canBe(value: boolean, expr: CfgExpr, cfgs: CfgSet): boolean {
  switch (expr.kind) {
    case 'not':
      return canBe(!value, expr.operand, cfgs)
    case 'all':
    case 'any':
      return (expr.kind === 'all') === value
        ? expr.operands.every((operand) => canBe(value, operand, cfgs))
        : expr.operands.some((operand) => canBe(value, operand, cfgs))
    default:
      return (expr.kind === 'value' && expr.key === 'target_feature') || cfgMatches(expr, cfgs) === value
  }
}
