/**
 * Workspaces of the field: our units must be cargo's.
 *
 * A part is asked by default; `CORPUS_UNITS=all` asks for every target (see `scripts/compare-corpus`). Cargo's graphs
 * are kept in the system's temporary folder, so a second run costs cargo nothing.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { corpusFolder, corpusMissing, corpusWorkspaces } from '../corpus.ts'
import { cargoMissing, cargoVersion } from './cargo.ts'
import {
  askOurs,
  cargoUnitGraph,
  difference,
  toArguments,
  type Answer,
  type UnitRequest,
} from './unit-graph.ts'

const VARIANTS = {
  build: { subcommand: 'build', workspace: true },
  release: { subcommand: 'build', workspace: true, release: true },
  test: { subcommand: 'test', workspace: true },
  'no-default-features': { subcommand: 'build', workspace: true, defaultFeatures: false },
  'all-features': { subcommand: 'build', workspace: true, allFeatures: true },
  'default-members': { subcommand: 'build' },
} as const satisfies Readonly<Record<string, UnitRequest>>

/** One target of each family. */
const USUAL = ['x86_64-unknown-linux-musl', 'x86_64-pc-windows-gnu', 'aarch64-apple-darwin']

const FURTHER = [
  'x86_64-unknown-linux-gnu',
  'i686-unknown-linux-musl',
  'aarch64-unknown-linux-musl',
  'arm-unknown-linux-musleabihf',
  'armv7-unknown-linux-gnueabihf',
  'riscv64gc-unknown-linux-gnu',
  'i686-pc-windows-gnu',
  'x86_64-unknown-freebsd',
  'wasm32-wasip1',
  'aarch64-linux-android',
]

const missing = corpusMissing ?? cargoMissing
const isFull = process.env['CORPUS_UNITS'] === 'all'

/** All variants without `--target`; with it, as many as the time allows. */
function requests(): readonly UnitRequest[] {
  const variants: readonly UnitRequest[] = Object.values(VARIANTS)
  const crossed: readonly UnitRequest[] = isFull ? variants : [VARIANTS.build, VARIANTS.test]
  const targets = isFull ? [...USUAL, ...FURTHER] : USUAL
  return [
    ...variants,
    ...crossed.flatMap((request) => targets.map((target) => ({ ...request, target: [target] }))),
  ]
}

async function expectedGraph(name: string, request: UnitRequest): Promise<Answer> {
  const folder = corpusFolder()
  const key = createHash('sha256')
    .update(JSON.stringify([folder, cargoVersion, 'stable cfgs', name, toArguments(request)]))
    .digest('hex')
  const kept = join(tmpdir(), 'cargo2nix-ts-corpus-units', `${name}-${key.slice(0, 16)}.json`)
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Answer
  const answer = await cargoUnitGraph(join(folder, name), request)
  mkdirSync(join(kept, '..'), { recursive: true })
  writeFileSync(kept, JSON.stringify(answer))
  return answer
}

describe.skipIf(missing !== undefined)(
  `workspaces of the corpus have cargo's units (${missing ?? 'present'})`,
  () => {
    test.for(missing === undefined ? corpusWorkspaces() : [])(
      '%s',
      { timeout: isFull ? 3_600_000 : 300_000 },
      async (name) => {
        const ours = await askOurs(join(corpusFolder(), name))
        const problems: string[] = []
        let graphs = 0
        for (const request of requests()) {
          const expected = await expectedGraph(name, request)
          const problem = difference(expected, ours.answer(request))
          if (problem !== undefined) problems.push(`${toArguments(request).join(' ')}:\n${problem}`)
          if (expected.kind === 'graph') graphs += 1
        }
        expect(problems.join('\n')).toBe('')
        expect(graphs).toBeGreaterThan(0)
      },
    )
  },
)
