/**
 * The facts of a plan at one pair of platforms, as the runtime reads them: which crates are compiled, in
 * which role, with which features and dependencies.
 *
 * In: NixPlan, the name of a build and a host platform. Out: one entry per crate and role that the build's
 * members need.
 */
import { conditionHolds } from './conditions.ts'
import type { PlannedBuild } from './named-builds.ts'
import type { NixPlan } from './plan.ts'
import type { PlannedCrate } from './plan-crate.ts'
import { readArtifact, type Artifact } from './artifact-items.ts'
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

/** Where a crate is compiled: `platform` is that of an artifact. */
type Where = Pick<Point, 'role' | 'platform'>

/** The platform that builds for a host platform: the host platform itself, if it can build. */
function builderOf({ matrix }: NixPlan, hostPlatform: string): string {
  const rows = matrix.filter(({ hostPlatforms }) => hostPlatforms.includes(hostPlatform))
  const own = rows.find(({ buildPlatform }) => buildPlatform === hostPlatform)
  return (own ?? rows[0])?.buildPlatform ?? hostPlatform
}

/** Everything that a build compiles for a host platform, except tests, in no particular order. */
export function compiledCrates(
  plan: NixPlan,
  { name: build, packages }: PlannedBuild,
  hostPlatform: string,
): readonly CompiledCrate[] {
  const crates = new Map(plan.crates.map((crate) => [crate.key, crate]))
  const buildPlatform = builderOf(plan, hostPlatform)
  const ofHost: Where = { role: 'host', platform: hostPlatform }
  const ofBuild: Where = { role: 'build', platform: buildPlatform }
  const readers = new Map<string, ReturnType<typeof factsReader>>()
  const factsIn = (where: Where, crate: PlannedCrate): Facts => {
    const id = `${where.role} ${where.platform}`
    const point: Point = { build, mode: 'build', buildPlatform, hostPlatform, ...where }
    const reader = readers.get(id) ?? factsReader(plan, point)
    readers.set(id, reader)
    return reader(crate)
  }
  const ofArtifact = (from: Where, { crate, target }: Artifact): Reached => ({
    key: crate,
    where:
      target === undefined
        ? from
        : { role: 'artifact', platform: target === 'target' ? hostPlatform : target },
    isArtifact: true,
  })
  const found = new Map<string, CompiledCrate>()
  const stack: Reached[] = packages.map((key) => ({ key, where: ofHost }))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const crate = crates.get(top.key)!
    const isMacro = top.isArtifact !== true && roleBelow(crate.package, top.where.role) !== top.where.role
    const where = isMacro ? ofBuild : top.where
    const id = `${where.role} ${where.platform} ${top.key}`
    if (found.has(id)) continue
    const { artifacts, buildArtifacts, ...facts } = factsIn(where, crate)
    found.set(id, { crate, role: where.role, ...facts })
    stack.push(
      ...facts.dependencies.map((key) => ({ key, where })),
      ...facts.buildDependencies.map((key) => ({ key, where: ofBuild })),
      ...artifacts.map((each) => ofArtifact(where, each)),
      ...buildArtifacts.map((each) => ofArtifact(ofBuild, each)),
    )
  }
  return [...found.values()]
}

interface Reached {
  readonly key: string
  readonly where: Where
  readonly isArtifact?: boolean
}

interface Facts extends Omit<CompiledCrate, 'crate' | 'role'> {
  readonly artifacts: readonly Artifact[]
  readonly buildArtifacts: readonly Artifact[]
}

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
    artifacts: words(crate, 'artifacts').map(readArtifact),
    buildArtifacts: words(crate, 'buildArtifacts').map(readArtifact),
  })
}
