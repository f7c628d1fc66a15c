/** How two sets of calls differ, as readable text. */
import { withoutDifferences, type Difference, type LeftOut } from './differences.ts'
import type { PlainCall } from './plain-call.ts'

interface Reduced {
  readonly label: string
  readonly call: PlainCall
  readonly lines: readonly string[]
}

/**
 * @param leftOut - calls of cargo's that are not missed
 * @param met - gets the differences that occurred
 * @returns a text for each call that only one side makes; none: they are equal
 */
export function compareCalls(
  expected: readonly PlainCall[],
  actual: readonly PlainCall[],
  met: Set<Difference>,
  leftOut: readonly LeftOut[],
): readonly string[] {
  const reduce = (calls: readonly PlainCall[], side: 'cargo' | 'ours'): Map<string, Reduced> =>
    new Map(
      calls.map((call) => {
        const lines = withoutDifferences(call, side, met)
        return [`${call.label}\n${lines.join('\n')}`, { label: call.label, call, lines }]
      }),
    )
  const [cargos, ours] = [reduce(expected, 'cargo'), reduce(actual, 'ours')]
  const onlyCargos = [...cargos]
    .filter(([key, { call }]) => !ours.has(key) && !leftOut.some(({ matches }) => matches(call)))
    .map(([, call]) => call)
  const onlyOurs = [...ours].filter(([key]) => !cargos.has(key)).map(([, call]) => call)
  return [
    ...onlyCargos.map((call) => report(call, onlyOurs, 'only cargo makes this call')),
    ...onlyOurs
      .filter(({ label }) => !onlyCargos.some((call) => call.label === label))
      .map((call) => report(call, onlyCargos, 'cargo does not make this call')),
  ]
}

/** The call, or where it has a counterpart, in what it differs from the nearest one. */
function report(call: Reduced, others: readonly Reduced[], absent: string): string {
  const twins = others
    .filter(({ label }) => label === call.label)
    .map(({ lines }) => [
      ...call.lines.filter((line) => !lines.includes(line)).map((line) => `  only cargo: ${line}`),
      ...lines.filter((line) => !call.lines.includes(line)).map((line) => `  only ours:  ${line}`),
    ])
    .toSorted((a, b) => a.length - b.length)
  const nearest = twins[0]
  if (nearest === undefined) return `${call.label}: ${absent}\n  ${call.lines.join('\n  ')}`
  if (nearest.length > 0) return [call.label, ...nearest].join('\n')
  const order = others.find(({ label }) => label === call.label)!.lines
  const from = call.lines.findIndex((line, index) => line !== order[index])
  const shown = [call.lines, order].map((lines) => lines.slice(from, from + 8).join(' '))
  return `${call.label}: the order differs\n  cargo: ${shown[0]}\n  ours:  ${shown[1]}`
}
