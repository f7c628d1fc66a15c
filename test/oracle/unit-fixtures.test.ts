/** Small workspaces, one rule of cargo each: its units, and ours. */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargoMissing, runCargo } from './cargo.ts'
import { askOurs, cargoUnitGraph, difference } from './unit-graph.ts'
import { featuresIn, parseFixture, type UnitFixture } from './unit-fixture.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'units')
const names = readdirSync(fixtures).filter((name) => name.endsWith('.txtar'))

async function problemsOf(folder: string, fixture: UnitFixture): Promise<readonly string[]> {
  const problems: string[] = []
  for (const { text, request, around, isRefused, expected } of fixture.requests) {
    const answer = await cargoUnitGraph(folder, request, around)
    const report = (problem: string): number => problems.push(`$ ${text}\n${problem}`)
    if (answer.kind === 'broken') report(`cargo panics: ${answer.message}`)
    if ((answer.kind === 'refused') !== isRefused)
      report(answer.kind === 'graph' ? 'not refused' : answer.message)
    for (const { name, features } of expected) {
      const seen = answer.kind === 'graph' ? featuresIn(answer.graph, name) : answer.kind
      if (seen !== features) report(`expected of cargo: ${name}: ${features}, seen: ${seen}`)
    }
    const ours = (await askOurs(folder, around)).answer(request)
    const different = difference(answer, ours)
    if (different !== undefined) report(different)
  }
  return problems
}

describe.skipIf(cargoMissing !== undefined)(`rules of cargo (${cargoMissing ?? 'cargo is there'})`, () => {
  test.for(names)('%s', async (name) => {
    const fixture = parseFixture(readFileSync(join(fixtures, name), 'utf8'))
    const folder = folderWith(fixture.files)
    try {
      if (!existsSync(join(folder, 'Cargo.lock'))) {
        const { stderr } = await runCargo(['generate-lockfile', '--offline'], folder)
        expect(existsSync(join(folder, 'Cargo.lock')), stderr).toBe(true)
      }
      expect((await problemsOf(folder, fixture)).join('\n\n')).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
