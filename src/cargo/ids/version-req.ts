/**
 * Versions and version requirements in cargo's grammar, which is not npm's: a bare `1.2` is a caret
 * and commas join.
 *
 * In: the text of a `version` key and of a locked version.
 * Out: whether the one accepts the other; the total order of versions.
 * Mirrors the crate `semver` 1.0.28 (`parse.rs`, `eval.rs`, `Ord` of `Version`), which cargo 0.96 uses.
 * Assumes nothing about the size of numbers: Rust's are 64 bits wide, so those beyond JavaScript's exact
 * integers become bigints (a number never equals a bigint here, and `<` compares the two exactly).
 */
import { Cargo2NixError } from '../../errors.ts'

type Part = number | bigint

export interface Version {
  readonly major: Part
  readonly minor: Part
  readonly patch: Part
  /** Without the dash; empty for a release. */
  readonly pre: string
  /** Without the plus; empty when there is none. */
  readonly build: string
}

/** `wildcard` is `1.*` and `1.2.*`; a requirement that is `*` alone has no comparators. */
export type ComparatorOp =
  'exact' | 'greater' | 'greater-eq' | 'less' | 'less-eq' | 'tilde' | 'caret' | 'wildcard'

export interface Comparator {
  readonly op: ComparatorOp
  readonly major: Part
  readonly minor: Part | undefined
  readonly patch: Part | undefined
  /** Empty unless `patch` is given. */
  readonly pre: string
}

export interface VersionReq {
  /** All must match. */
  readonly comparators: readonly Comparator[]
  /** True for {@link ANY_VERSION} alone. */
  readonly acceptsPrereleases: boolean
}

/**
 * What a dependency without a `version` key requests (cargo's `OptVersionReq::Any`): unlike `*`, it accepts
 * prereleases.
 */
export const ANY_VERSION: VersionReq = { comparators: [], acceptsPrereleases: true }

const STAR: VersionReq = { comparators: [], acceptsPrereleases: false }

const NUMBER = '0|[1-9][0-9]*'
const PRE_SEGMENT = `(?:${NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`
const SUFFIX = `(?:-(${PRE_SEGMENT}(?:\\.${PRE_SEGMENT})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?`
const VERSION = new RegExp(`^(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})${SUFFIX}$`)
const COMPARATOR = new RegExp(
  `^ *(=|>=?|<=?|~|\\^)? *(${NUMBER})(?:\\.(?:(${NUMBER})(?:\\.(?:(${NUMBER})${SUFFIX}|([*xX])))?|([*xX])(?:\\.[*xX])?))? *$`,
)

const OPS: Readonly<Record<string, ComparatorOp>> = {
  '=': 'exact',
  '>': 'greater',
  '>=': 'greater-eq',
  '<': 'less',
  '<=': 'less-eq',
  '~': 'tilde',
  '^': 'caret',
}

const MAX_COMPARATORS = 32
const MAX_PART = 2n ** 64n - 1n

const versions = new Map<string, Version>()
const versionReqs = new Map<string, VersionReq>()

/**
 * Parses a full version, such as `1.2.3-rc.1+build`. Results are cached by text.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo would refuse it, too.
 */
export function parseVersion(text: string): Version {
  const known = versions.get(text)
  if (known !== undefined) return known
  const match = VERSION.exec(text)
  if (match === null) throw badVersion(text, 'it must be MAJOR.MINOR.PATCH, as in `1.2.3` or `1.2.3-rc.1`')
  const [, major = '', minor = '', patch = '', pre = '', build = ''] = match
  const version = { major: part(major, text), minor: part(minor, text), patch: part(patch, text), pre, build }
  versions.set(text, version)
  return version
}

/** Whether `parseVersion` accepts the text. */
export function isVersion(text: string): boolean {
  const numbers = VERSION.exec(text)?.slice(1, 4)
  return numbers !== undefined && numbers.every((digits) => BigInt(digits) <= MAX_PART)
}

/**
 * Parses a version requirement, such as `1.2`, `>=1, <2` or `*`. Results are cached by text.
 *
 * @throws Cargo2NixError `bad-manifest` if cargo would refuse it, too.
 */
export function parseVersionReq(text: string): VersionReq {
  const known = versionReqs.get(text)
  if (known !== undefined) return known
  const req = /^ *[*xX] *$/.test(text)
    ? STAR
    : { comparators: comparatorsOf(text), acceptsPrereleases: false }
  versionReqs.set(text, req)
  return req
}

/** The requirement of a dependency: anything, including prereleases, if no `version` is written. */
export function versionReqOf(dependency: {
  readonly versionReq: string
  readonly hasVersionReq: boolean
}): VersionReq {
  return dependency.hasVersionReq ? parseVersionReq(dependency.versionReq) : ANY_VERSION
}

/**
 * Whether a version satisfies a requirement. Build metadata is ignored, and a prerelease matches only if a
 * comparator names a prerelease of the same three numbers.
 *
 * @throws Cargo2NixError `bad-manifest` if `version` is not one.
 */
export function matchesVersionReq(req: VersionReq, version: string): boolean {
  const { comparators, acceptsPrereleases } = req
  const parsed = parseVersion(version)
  if (!comparators.every((comparator) => matchesComparator(comparator, parsed))) return false
  if (parsed.pre === '' || acceptsPrereleases) return true
  return comparators.some((comparator) => comparator.pre !== '' && samePatch(comparator, parsed))
}

/**
 * The total order in which cargo sorts versions; build metadata breaks ties.
 *
 * @returns -1, 0 or 1
 * @throws Cargo2NixError `bad-manifest` if one of them is not a version.
 */
export function compareVersions(left: string, right: string): number {
  const a = parseVersion(left)
  const b = parseVersion(right)
  return (
    compare(a.major, b.major) ||
    compare(a.minor, b.minor) ||
    compare(a.patch, b.patch) ||
    comparePrereleases(a.pre, b.pre) ||
    compareSegments(a.build, b.build, compareBuildNumbers)
  )
}

function comparatorsOf(text: string): readonly Comparator[] {
  const parts = text.split(',')
  if (parts.length > MAX_COMPARATORS) throw badReq(text, `it joins more than ${MAX_COMPARATORS} conditions`)
  return parts.map((written) => {
    const match = COMPARATOR.exec(written)
    if (match === null) throw badReq(text, reasonOf(written, parts.length))
    const [, op, major = '', minor, patch, pre = '', , patchStar, minorStar] = match
    const wildcard = patchStar !== undefined || minorStar !== undefined
    return {
      op: op === undefined ? (wildcard ? 'wildcard' : 'caret') : (OPS[op] ?? 'caret'),
      major: part(major, text),
      minor: minor === undefined ? undefined : part(minor, text),
      patch: patch === undefined ? undefined : part(patch, text),
      pre,
    }
  })
}

function reasonOf(written: string, count: number): string {
  const trimmed = written.trim()
  if (trimmed === '') return count === 1 ? 'it is empty' : 'a condition beside a comma is missing'
  if (/^[*xX]$/.test(trimmed)) return `\`${trimmed}\` must stand alone`
  return `\`${trimmed}\` is not a condition such as \`1.2\`, \`=1.2.3\`, \`>=1.2\` or \`1.*\``
}

function part(digits: string, text: string): Part {
  const number = Number(digits)
  if (Number.isSafeInteger(number)) return number
  const big = BigInt(digits)
  if (big > MAX_PART) throw badVersion(text, `${digits} does not fit 64 bits`)
  return big
}

function matchesComparator(comparator: Comparator, version: Version): boolean {
  const order = orderAgainst(comparator, version)
  const exact = order === 0 && (comparator.patch !== undefined || version.pre === '')
  switch (comparator.op) {
    case 'exact':
    case 'wildcard':
      return exact
    case 'greater':
      return order > 0
    case 'greater-eq':
      return exact || order > 0
    case 'less':
      return order < 0
    case 'less-eq':
      return exact || order < 0
    case 'tilde':
      return comparator.patch === undefined ? exact : order >= 0 && sameMinor(comparator, version)
    case 'caret':
      return order >= 0 && isCompatible(comparator, version)
  }
}

/** How the version compares to the parts that the comparator names: -1 before, 0 equal, 1 after. */
function orderAgainst({ major, minor, patch, pre }: Comparator, version: Version): number {
  if (version.major !== major) return compare(version.major, major)
  if (minor === undefined) return 0
  if (version.minor !== minor) return compare(version.minor, minor)
  if (patch === undefined) return 0
  return compare(version.patch, patch) || comparePrereleases(version.pre, pre)
}

/** Equal up to the leftmost nonzero part, or up to the last part given. */
function isCompatible(comparator: Comparator, version: Version): boolean {
  if (comparator.major !== version.major) return false
  if (comparator.major !== 0 || comparator.minor === undefined) return true
  if (comparator.minor !== version.minor) return false
  return comparator.minor !== 0 || comparator.patch === undefined || comparator.patch === version.patch
}

function sameMinor(comparator: Comparator, version: Version): boolean {
  return comparator.major === version.major && comparator.minor === version.minor
}

function samePatch(comparator: Comparator, version: Version): boolean {
  return sameMinor(comparator, version) && comparator.patch === version.patch
}

function compare<T extends Part | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return 1
  if (b === '') return -1
  return compareSegments(a, b, (x, y) => compare(x.length, y.length) || compare(x, y))
}

function compareSegments(a: string, b: string, compareNumbers: (x: string, y: string) => number): number {
  const lefts = a.split('.')
  const rights = b.split('.')
  for (const [index, left] of lefts.entries()) {
    const right = rights[index]
    if (right === undefined) return 1
    const leftIsWord = /[^0-9]/.test(left)
    const rightIsWord = /[^0-9]/.test(right)
    if (leftIsWord !== rightIsWord) return leftIsWord ? 1 : -1
    const order = leftIsWord ? compare(left, right) : compareNumbers(left, right)
    if (order !== 0) return order
  }
  return compare(lefts.length, rights.length)
}

/** Unlike in prereleases, leading zeros are allowed: 0 < 00 < 1 < 01 < 2. */
function compareBuildNumbers(a: string, b: string): number {
  const x = a.replace(/^0+/, '')
  const y = b.replace(/^0+/, '')
  return compare(x.length, y.length) || compare(x, y) || compare(a.length, b.length)
}

function badVersion(text: string, reason: string): Cargo2NixError {
  return new Cargo2NixError({ code: 'bad-manifest', message: `invalid version \`${text}\`: ${reason}` })
}

function badReq(text: string, reason: string): Cargo2NixError {
  return new Cargo2NixError({
    code: 'bad-manifest',
    message: `invalid version requirement \`${text}\`: ${reason}`,
  })
}
