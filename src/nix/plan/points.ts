/**
 * Points: the circumstances under which a unit may be compiled, and sets of them.
 *
 * "Host" is used in Nix's sense here: `hostPlatform` is where the program will run, cargo's target.
 */
import type { Package } from '../../cargo/resolve/package-graph.ts'

/**
 * `build`: for the platform that builds (cargo's host); `host`: for the platform that the program runs on; `artifact`: for
 * the target that an artifact dependency names.
 */
export type Role = 'build' | 'host' | 'artifact'

/** Proc macros are compiled for the platform where the build runs, and so is everything below them. */
export function roleBelow<R extends string>({ library }: Package, role: R): R | 'build' {
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
  /** The platform for which the unit is compiled: one of the two, or an artifact's, depending on its role. */
  readonly platform: string
}

/** One row of the matrix: what one platform builds. */
export interface MatrixRow {
  readonly buildPlatform: string
  readonly hostPlatforms: readonly string[]
}

/** A set of points, with one bit per index in the list of points. */
export type PointSet = bigint

/** A set under construction. Adding to a bigint would copy it. */
export interface GrowingSet {
  readonly add: (indices: Iterable<number>) => void
  readonly set: () => PointSet
}

/** An empty set of that many points. */
export function growingSet(size: number): GrowingSet {
  const bytes = Buffer.alloc(Math.ceil(size / 8) + 1)
  return {
    add: (indices) => {
      for (const index of indices) bytes[bytes.length - 1 - (index >> 3)]! |= 1 << (index & 7)
    },
    set: () => BigInt(`0x${bytes.toString('hex')}`),
  }
}

/** The points that satisfy a predicate. */
export function pointsWhere(points: readonly Point[], holds: (point: Point) => boolean): PointSet {
  const set = growingSet(points.length)
  points.forEach((point, index) => {
    if (holds(point)) set.add([index])
  })
  return set.set()
}

/** The indices in a set, ascending. */
export function indicesOf(set: PointSet): readonly number[] {
  const digits = set.toString(16)
  const indices: number[] = []
  for (let at = digits.length - 1, index = 0; at >= 0; at -= 1, index += 4) {
    const digit = Number.parseInt(digits[at]!, 16)
    for (let bit = 0; bit < 4; bit += 1) if ((digit & (1 << bit)) !== 0) indices.push(index + bit)
  }
  return indices
}

/** The smallest index in a set that is not empty. */
export function firstOf(set: PointSet): number {
  const [zeros = ''] = /0*$/.exec(set.toString(16)) ?? []
  const from = 4 * zeros.length
  const digit = Number((set >> BigInt(from)) & 15n)
  return from + [0, 1, 2, 3].findIndex((bit) => (digit & (1 << bit)) !== 0)
}

/** Every host platform that a build platform has, itself first. */
export function matrixOf(hosts: readonly string[], targets: readonly string[]): readonly MatrixRow[] {
  return hosts.toSorted().map((buildPlatform) => ({
    buildPlatform,
    hostPlatforms: [buildPlatform, ...targets.filter((target) => target !== buildPlatform).toSorted()],
  }))
}
