/** Platforms, checked against the crate `cargo-platform`, which cargo uses. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Cargo2NixError } from '../../src/errors.ts'
import { parsePlatform, platformMatches } from '../../src/cargo/ids/cfg-expr.ts'
import type { CfgSet } from '../../src/cargo/ids/cfg-expr.ts'
import { printPlatform } from './print-platform.ts'
import { askRust, oracleSeed, rustMissing } from './rust-oracle.ts'
import type { RustOracle } from './rust-oracle.ts'

const ORACLE: RustOracle = {
  name: 'cargo-platform-oracle',
  dependencies: ['cargo-platform = "=0.3.3"'],
  source: `
use cargo_platform::{Cfg, Platform};
use std::str::FromStr;
fn answer(question: &str) -> String {
    let cfgs: Vec<Cfg> = ["unix", "r#async", "foo", "target_os=\\"linux\\"", "key=\\"\\"", "key=\\"a b\\"", "r#fn=\\"x\\""]
        .iter().map(|cfg| Cfg::from_str(cfg).unwrap()).collect();
    match Platform::from_str(question) {
        Err(_) => "bad".to_string(),
        Ok(platform) => format!("{} {platform}", platform.matches("x86_64-unknown-linux-gnu", &cfgs)),
    }
}`,
}

/** The same as in the program above. */
const CFGS: CfgSet = {
  names: new Set(['unix', 'async', 'foo']),
  values: new Map([
    ['target_os', new Set(['linux'])],
    ['key', new Set(['', 'a b'])],
    ['fn', new Set(['x'])],
  ]),
}

const space = fc.constantFrom('', '', '', ' ', '  ')
const name = fc.constantFrom(
  'unix',
  'windows',
  'foo',
  'r#foo',
  'async',
  'r#async',
  '_',
  'r',
  'r#r',
  'true',
  'false',
  'r#true',
  'all',
  'any',
  'not',
  'r#all',
  'r#not',
  'a1',
  '1a',
  'r#1',
  'r#',
  'é',
  'allx',
  'target_os',
)
const value = fc.constantFrom('', 'linux', 'a b', 'x', 'é', '\\', ')', '(', ',', '\t', "'")
const pair = fc
  .tuple(fc.constantFrom('key', 'target_os', 'r#fn', 'fn', 'true', 'all', 'r#key'), space, space, value)
  .map(([key, before, after, text]) => `${key}${before}=${after}"${text}"`)
const leaf = fc.oneof({ weight: 3, arbitrary: name }, { weight: 3, arbitrary: pair })
const { expr } = fc.letrec<{ expr: string; list: string; not: string }>((tie) => ({
  expr: fc.oneof({ maxDepth: 4, depthSize: 'medium' }, leaf, tie('list'), tie('not')),
  list: fc
    .tuple(
      fc.constantFrom('all', 'any'),
      space,
      fc.array(tie('expr'), { maxLength: 4 }),
      fc.constantFrom('', '', ',', ', '),
    )
    .map(([op, gap, list, end]) => `${op}${gap}(${list.join(', ')}${list.length === 0 ? '' : end})`),
  not: fc.tuple(space, tie('expr'), space).map(([a, inner, b]) => `not${a}(${inner}${b})`),
}))
const wellFormed = fc.tuple(space, expr, space).map(([a, text, b]) => `cfg(${a}${text}${b})`)
const damage = fc
  .tuple(
    wellFormed,
    fc.nat(200),
    fc.nat(3),
    fc.constantFrom('', '(', ')', ',', '=', '"', ' ', '\t', '#', 'r#', 'é', '!', '{'),
  )
  .map(([text, at, count, put]) => {
    const from = at % text.length
    return text.slice(0, from) + put + text.slice(from + count)
  })
const triple = fc.constantFrom(
  'x86_64-unknown-linux-gnu',
  'wasm32-wasip1',
  'thumbv8m.main-none-eabi',
  'my target',
  'a/b',
  'été-1',
  'any(unix)',
  '',
  'cfg',
  'cfg()',
  'cfg(',
  ' cfg(unix)',
  'cfg(unix) ',
  'x(y',
  'numéro²',
  '日本',
  '!foo',
  'not(unix)',
)
const platform = fc.oneof(
  { weight: 6, arbitrary: wellFormed },
  { weight: 4, arbitrary: damage },
  { weight: 1, arbitrary: triple },
)

function ours(text: string): string {
  try {
    const parsed = parsePlatform(text)
    return `${platformMatches(parsed, 'x86_64-unknown-linux-gnu', CFGS)} ${printPlatform(parsed)}`
  } catch (error) {
    if (error instanceof Cargo2NixError && error.code === 'bad-manifest') return 'bad'
    throw error
  }
}

test(
  'platforms are accepted, printed and matched as by the crate cargo-platform',
  { timeout: 300_000 },
  ({ skip }) => {
    const missing = rustMissing()
    skip(missing !== undefined, missing)
    const seed = oracleSeed()
    const texts = fc.sample(platform, { numRuns: 30_000, seed })
    const answers = askRust(ORACLE, texts)
    const differing = texts
      .map((text, index) => ({ text, ours: ours(text), theirs: answers[index] }))
      .filter((row) => row.ours !== row.theirs)
    expect(differing, `ORACLE_SEED=${seed}`).toEqual([])
    for (const kind of ['true', 'false', 'bad']) {
      expect(answers.filter((answer) => answer.startsWith(kind)).length, kind).toBeGreaterThan(1000)
    }
  },
)
