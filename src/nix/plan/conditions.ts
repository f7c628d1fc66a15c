/**
 * Names sets of points, so that a fact that does not hold everywhere can say where it does.
 *
 * In: the points of the matrix, and sets of them. Out: for each set, the simplest condition that separates it
 * from the other points at which its crate is compiled. A platform is named by a cfg if one fits
 * (`cfg(windows)`), else by its triple.
 */
import { createHash } from 'node:crypto'
import type { CfgSet } from '../../cargo/ids/cfg-expr.ts'
import { cfgSetOf } from '../../cargo/platform/target-cfg.ts'
import { append, getOrInsert, groupBy } from '../../maps.ts'
import { onceEach } from '../../once.ts'
import { firstOf, growingSet, indicesOf, type Point, type PointSet } from './points.ts'

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

/** A condition on one dimension. */
interface Candidate extends Condition {
  readonly rank: number
  readonly dimension: Dimension
  readonly points: PointSet
}

export interface ConditionTable {
  /** The condition for `wanted` among `present`; undefined if it holds for all of `present`. */
  readonly conditionFor: (wanted: PointSet, present: PointSet) => Condition | undefined
  /** All conditions returned so far, sorted by name. */
  readonly used: () => readonly Condition[]
}

/** The cfgs of a platform without flags. */
type CfgsOf = (triple: string) => CfgSet

/** Prepares names for a matrix. */
export function conditionTable(
  points: readonly Point[],
  cfgsOf: CfgsOf = (triple) => cfgSetOf(triple),
): ConditionTable {
  const containing = candidatesByPoint(simpleCandidates(points, cfgsOf), points)
  const known = new Map<string, Condition>()
  const used = new Map<string, Condition>()
  const find = (wanted: PointSet, present: PointSet): Condition => {
    const simple = containing(wanted).find(({ points: set }) => (set & present) === wanted)
    return simple ?? pairFor(wanted, present, containing) ?? enumerated(points, wanted)
  }
  return {
    conditionFor(wanted, present) {
      if (wanted === present) return undefined
      const key = `${keyOf(wanted)} ${keyOf(present)}`
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

const LONGEST_KEY = 128

/** Thousands of named builds make sets of kilobytes. */
function keyOf(set: PointSet): string {
  const text = set.toString(16)
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text).digest('hex')
}

/** Candidates that hold at the first point of a set, in their order: all that can be of use for it. */
type Containing = (set: PointSet) => readonly Candidate[]

function candidatesByPoint(candidates: readonly Candidate[], points: readonly Point[]): Containing {
  const byValue = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const { dimension, alternatives } = candidate
    for (const value of alternatives[0]![dimension]!) append(byValue, `${dimension} ${value}`, candidate)
  }
  return (set) => {
    const point = points[firstOf(set)]!
    const found = Object.entries(point).flatMap(
      ([dimension, value]) => byValue.get(`${dimension} ${value}`) ?? [],
    )
    return found.toSorted((a, b) => a.rank - b.rank)
  }
}

function distinct(points: readonly Point[], dimension: Dimension): readonly string[] {
  return [...new Set(points.map((point) => point[dimension]))].toSorted()
}

/** Conditions on one dimension, the most informative first. */
function simpleCandidates(points: readonly Point[], cfgsOf: CfgsOf): readonly Candidate[] {
  const candidates: Candidate[] = []
  const indicesWith = onceEach((dimension: Dimension) =>
    groupBy(points.keys(), (index) => points[index]![dimension]),
  )
  const add = (name: string, dimension: Dimension, values: readonly string[]): void => {
    const set = growingSet(points.length)
    for (const value of values) set.add(indicesWith(dimension).get(value)!)
    const rank = candidates.length
    candidates.push({ name, rank, dimension, alternatives: [{ [dimension]: values }], points: set.set() })
  }
  for (const [name, triples] of platformSets(distinct(points, 'platform'), cfgsOf))
    add(name, 'platform', triples)
  for (const dimension of ['mode', 'role', 'build'] as const) {
    for (const value of distinct(points, dimension)) add(`${dimension}(${value})`, dimension, [value])
  }
  for (const dimension of ['buildPlatform', 'hostPlatform'] as const) {
    for (const [name, triples] of platformSets(distinct(points, dimension), cfgsOf)) {
      add(`${dimension}(${name})`, dimension, triples)
    }
  }
  return candidates
}

/** Sets of triples that a cfg separates; each set once, under its first name. */
function platformSets(
  triples: readonly string[],
  cfgsOf: CfgsOf,
): readonly (readonly [string, readonly string[]])[] {
  const named = new Map<string, readonly [string, readonly string[]]>()
  const add = (name: string, chosen: readonly string[]): void => {
    if (chosen.length === 0 || chosen.length === triples.length) return
    const key = chosen.join(' ')
    if (!named.has(key)) named.set(key, [name, chosen])
  }
  const byCfg = cfgGroups(triples, cfgsOf)
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

function cfgGroups(
  triples: readonly string[],
  cfgsOf: CfgsOf,
): readonly (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>()
  for (const triple of triples) {
    const cfgs = cfgsOf(triple)
    for (const name of ['windows', 'unix']) if (cfgs.names.has(name)) append(groups, name, triple)
    for (const key of TELLING_KEYS) {
      for (const value of cfgs.values.get(key) ?? [])
        if (value !== '') append(groups, `${key}=${value}`, triple)
    }
  }
  const rank = (cfg: string): number => TELLING_KEYS.indexOf(cfg.split('=')[0]!)
  return [...groups].toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** Pairs on one dimension come first, since they are easiest to read; then those that hold together. */
const KINDS = ['alike', 'both', 'either'] as const

interface Pair {
  readonly kind: (typeof KINDS)[number]
  readonly first: Candidate
  readonly second: Candidate
}

/** The best pair of simple conditions for `wanted` among `present`. */
function pairFor(wanted: PointSet, present: PointSet, containing: Containing): Condition | undefined {
  const pairs = [...eitherOf(wanted, present, containing), ...bothOf(wanted, present, containing(wanted))]
  const sorted = pairs.toSorted(
    (a, b) =>
      KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
      a.first.rank - b.first.rank ||
      a.second.rank - b.second.rank,
  )
  return sorted.map(toCondition).find(({ name }) => JSON.stringify(name).length <= LONGEST_NAME)
}

/** Pairs of which one must hold: each holds nowhere else, and one of them at the first point. */
function* eitherOf(wanted: PointSet, present: PointSet, containing: Containing): Iterable<Pair> {
  const isInside = ({ points }: Candidate): boolean => ((points & present) | wanted) === wanted
  for (const a of containing(wanted).filter(isInside)) {
    const rest = wanted ^ (wanted & a.points)
    if (rest === 0n) continue
    for (const b of containing(rest).filter(isInside)) {
      if (((a.points | b.points) & present) !== wanted) continue
      const [first, second] = a.rank < b.rank ? [a, b] : [b, a]
      yield { kind: a.dimension === b.dimension ? 'alike' : 'either', first, second }
    }
  }
}

/** Pairs on two dimensions that must both hold: each holds at the first point. */
function* bothOf(wanted: PointSet, present: PointSet, candidates: readonly Candidate[]): Iterable<Pair> {
  const around = candidates.filter(({ points }) => (points & wanted) === wanted)
  for (const [index, first] of around.entries()) {
    for (const second of around.slice(index + 1)) {
      if (first.dimension !== second.dimension && (first.points & second.points & present) === wanted)
        yield { kind: 'both', first, second }
    }
  }
}

function toCondition({ kind, first, second }: Pair): Condition {
  const [left, right] = [first.alternatives[0]!, second.alternatives[0]!]
  return kind === 'both'
    ? { name: `all(${first.name}, ${second.name})`, alternatives: [{ ...left, ...right }] }
    : { name: `any(${first.name}, ${second.name})`, alternatives: [left, right] }
}

/** nixfmt breaks the line after a longer name. */
const LONGEST_NAME = 80

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** The last resort: lists every point, grouping those that differ only in their platforms or their builds. */
function enumerated(points: readonly Point[], wanted: PointSet): Condition {
  const byBuild = new Map<string, Point[]>()
  for (const index of indicesOf(wanted)) {
    const point = points[index]!
    const key = [point.build, point.mode, point.role, point.buildPlatform].join(' ')
    append(byBuild, key, point)
  }
  const byOthers = new Map<string, { readonly builds: string[]; readonly others: Alternative }>()
  for (const group of byBuild.values()) {
    const { build, mode, role, buildPlatform } = group[0]!
    const hostPlatform = group.map((point) => point.hostPlatform)
    const others = { mode: [mode], role: [role], buildPlatform: [buildPlatform], hostPlatform }
    getOrInsert(byOthers, JSON.stringify(others), () => ({ builds: [], others })).builds.push(build)
  }
  const alternatives = [...byOthers.values()].map(({ builds, others }) => ({ build: builds, ...others }))
  return { name: `points(${fingerprint(JSON.stringify(alternatives))})`, alternatives }
}
