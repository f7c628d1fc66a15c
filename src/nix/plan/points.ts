/**
 * Points: the circumstances under which a unit may be compiled, and sets of them.
 *
 * "Host" is Nix's word here: `hostPlatform` is where the program will run, cargo's target.
 */

/** `build`: for the platform that builds (cargo's host); `host`: for the platform on which programs run. */
export type Role = 'build' | 'host'

/** `test` is resolved with dev-dependencies. */
export type Mode = 'build' | 'test'

export interface Point {
  /** Name of the named build. */
  readonly build: string
  readonly mode: Mode
  readonly role: Role
  readonly buildPlatform: string
  readonly hostPlatform: string
  /** The platform for which the unit is compiled: one of the two, by its role. */
  readonly platform: string
}

/** One row of the matrix: what is built on one platform. */
export interface MatrixRow {
  readonly buildPlatform: string
  readonly hostPlatforms: readonly string[]
}

/** A set of points, as a bit for each index into the list of points. */
export type PointSet = bigint

/** The sets of indices: `1n << index`. */
export function singlePoint(index: number): PointSet {
  return 1n << BigInt(index)
}

/** The points that satisfy a predicate. */
export function pointsWhere(points: readonly Point[], holds: (point: Point) => boolean): PointSet {
  let set = 0n
  points.forEach((point, index) => {
    if (holds(point)) set |= singlePoint(index)
  })
  return set
}

/** Every host platform a build platform has, itself first. */
export function matrixOf(hosts: readonly string[], targets: readonly string[]): readonly MatrixRow[] {
  return hosts.toSorted().map((buildPlatform) => ({
    buildPlatform,
    hostPlatforms: [buildPlatform, ...targets.filter((target) => target !== buildPlatform).toSorted()],
  }))
}
