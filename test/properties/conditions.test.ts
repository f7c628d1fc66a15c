/** A condition holds at exactly the requested points, among those that matter. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conditionHolds, conditionTable } from '../../src/nix/plan/conditions.ts'
import { matrixOf, singlePoint, type Mode, type Point, type Role } from '../../src/nix/plan/points.ts'

const triples = [
  'x86_64-unknown-linux-gnu',
  'aarch64-apple-darwin',
  'x86_64-pc-windows-gnu',
  'arm-unknown-linux-musleabihf',
  'wasm32-wasip1',
]

function pointsOf(hosts: readonly string[], targets: readonly string[]): readonly Point[] {
  const points: Point[] = []
  for (const { buildPlatform, hostPlatforms } of matrixOf(hosts, targets)) {
    for (const hostPlatform of hostPlatforms) {
      for (const mode of ['build', 'test'] satisfies Mode[]) {
        for (const role of ['build', 'host'] satisfies Role[]) {
          const platform = role === 'build' ? buildPlatform : hostPlatform
          points.push({ build: 'default', mode, role, buildPlatform, hostPlatform, platform })
        }
      }
    }
  }
  return points
}

const question = fc
  .record({
    hosts: fc.uniqueArray(fc.constantFrom(...triples), { minLength: 1, maxLength: 3 }),
    targets: fc.uniqueArray(fc.constantFrom(...triples), { maxLength: 4 }),
  })
  .map(({ hosts, targets }) => pointsOf(hosts, targets))
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
  const points = pointsOf(triples.slice(0, 2), triples.slice(2))
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
