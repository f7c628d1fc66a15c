/** Version requirements, checked against the crate `semver`, which cargo uses. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Cargo2NixError } from '../../src/errors.ts'
import {
  ANY_VERSION,
  compareVersions,
  matchesVersionReq,
  parseVersion,
  parseVersionReq,
} from '../../src/cargo/ids/version-req.ts'
import { askRust, oracleSeed, rustMissing } from './rust-oracle.ts'
import type { RustOracle } from './rust-oracle.ts'

const ORACLE: RustOracle = {
  name: 'semver-oracle',
  dependencies: ['semver = "=1.0.28"'],
  source: `
use semver::{Version, VersionReq};
fn answer(question: &str) -> String {
    let (req, versions) = question.split_once('\\t').unwrap();
    let (left, right) = versions.split_once('\\t').unwrap();
    let matched = match (VersionReq::parse(req), Version::parse(left)) {
        (Err(_), _) => "bad-req",
        (_, Err(_)) => "bad-version",
        (Ok(req), Ok(version)) => if req.matches(&version) { "yes" } else { "no" },
    };
    let order = match (Version::parse(left), Version::parse(right)) {
        (Ok(left), Ok(right)) => format!("{:?}", left.cmp(&right)),
        _ => "bad-version".to_string(),
    };
    format!("{matched} {order}")
}`,
}

const number = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 3 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('00', '01', '10', '99', '100', '') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '9007199254740991',
      '9007199254740992',
      '9007199254740993',
      '18446744073709551615',
      '18446744073709551616',
    ),
  },
)
const segment = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('0', '1', '2', '10', 'a', 'b', 'rc', 'alpha', 'Z', '-', '0a', 'a-1'),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '00', '01', '010', 'ä', '_', '99999999999999999999') },
)
const segments = fc.array(segment, { minLength: 1, maxLength: 3 }).map((list) => list.join('.'))
const pre = fc
  .option(segments, { nil: undefined, freq: 2 })
  .map((text) => (text === undefined ? '' : `-${text}`))
const build = fc
  .option(segments, { nil: undefined, freq: 2 })
  .map((text) => (text === undefined ? '' : `+${text}`))
const version = fc
  .tuple(number, number, number, pre, build)
  .map(([a, b, c, p, m]) => `${a}.${b}.${c}${p}${m}`)

const spaces = fc.constantFrom('', '', '', ' ', '  ', '\u00a0')
const op = fc.constantFrom('', '', '', '=', '>', '>=', '<', '<=', '~', '^', '==', '!')
const star = fc.constantFrom('*', 'x', 'X')
const numbers = fc.oneof(
  { weight: 8, arbitrary: version },
  { weight: 3, arbitrary: number },
  { weight: 3, arbitrary: fc.tuple(number, number).map((list) => list.join('.')) },
  {
    weight: 3,
    arbitrary: fc.tuple(number, fc.oneof(star, number), fc.oneof(star, number)).map((list) => list.join('.')),
  },
  { weight: 2, arbitrary: fc.tuple(number, star).map((list) => list.join('.')) },
  { weight: 1, arbitrary: star },
  { weight: 1, arbitrary: fc.tuple(number, number, pre).map(([a, b, p]) => `${a}.${b}${p}`) },
)
const comparator = fc.tuple(spaces, op, spaces, numbers, spaces).map((list) => list.join(''))
const req = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.array(comparator, { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
  },
  {
    weight: 1,
    arbitrary: fc.array(comparator, { minLength: 30, maxLength: 34 }).map((list) => list.join(',')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', '*', ' * ', '*,', ',', '1,', ',1', '*, 1', '1, *', 'x', '1.2.3.4'),
  },
)

function ours(text: string, left: string, right: string): string {
  return `${matched(text, left)} ${order(left, right)}`
}

function matched(text: string, candidate: string): string {
  const parsed = orBad(() => parseVersionReq(text), 'bad-req')
  if (parsed === 'bad-req') return parsed
  return orBad(() => (matchesVersionReq(parsed, parseable(candidate)) ? 'yes' : 'no'), 'bad-version')
}

function parseable(text: string): string {
  parseVersion(text)
  return text
}

function order(left: string, right: string): string {
  const names = ['Less', 'Equal', 'Greater']
  return orBad(() => names[compareVersions(left, right) + 1] ?? 'unknown', 'bad-version')
}

function orBad<T, B>(work: () => T, bad: B): T | B {
  try {
    return work()
  } catch (error) {
    if (error instanceof Cargo2NixError && error.code === 'bad-manifest') return bad
    throw error
  }
}

test(
  'requirements and the order of versions are those of the crate semver',
  { timeout: 300_000 },
  ({ skip }) => {
    const missing = rustMissing()
    skip(missing !== undefined, missing)
    const seed = oracleSeed()
    const cases = fc.sample(fc.tuple(req, version, version), { numRuns: 40_000, seed })
    const questions = cases.map((list) => list.join('\t'))
    const answers = askRust(ORACLE, questions)
    const differing = cases
      .map((list, index) => ({ list, ours: ours(...list), theirs: answers[index] }))
      .filter((row) => row.ours !== row.theirs)
    expect(differing, `ORACLE_SEED=${seed}`).toEqual([])
    for (const kind of ['yes', 'no', 'bad-req', 'bad-version']) {
      expect(answers.filter((answer) => answer.startsWith(kind)).length, kind).toBeGreaterThan(500)
    }
  },
)

test('a dependency without a version accepts prereleases, `*` does not', () => {
  expect(matchesVersionReq(ANY_VERSION, '1.0.0-rc.1')).toBe(true)
  expect(matchesVersionReq(parseVersionReq('*'), '1.0.0-rc.1')).toBe(false)
})
