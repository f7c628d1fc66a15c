/** A condition holds at exactly the requested points, among those that matter. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conditionHolds, conditionTable } from '../../src/nix/plan/conditions.ts'
import { matrixOf, pointsWhere, type Mode, type Point, type Role } from '../../src/nix/plan/points.ts'

const singlePoint = (index: number): bigint => 1n << BigInt(index)

const triples = [
  'x86_64-unknown-linux-gnu',
  'aarch64-apple-darwin',
  'x86_64-pc-windows-gnu',
  'arm-unknown-linux-musleabihf',
  'wasm32-wasip1',
]

function pointsOf(hosts: readonly string[], targets: readonly string[], builds: number): readonly Point[] {
  const pairs = matrixOf(hosts, targets).flatMap(({ buildPlatform, hostPlatforms }) =>
    hostPlatforms.map((hostPlatform) => ({ buildPlatform, hostPlatform })),
  )
  return Array.from({ length: builds }, (_, index) => `build-${index}`).flatMap((build) =>
    (['build', 'test'] satisfies Mode[]).flatMap((mode) =>
      pairs.flatMap((pair) =>
        (['build', 'host'] satisfies Role[]).map((role): Point => {
          const platform = role === 'build' ? pair.buildPlatform : pair.hostPlatform
          return { build, mode, role, ...pair, platform }
        }),
      ),
    ),
  )
}

const question = fc
  .record({
    hosts: fc.uniqueArray(fc.constantFrom(...triples), { minLength: 1, maxLength: 3 }),
    targets: fc.uniqueArray(fc.constantFrom(...triples), { maxLength: 4 }),
    builds: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ hosts, targets, builds }) => pointsOf(hosts, targets, builds))
  .chain((points) =>
    fc.record({
      points: fc.constant(points),
      // Whether a point counts, and whether the condition is to hold there.
      marks: fc.array(fc.tuple(fc.boolean(), fc.boolean()), {
        minLength: points.length,
        maxLength: points.length,
      }),
    }),
  )

test('a condition separates what it was asked to separate', () => {
  fc.assert(
    fc.property(question, ({ points, marks }) => {
      const set = (matches: (mark: readonly [boolean, boolean]) => boolean): bigint =>
        marks.reduce((all, mark, index) => (matches(mark) ? all | singlePoint(index) : all), 0n)
      const present = set(([counts]) => counts)
      const wanted = set(([counts, isWanted]) => counts && isWanted)
      fc.pre(wanted !== 0n)
      const condition = conditionTable(points).conditionFor(wanted, present)
      for (const [index, point] of points.entries()) {
        if ((present & singlePoint(index)) === 0n) continue
        const expected = (wanted & singlePoint(index)) !== 0n
        expect(condition === undefined || conditionHolds(condition, point)).toBe(expected)
      }
    }),
    { numRuns: 300 },
  )
})

test('equal questions get one name, different conditions get different names', () => {
  const points = pointsOf(triples.slice(0, 2), triples.slice(2), 1)
  const table = conditionTable(points)
  const present = (1n << BigInt(points.length)) - 1n
  const seen = new Map<string, string>()
  for (let index = 0; index < 200; index++) {
    const wanted = (BigInt(index * 2_654_435_761) % present) + 1n
    const condition = table.conditionFor(wanted & present, present)
    if (condition === undefined) continue
    const text = JSON.stringify(condition.alternatives)
    expect(seen.get(condition.name) ?? text).toBe(text)
    seen.set(condition.name, text)
  }
})

test('one or two values of one or two dimensions have a name that says so', () => {
  const points = pointsOf(triples.slice(0, 2), triples.slice(2), 3)
  const table = conditionTable(points)
  const present = pointsWhere(points, () => true)
  const dimensions = ['mode', 'role', 'build', 'platform'] as const
  const values = dimensions.flatMap((dimension) =>
    [...new Set(points.map((point) => point[dimension]))].map((value) => ({ dimension, value })),
  )
  for (const [index, a] of values.entries()) {
    for (const b of values.slice(index)) {
      const isAt = (point: Point, { dimension, value }: typeof a): boolean => point[dimension] === value
      const both = pointsWhere(points, (point) => isAt(point, a) && isAt(point, b))
      const either = pointsWhere(points, (point) => isAt(point, a) || isAt(point, b))
      for (const wanted of [both, either].filter((set) => set !== 0n)) {
        const condition = table.conditionFor(wanted, present)
        expect(condition?.name.startsWith('points(') ?? false, `${a.value}, ${b.value}`).toBe(false)
      }
    }
  }
})

test('2,000 builds: the points of every second one are a few lists of names', () => {
  const points = pointsOf(triples.slice(0, 4), [], 2000)
  const table = conditionTable(points)
  const present = pointsWhere(points, () => true)
  const wanted = pointsWhere(points, ({ build }) => /[02468]$/.test(build))
  const condition = table.conditionFor(wanted, present)!
  expect(condition.alternatives).toHaveLength(16)
  for (const point of points.filter((_, index) => index % 97 === 0))
    expect(conditionHolds(condition, point)).toBe(/[02468]$/.test(point.build))
})
