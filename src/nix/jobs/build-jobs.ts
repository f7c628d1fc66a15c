/**
 * CI jobs: one per target, on a machine that can build it.
 *
 * In: the matrix. Out: jobs in the order of the targets, for any forge; `forge-jobs.ts` formats them for one.
 */
import { parseNixConfig } from '../platform/nix-config.ts'
import { platformOf } from '../platform/platform.ts'
import type { MatrixRow } from '../plan/points.ts'
import { printAttributeName } from '../render/print.ts'

export interface BuildJob {
  /** The Rust triple. */
  readonly target: string
  /** Rust's name of the build platform. */
  readonly buildPlatform: string
  /** Nix's name of the build system, such as `x86_64-linux`. */
  readonly system: string
  /** GitHub's name of a hosted runner for that system. */
  readonly runner: string
  /** What to build, as an attribute of Cargo.nix. */
  readonly attribute: string
}

/** Systems for which a forge has machines, the most common first, with GitHub's runner for each. */
const RUNNERS: Readonly<Record<string, string>> = {
  'x86_64-linux': 'ubuntu-24.04',
  'aarch64-linux': 'ubuntu-24.04-arm',
  'aarch64-darwin': 'macos-15',
  'x86_64-darwin': 'macos-15-intel',
}

/**
 * One job per target of the matrix. A target that is itself a build platform is built there, any other on the
 * most common platform that can build it.
 *
 * @param attributeOf the attribute of Cargo.nix that a target's job builds
 */
export function buildJobs(
  matrix: readonly MatrixRow[],
  attributeOf: (target: string) => string,
): readonly BuildJob[] {
  const targets = [...new Set(matrix.flatMap(({ hostPlatforms }) => hostPlatforms))]
  return targets.flatMap((target) => {
    const builders = matrix
      .filter(({ hostPlatforms }) => hostPlatforms.includes(target))
      .map(({ buildPlatform }) => buildPlatform)
    const buildPlatform = builders.includes(target) ? target : builders.toSorted(byCommonness)[0]
    if (buildPlatform === undefined) return []
    const system = systemOf(buildPlatform)
    return [
      {
        target,
        buildPlatform,
        system,
        runner: RUNNERS[system] ?? 'self-hosted',
        attribute: attributeOf(target),
      },
    ]
  })
}

/** An attribute of a target's outputs, such as `packages` or `checks`. */
export function outputAttribute(target: string, attribute: string): string {
  return `targets.${printAttributeName(target)}.${attribute}`
}

/** What is released for a target. */
export function releaseAttribute(target: string): string {
  return `release.${printAttributeName(target)}`
}

/** Nix's name of a build platform: `x86_64-linux`. */
export function systemOf(triple: string): string {
  const config = parseNixConfig(platformOf(triple)?.config ?? triple)
  return config === undefined ? triple : `${config.cpu}-${config.kernel}`
}

function byCommonness(a: string, b: string): number {
  const rank = (triple: string): number => {
    const index = Object.keys(RUNNERS).indexOf(systemOf(triple))
    return index < 0 ? Number.MAX_SAFE_INTEGER : index
  }
  return rank(a) - rank(b)
}
