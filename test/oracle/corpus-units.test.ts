/**
 * Real workspaces: our units must be cargo's.
 *
 * A part is checked by default; `CORPUS_UNITS=all` checks every target, and every member on its own (see
 * `scripts/compare-corpus`).
 */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readWorkspace } from '../../src/io/workspace/read-workspace.ts'
import { corpusFolder, corpusMissing, corpusWorkspaces } from '../corpus.ts'
import { cargoMissing, cleanEnvironment } from './cargo.ts'
import { compareRequests } from './corpus-units.ts'
import type { UnitRequest } from './unit-graph.ts'

const VARIANTS = {
  build: { subcommand: 'build', workspace: true },
  release: { subcommand: 'build', workspace: true, release: true },
  test: { subcommand: 'test', workspace: true },
  'no-default-features': { subcommand: 'build', workspace: true, defaultFeatures: false },
  'all-features': { subcommand: 'build', workspace: true, allFeatures: true },
  'default-members': { subcommand: 'build' },
} as const satisfies Readonly<Record<string, UnitRequest>>

const WINDOWS = 'x86_64-pc-windows-gnu'
const DARWIN = 'aarch64-apple-darwin'

/** One target of each family. */
const USUAL = ['x86_64-unknown-linux-musl', WINDOWS, DARWIN]

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

/** Of what else cargo can be asked. */
const OTHERS: readonly UnitRequest[] = [
  { subcommand: 'check', workspace: true, allTargets: true },
  { subcommand: 'check', profile: 'test' },
  { subcommand: 'bench', workspace: true },
  { subcommand: 'doc', workspace: true },
  { subcommand: 'doc', deps: false, target: [WINDOWS] },
  { subcommand: 'test', doc: true, workspace: true },
  { subcommand: 'test', workspace: true, lib: true, examples: true, allFeatures: true },
  { subcommand: 'build', workspace: true, bins: true, benches: true },
  { subcommand: 'build', target: [WINDOWS, DARWIN], release: true },
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

/** Each member alone, and all but that one. */
async function requestsOfMembers(name: string): Promise<readonly UnitRequest[]> {
  const folder = join(corpusFolder(), name)
  const workspace = await readWorkspace({ cwd: folder, env: cleanEnvironment(), offline: true })
  const names = workspace.members.map((index) => workspace.packages[index]!.manifest.name)
  const some = isFull ? names : names.filter((_, index) => index % 9 === 0)
  return some.flatMap((member): readonly UnitRequest[] => [
    { subcommand: 'build', package: [member] },
    { subcommand: 'test', package: [member], target: [WINDOWS] },
    { subcommand: 'build', workspace: true, exclude: [member], allFeatures: true },
  ])
}

async function problemsOf(name: string, asked: readonly UnitRequest[]): Promise<string> {
  const { problems, graphs } = await compareRequests(name, asked)
  return graphs === 0 ? 'cargo has refused every request' : problems.join('\n')
}

describe.skipIf(missing !== undefined)(`units of the corpus (${missing ?? 'present'})`, () => {
  const names = missing === undefined ? corpusWorkspaces() : []
  const timeout = isFull ? 3_600_000 : 300_000
  test.for(names)("%s has cargo's units on all platforms", { timeout }, async (name) => {
    expect(await problemsOf(name, requests())).toBe('')
  })
  test.for(names)("%s has cargo's units for other requests", { timeout }, async (name) => {
    expect(await problemsOf(name, OTHERS)).toBe('')
  })
  test.for(['garage', 'coreutils'])("%s has cargo's units for single members", { timeout }, async (name) => {
    expect(await problemsOf(name, await requestsOfMembers(name))).toBe('')
  })
})
