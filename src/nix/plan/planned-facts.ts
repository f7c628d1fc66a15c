/**
 * The facts of a plan at one pair of platforms, as the runtime reads them: which crates are compiled, in
 * which role, with which features and dependencies.
 *
 * In: NixPlan, the name of a build and a host platform. Out: one entry per crate and role that the build's
 * members need.
 */
import { conditionHolds } from './conditions.ts'
import type { PlannedBuild } from './named-builds.ts'
import type { NixPlan, PlannedCrate } from './plan.ts'
import { roleBelow, type Point, type Role } from './points.ts'

export interface CompiledCrate {
  readonly crate: PlannedCrate
  readonly role: Role
  readonly features: readonly string[]
  /** Crate keys. */
  readonly dependencies: readonly string[]
  /** Crate keys; all of role `build`. */
  readonly buildDependencies: readonly string[]
}

/** The platform that builds for a host platform: the host platform itself, if it can build. */
function builderOf({ matrix }: NixPlan, hostPlatform: string): string {
  const rows = matrix.filter(({ hostPlatforms }) => hostPlatforms.includes(hostPlatform))
  const own = rows.find(({ buildPlatform }) => buildPlatform === hostPlatform)
  return (own ?? rows[0])?.buildPlatform ?? hostPlatform
}

function pointOf(plan: NixPlan, build: string, hostPlatform: string, role: Role): Point {
  const buildPlatform = builderOf(plan, hostPlatform)
  const platform = role === 'build' ? buildPlatform : hostPlatform
  return { build, mode: 'build', role, buildPlatform, hostPlatform, platform }
}

/** Everything that a build compiles for a host platform, except tests, in no particular order. */
export function compiledCrates(
  plan: NixPlan,
  { name: build, packages }: PlannedBuild,
  hostPlatform: string,
): readonly CompiledCrate[] {
  const crates = new Map(plan.crates.map((crate) => [crate.key, crate]))
  const factsIn = {
    host: factsReader(plan, pointOf(plan, build, hostPlatform, 'host')),
    build: factsReader(plan, pointOf(plan, build, hostPlatform, 'build')),
  }
  const found = new Map<string, CompiledCrate>()
  const stack: { key: string; role: Role }[] = packages.map((key) => ({ key, role: 'host' }))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const crate = crates.get(top.key)!
    const role = roleBelow(crate.package, top.role)
    const id = `${role} ${top.key}`
    if (found.has(id)) continue
    const facts = { crate, role, ...factsIn[role](crate) }
    found.set(id, facts)
    stack.push(
      ...facts.dependencies.map((key) => ({ key, role })),
      ...facts.buildDependencies.map((key) => ({ key, role: 'build' as const })),
    )
  }
  return [...found.values()]
}

type Facts = Omit<CompiledCrate, 'crate' | 'role'>

function factsReader(plan: NixPlan, point: Point): (crate: PlannedCrate) => Facts {
  const active = new Set(
    plan.conditions.filter((condition) => conditionHolds(condition, point)).map(({ name }) => name),
  )
  const words = ({ items }: PlannedCrate, wanted: string): readonly string[] =>
    items.flatMap(({ fact, condition, items: values }) =>
      fact === wanted && (condition === undefined || active.has(condition)) ? values : [],
    )
  return (crate) => ({
    features: words(crate, 'features'),
    dependencies: words(crate, 'deps'),
    buildDependencies: words(crate, 'buildDeps'),
  })
}
