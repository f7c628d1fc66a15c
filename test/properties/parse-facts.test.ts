/** Facts are read back as they were printed. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attributesOf, list, type NixExpr } from '../../src/nix/render/expr.ts'
import { parseFacts, type FactTable, type FactValue } from '../../src/nix/plan/parse-facts.ts'
import { printNix } from '../../src/nix/render/print.ts'

const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'))
const name = fc.oneof(text, fc.constantFrom('a', 'a-b', 'x86_64-unknown-linux-gnu', 'inherit', '__proto__'))
const { table } = fc.letrec<{ value: FactValue; table: FactTable }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.nat(),
    fc.array(text, { maxLength: 3 }),
    tie('table'),
  ),
  table: fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}))

function toExpr(value: FactValue): NixExpr {
  if (Array.isArray(value)) return list((value as readonly FactValue[]).map(toExpr))
  if (typeof value !== 'object' || value === null) return value as NixExpr
  return attributesOf(Object.entries(value).map(([key, each]) => [key, toExpr(each)]))
}

test('what was printed is read', () => {
  fc.assert(
    fc.property(table, (facts) => {
      expect(parseFacts(`{ pkgs }:\nimport ./cargo2nix ${printNix(toExpr(facts))}\n`)).toEqual(facts)
    }),
    { seed: 1 },
  )
})

test('dotted names, inherited ones and paths', () => {
  const read = parseFacts(`import ./cargo2nix {
  inherit
    pkgs
    profile
    ;
  root = ../.;
  crates = {
    a.on."cfg(unix)".deps = "b c";
    a.on."cfg(unix)".rename.b = "x";
    a.lib = false;
  };
}`)
  const a = { on: { 'cfg(unix)': { deps: 'b c', rename: { b: 'x' } } }, lib: false }
  expect(read).toEqual({ root: '../.', crates: { a } })
})

test.each([
  '',
  '{ }',
  'import ./cargo2nix {',
  'import ./cargo2nix { a = 1 }',
  'import ./cargo2nix { a = "b; }',
])('%j is none', (broken) => expect(parseFacts(broken)).toBeUndefined())
