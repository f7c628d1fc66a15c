/**
 * Names sets of points, so that a fact that does not hold everywhere can say where it does.
 *
 * In: the points of the matrix, and sets of them. Out: for each set, the simplest condition that separates it
 * from the other points at which its crate is compiled. A platform is named by a cfg if one fits
 * (`cfg(windows)`), else by its triple.
 */
import { createHash } from 'node:crypto'
import { cfgSetOf } from '../../cargo/platform/target-cfg.ts'
import { pointsWhere, singlePoint, type Point, type PointSet } from './points.ts'

export type Dimension = keyof Point

/** All of the listed dimensions must match: a dimension's value must be among those listed. */
export type Alternative = Readonly<Partial<Record<Dimension, readonly string[]>>>

export interface Condition {
  readonly name: string
  /** One of these must hold. */
  readonly alternatives: readonly Alternative[]
}

/** How the generated Nix interprets a condition (`conditions-at.nix`). */
export function conditionHolds({ alternatives }: Condition, point: Point): boolean {
  return alternatives.some((alternative) =>
    Object.entries(alternative).every(([dimension, values]) =>
      values.includes(point[dimension as Dimension]),
    ),
  )
}

interface Candidate extends Condition {
  readonly points: PointSet
}

export interface ConditionTable {
  /** The condition for `wanted` among `present`; undefined if it holds for all of `present`. */
  readonly conditionFor: (wanted: PointSet, present: PointSet) => Condition | undefined
  /** All conditions returned so far, sorted by name. */
  readonly used: () => readonly Condition[]
}

/** Prepares names for a matrix. */
export function conditionTable(points: readonly Point[]): ConditionTable {
  const simple = simpleCandidates(points)
  let pairs: readonly Candidate[] | undefined
  const known = new Map<string, Condition>()
  const used = new Map<string, Condition>()
  const find = (wanted: PointSet, present: PointSet): Condition => {
    const fits = ({ points: set }: Candidate): boolean => (set & present) === wanted
    const found = simple.find(fits) ?? (pairs ??= pairCandidates(simple)).find(fits)
    return found ?? enumerated(points, wanted)
  }
  return {
    conditionFor(wanted, present) {
      if (wanted === present) return undefined
      const key = `${wanted} ${present}`
      let condition = known.get(key)
      if (condition === undefined) {
        const { name, alternatives } = find(wanted, present)
        condition = used.get(name) ?? { name, alternatives }
        used.set(name, condition)
        known.set(key, condition)
      }
      return condition
    },
    used: () => [...used.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function distinct(points: readonly Point[], dimension: Dimension): readonly string[] {
  return [...new Set(points.map((point) => point[dimension]))].toSorted()
}

/** Conditions on one dimension, the most informative first. */
function simpleCandidates(points: readonly Point[]): readonly Candidate[] {
  const candidates: Candidate[] = []
  const add = (name: string, dimension: Dimension, values: readonly string[]): void => {
    const accepted = new Set(values)
    const set = pointsWhere(points, (point) => accepted.has(point[dimension]))
    candidates.push({ name, alternatives: [{ [dimension]: values }], points: set })
  }
  for (const [name, triples] of platformSets(distinct(points, 'platform'))) add(name, 'platform', triples)
  for (const dimension of ['mode', 'role', 'build'] as const) {
    for (const value of distinct(points, dimension)) add(`${dimension}(${value})`, dimension, [value])
  }
  for (const dimension of ['buildPlatform', 'hostPlatform'] as const) {
    for (const [name, triples] of platformSets(distinct(points, dimension))) {
      add(`${dimension}(${name})`, dimension, triples)
    }
  }
  return candidates
}

/** Sets of triples that a cfg separates; each set once, under its first name. */
function platformSets(triples: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const named = new Map<string, readonly [string, readonly string[]]>()
  const add = (name: string, chosen: readonly string[]): void => {
    if (chosen.length === 0 || chosen.length === triples.length) return
    const key = chosen.join(' ')
    if (!named.has(key)) named.set(key, [name, chosen])
  }
  const byCfg = cfgGroups(triples)
  for (const [cfg, chosen] of byCfg) add(`cfg(${cfg})`, chosen)
  for (const triple of triples) add(triple, [triple])
  for (const [cfg, chosen] of byCfg) {
    const without = triples.filter((triple) => !chosen.includes(triple))
    add(`cfg(not(${cfg}))`, without)
  }
  return [...named.values()]
}

const TELLING_KEYS = [
  'target_family',
  'target_os',
  'target_vendor',
  'target_env',
  'target_arch',
  'target_pointer_width',
]

function cfgGroups(triples: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>()
  const note = (cfg: string, triple: string): void => {
    const group = groups.get(cfg)
    if (group === undefined) groups.set(cfg, [triple])
    else group.push(triple)
  }
  for (const triple of triples) {
    const cfgs = cfgSetOf(triple)
    for (const name of ['windows', 'unix']) if (cfgs.names.has(name)) note(name, triple)
    for (const key of TELLING_KEYS) {
      for (const value of cfgs.values.get(key) ?? []) if (value !== '') note(`${key}=${value}`, triple)
    }
  }
  const rank = (cfg: string): number => TELLING_KEYS.indexOf(cfg.split('=')[0]!)
  return [...groups].toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** Pairs of simple conditions; pairs on one dimension come first, since they are easiest to read. */
function pairCandidates(simple: readonly Candidate[]): readonly Candidate[] {
  const alike: Candidate[] = []
  const both: Candidate[] = []
  const either: Candidate[] = []
  simple.forEach((a, index) => {
    for (const b of simple.slice(index + 1)) {
      const [left, right] = [a.alternatives[0]!, b.alternatives[0]!]
      const any = {
        name: `any(${a.name}, ${b.name})`,
        alternatives: [left, right],
        points: a.points | b.points,
      }
      if (Object.keys(left)[0] === Object.keys(right)[0]) {
        alike.push(any)
      } else {
        either.push(any)
        const alternatives = [{ ...left, ...right }]
        both.push({ name: `all(${a.name}, ${b.name})`, alternatives, points: a.points & b.points })
      }
    }
  })
  return [...alike, ...both, ...either].filter(({ name }) => JSON.stringify(name).length <= LONGEST_NAME)
}

/** nixfmt breaks the line after a longer name. */
const LONGEST_NAME = 80

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** The last resort: lists every point, grouping those that differ only in their platforms. */
function enumerated(points: readonly Point[], wanted: PointSet): Condition {
  const groups = new Map<string, Point[]>()
  points.forEach((point, index) => {
    if ((wanted & singlePoint(index)) === 0n) return
    const key = [point.build, point.mode, point.role, point.buildPlatform].join(' ')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [point])
    else group.push(point)
  })
  const alternatives = [...groups.values()].map((group): Alternative => {
    const { build, mode, role, buildPlatform } = group[0]!
    const hostPlatform = group.map((point) => point.hostPlatform)
    return { build: [build], mode: [mode], role: [role], buildPlatform: [buildPlatform], hostPlatform }
  })
  return { name: `points(${fingerprint(JSON.stringify(alternatives))})`, alternatives }
}
