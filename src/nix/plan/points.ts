/**
 * Points: the circumstances under which a unit may be compiled, and sets of them.
 *
 * "Host" is used in Nix's sense here: `hostPlatform` is where the program will run, cargo's target.
 */
import type { Package } from '../../cargo/resolve/package-graph.ts'

/**
 * `build`: for the platform that builds (cargo's host); `host`: for the platform that the program runs on.
 */
export type Role = 'build' | 'host'

/** Proc macros are compiled for the platform where the build runs, and so is everything below them. */
export function roleBelow({ library }: Package, role: Role): Role {
  return library?.procMacro === true ? 'build' : role
}

/** `test` also resolves dev-dependencies. */
export type Mode = 'build' | 'test'

export interface Point {
  /** Name of the named build. */
  readonly build: string
  readonly mode: Mode
  readonly role: Role
  readonly buildPlatform: string
  readonly hostPlatform: string
  /** The platform for which the unit is compiled: one of the two, depending on its role. */
  readonly platform: string
}

/** One row of the matrix: what one platform builds. */
export interface MatrixRow {
  readonly buildPlatform: string
  readonly hostPlatforms: readonly string[]
}

/** A set of points, with one bit per index in the list of points. */
export type PointSet = bigint

/** The set of one index: `1n << index`. */
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

/** Every host platform that a build platform has, itself first. */
export function matrixOf(hosts: readonly string[], targets: readonly string[]): readonly MatrixRow[] {
  return hosts.toSorted().map((buildPlatform) => ({
    buildPlatform,
    hostPlatforms: [buildPlatform, ...targets.filter((target) => target !== buildPlatform).toSorted()],
  }))
}
