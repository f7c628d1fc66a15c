/** Small workspaces, one rule of cargo each: our units must be cargo's. */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { isOlder } from '../../src/cargo/workspace/newer-rules.ts'
import { cargoMissing, cargos, newestCargo, runCargo, type OracleCargo } from './cargo.ts'
import { askOurs, cargoUnitGraph, difference } from './unit-graph.ts'
import { featuresIn, parseFixture, type UnitFixture } from './unit-fixture.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'units')
const names = readdirSync(fixtures).filter((name) => name.endsWith('.txtar'))

async function problemsOf(
  folder: string,
  fixture: UnitFixture,
  cargo: OracleCargo,
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const { text, request, around, isRefused, expected, since } of fixture.requests) {
    const answer = await cargoUnitGraph(folder, request, around, cargo)
    const report = (problem: string): number => problems.push(`cargo ${cargo.version}$ ${text}\n${problem}`)
    const asked = await askOurs(folder, around)
    const newest = asked.rules.map((rule) => rule.since).toSorted((a, b) => (isOlder(a, b) ? 1 : -1))[0]
    if (newest !== undefined && since !== newest)
      report(`the fixture says since ${since}, ours since ${newest}`)
    if (since !== undefined && isOlder(cargo.version, since)) {
      if (difference(answer, asked.answer(request)) === undefined) report('an older cargo says the same')
      continue
    }
    if (answer.kind === 'broken') report(`cargo panics: ${answer.message}`)
    if ((answer.kind === 'refused') !== isRefused)
      report(answer.kind === 'graph' ? 'not refused' : answer.message)
    for (const { name, features } of expected) {
      const seen = answer.kind === 'graph' ? featuresIn(answer.graph, name) : answer.kind
      if (seen !== features) report(`expected of cargo: ${name}: ${features}, seen: ${seen}`)
    }
    const different = difference(answer, asked.answer(request))
    if (different !== undefined) report(different)
  }
  return problems
}

describe.skipIf(cargoMissing !== undefined)(`rules of cargo (${cargoMissing ?? 'cargo is there'})`, () => {
  test.for(names)('%s', async (name, { skip }) => {
    const fixture = parseFixture(readFileSync(join(fixtures, name), 'utf8'))
    // The first request is what the fixture is about: its lockfile, too, may need a cargo with the rule.
    const { since } = fixture.requests[0]!
    const isTooNew = since !== undefined && isOlder(newestCargo!.version, since)
    if (isTooNew) skip('no cargo at hand has the rule: run scripts/newer-cargo')
    const folder = folderWith(fixture.files)
    try {
      if (!existsSync(join(folder, 'Cargo.lock'))) {
        const { stderr } = await runCargo(['generate-lockfile', '--offline'], folder, {}, newestCargo)
        expect(stderr).not.toMatch(/^error/m)
      }
      for (const cargo of cargos) expect((await problemsOf(folder, fixture, cargo)).join('\n\n')).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
