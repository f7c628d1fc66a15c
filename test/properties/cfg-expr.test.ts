import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Cargo2NixError } from '../../src/errors.ts'
import { cfgMatches, parseCfgExpr, parsePlatform } from '../../src/cargo/ids/cfg-expr.ts'
import type { CfgExpr } from '../../src/cargo/ids/cfg-expr.ts'
import { printPlatform } from '../oracle/print-platform.ts'

const identifier = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
const reserved = new Set(['all', 'any', 'not'])
const literals = new Set(['true', 'false'])
const isRaw = (name: string, raw: boolean): boolean => raw || reserved.has(name)

const { expr } = fc.letrec<{ expr: CfgExpr }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    fc.record({ kind: fc.constantFrom('true' as const, 'false' as const) }),
    fc
      .record({ kind: fc.constant('name' as const), name: identifier, raw: fc.boolean() })
      .filter(({ name }) => !literals.has(name))
      .map(({ kind, name, raw }) => ({ kind, name, raw: isRaw(name, raw) })),
    fc
      .record({
        kind: fc.constant('value' as const),
        key: identifier,
        value: fc.stringMatching(/^[^"]*$/),
        raw: fc.boolean(),
      })
      .map(({ kind, key, value, raw }) => ({ kind, key, value, raw: isRaw(key, raw) })),
    fc.record({ kind: fc.constant('not' as const), operand: tie('expr') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      operands: fc.array(tie('expr'), { maxLength: 4 }),
    }),
  ),
}))

test('a platform printed and parsed is the same platform', () => {
  fc.assert(
    fc.property(expr, (written) => {
      const platform = { kind: 'cfg', expr: written } as const
      expect(parsePlatform(printPlatform(platform))).toEqual(platform)
    }),
  )
})

test('`not` and De Morgan hold for every set', () => {
  const sets = fc.record({
    names: fc.array(identifier).map((names) => new Set(names)),
    values: fc.constant(new Map()),
  })
  fc.assert(
    fc.property(fc.array(expr), sets, (operands, cfgs) => {
      const negated = operands.map((operand): CfgExpr => ({ kind: 'not', operand }))
      const neither = cfgMatches({ kind: 'not', operand: { kind: 'any', operands } }, cfgs)
      expect(cfgMatches({ kind: 'all', operands: negated }, cfgs)).toBe(neither)
    }),
  )
})

test('an expression nested without end is refused, not a crash', () => {
  expect(() => parseCfgExpr('not('.repeat(100_000) + 'unix' + ')'.repeat(100_000))).toThrow(Cargo2NixError)
})
