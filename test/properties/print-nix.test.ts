/** Whatever text a workspace holds, Nix reads back the same values from what the printer writes. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cargo2NixError } from '../../src/errors.ts'
import { attributesOf, list, type NixExpr } from '../../src/nix/render/expr.ts'
import { printNix } from '../../src/nix/render/print.ts'

type Value = string | boolean | number | null | readonly Value[] | { readonly [name: string]: Value }

const hostile = fc.constantFrom(
  '${',
  '"',
  "''",
  '\\',
  '\n',
  '\r',
  '\t',
  '$',
  '$$',
  '${"',
  '../',
  '#',
  ' ',
  'é',
  '🦀',
  'let',
  'or',
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0')),
  fc.array(hostile, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: fc.constantFrom('a', 'b', '-', '.'), minLength: 20, maxLength: 120 }),
)
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.boolean(),
    fc.nat(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

function toExpr(from: Value): NixExpr {
  if (from === null || typeof from !== 'object') return from
  if (Array.isArray(from)) return list((from as readonly Value[]).map(toExpr))
  return attributesOf(
    Object.entries(from as Record<string, Value>).map(([name, each]) => [name, toExpr(each)]),
  )
}

const samples = (count: number): readonly Value[] => fc.sample(value, { numRuns: count, seed: 20_261_121 })

describe('the printer of Nix', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-print-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const hasNix = spawnSync('nix-instantiate', ['--version']).status === 0
  test.skipIf(!hasNix)(`Nix reads what was printed${hasNix ? '' : ' (skipped: no nix-instantiate)'}`, () => {
    const values = samples(400)
    const file = join(folder, 'values.nix')
    writeFileSync(file, `${printNix(list(values.map(toExpr)))}\n`)
    const json = execFileSync('nix-instantiate', ['--eval', '--strict', '--json', file], { encoding: 'utf8' })
    expect(JSON.parse(json)).toEqual(values)
  })

  const hasFormatter =
    spawnSync('nixfmt-rs', ['--version']).status === 0 || spawnSync('nixfmt', ['--version']).status === 0
  test.skipIf(!hasFormatter)(
    `nixfmt leaves it as it is${hasFormatter ? '' : ' (skipped: no nixfmt; it installs as the crate nixfmt_rs)'}`,
    () => {
      const program = spawnSync('nixfmt', ['--version']).status === 0 ? 'nixfmt' : 'nixfmt-rs'
      for (const [index, each] of samples(300).entries()) {
        const file = join(folder, `value-${index}.nix`)
        writeFileSync(file, `{\n  value = ${printNix(toExpr(each), 2, 10)};\n}\n`)
        const { status, stderr } = spawnSync(program, ['--check', file], { encoding: 'utf8' })
        expect(status, `${stderr}\n${printNix(toExpr(each), 2, 10)}`).toBe(0)
      }
    },
  )

  test('refuses what Nix cannot hold', () => {
    expect(() => printNix('a\0b')).toThrow(Cargo2NixError)
  })
})
