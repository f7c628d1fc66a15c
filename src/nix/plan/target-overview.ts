/**
 * The target matrix as a table for people.
 *
 * In: NixPlan, or nothing for all of rustc's targets. Out: one row per target.
 */
import { KNOWN_TARGETS } from '../../cargo/platform/target-table.ts'
import { conditionHolds } from './conditions.ts'
import type { NixPlan } from './plan.ts'
import type { PlannedCrate } from './plan-crate.ts'
import { platformOf } from '../platform/platform.ts'
import type { Point } from './points.ts'

export interface TargetRow {
  readonly triple: string
  /** Nix's name; null if nixpkgs has no such platform. */
  readonly config: string | null
  readonly pkgsCross: string | null
  readonly libc: string | null
  readonly tier: number | null
  readonly std: 'yes' | 'no' | 'unknown'
  /** Whether programs are linked statically, by the workspace's flags or by default. */
  readonly static: boolean
  readonly note: string | null
}

export interface MatrixTargetRow extends TargetRow {
  /** From `.cargo/config.toml`; null: the C compiler of the target's package set. */
  readonly linker: string | null
  readonly builds: boolean
  /** How many packages have different features or dependencies than on the first target. */
  readonly differing: number
}

/** The platforms of a plan; those that can build come first. */
export function matrixRows(plan: NixPlan): readonly MatrixTargetRow[] {
  const builders = new Set(plan.matrix.map(({ buildPlatform }) => buildPlatform))
  const sorted = plan.targets.toSorted(
    (a, b) => Number(builders.has(b.triple)) - Number(builders.has(a.triple)),
  )
  const first = sorted[0]?.triple ?? ''
  const facts = factsOn(plan, first)
  return sorted.map(({ triple, linker, isStatic }) => {
    const here = factsOn(plan, triple)
    return {
      ...targetRow(triple),
      static: isStatic,
      linker: linker ?? null,
      builds: builders.has(triple),
      differing: plan.crates.filter(({ key }) => facts.get(key) !== here.get(key)).length,
    }
  })
}

/** Every target that rustc knows. */
export function allTargetRows(): readonly TargetRow[] {
  return KNOWN_TARGETS.map(targetRow)
}

function targetRow(triple: string): TargetRow {
  const platform = platformOf(triple)
  return {
    triple,
    config: platform?.config ?? null,
    pkgsCross: platform?.pkgsCrossNames[0] ?? null,
    libc: platform?.libc ?? null,
    tier: platform?.facts.tier ?? null,
    std: platform?.facts.std ?? 'unknown',
    static: platform?.facts.crtStatic.default ?? false,
    note: platform?.note ?? null,
  }
}

/** What is true of each crate when building programs for the target, as text that can be compared. */
function factsOn(plan: NixPlan, triple: string): ReadonlyMap<string, string> {
  const row = plan.matrix.find(({ hostPlatforms }) => hostPlatforms.includes(triple))
  const buildPlatform = row?.buildPlatform ?? triple
  const point: Point = {
    build: 'default',
    mode: 'build',
    role: 'host',
    buildPlatform,
    hostPlatform: triple,
    platform: triple,
  }
  const active = new Set(
    plan.conditions.filter((each) => conditionHolds(each, point)).map(({ name }) => name),
  )
  return new Map(plan.crates.map((crate) => [crate.key, factsText(crate, active)]))
}

function factsText({ items }: PlannedCrate, active: ReadonlySet<string>): string {
  return items
    .filter(({ condition }) => condition === undefined || active.has(condition))
    .flatMap(({ fact, items: words }) => words.map((word) => `${fact} ${word}`))
    .toSorted()
    .join('\n')
}
