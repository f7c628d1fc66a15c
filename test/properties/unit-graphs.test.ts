/**
 * Random workspaces and requests: our unit graph must be cargo's, and what cargo refuses must be refused.
 *
 * `UNIT_GRAPHS` sets how many graphs (2,000) are compared with each cargo, and `UNIT_GRAPHS_SEED` the first seed: the same by
 * default, so that a failure is caused by a change; another one looks further. Each workspace has its own seed, so a
 * failing one can be generated again on its own.
 */
import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { isOlder, rulesAfter } from '../../src/cargo/workspace/newer-rules.ts'
import { cargoMissing, cargos, newestCargo, runCargo } from '../oracle/cargo.ts'
import {
  askOurs,
  cargoUnitGraph,
  difference,
  toArguments,
  type Surroundings,
  type UnitRequest,
} from '../oracle/unit-graph.ts'
import { random, type Random } from './random/random.ts'
import { randomRequest } from './random/requests.ts'
import { randomWorkspace, type RandomWorkspace } from './random/workspace.ts'

const count = Number(process.env['UNIT_GRAPHS'] ?? 2_000)
const firstSeed = Number(process.env['UNIT_GRAPHS_SEED'] ?? 1_000_000)
const REQUESTS = 12

interface Tally {
  graphs: number
  refusals: number
  panics: number
  /** Requests that an older cargo would answer otherwise. */
  newer: number
  readonly problems: string[]
}

async function compareWorkspace(seed: number, tally: Tally): Promise<void> {
  const chosen = random(seed)
  const workspace = randomWorkspace(chosen)
  // A lockfile that the cargo at hand would not find.
  if (newestCargo !== undefined && isOlder(newestCargo.version, '1.97') && workspace.lockedElsewhere) return
  const folder = folderWith(workspace.files)
  try {
    const locked = await runCargo(['generate-lockfile', '--offline'], folder, workspace.env, newestCargo)
    if (locked.status === 0) await compareRequests(seed, chosen, workspace, folder, tally)
    else tally.refusals += 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function compareRequests(
  seed: number,
  chosen: Random,
  workspace: RandomWorkspace,
  folder: string,
  tally: Tally,
): Promise<void> {
  const { packages, env } = workspace
  const members = packages.filter(({ home }) => home === 'member')
  for (let at = 0; at < REQUESTS; at += REQUESTS / 2) {
    // Half of the requests are about a member: in its directory, or by its manifest.
    const { folder: inMember } = chosen.pick(members)
    const asked = chosen.chance(0.8)
      ? { cwd: inMember }
      : { manifestPath: `${inMember === '' ? '' : `${inMember}/`}Cargo.toml` }
    const around: Surroundings = { env, ...(at === 0 ? {} : asked) }
    const ours = await askOurs(folder, around)
    for (let each = 0; each < REQUESTS / 2; each++) {
      const request: UnitRequest =
        each === 0 ? { subcommand: 'build', workspace: true } : randomRequest(chosen, workspace)
      const answer = ours.answer(request)
      for (const cargo of cargos) {
        // The command line has a word of 1.99, too.
        const isNewer = request.profile === 'debug' && isOlder(cargo.version, '1.99')
        if (isNewer || rulesAfter(ours.rules, cargo.version).length > 0) {
          tally.newer += 1
          continue
        }
        const expected = await cargoUnitGraph(folder, request, around, cargo)
        const problem = difference(expected, answer)
        if (expected.kind === 'graph') tally.graphs += 1
        else if (expected.kind === 'refused') tally.refusals += 1
        else tally.panics += 1
        if (problem === undefined) continue
        const where = `cargo ${cargo.version}, seed ${seed}, ${JSON.stringify(around)}`
        tally.problems.push(`${where}: ${toArguments(request).join(' ')}\n${problem}`)
      }
      // Where the whole workspace is refused, so is mostly all else.
      if (each === 0 && answer.kind === 'refused' && chosen.chance(0.8)) break
    }
  }
}

describe.skipIf(cargoMissing !== undefined)(`random workspaces (${cargoMissing ?? 'cargo is there'})`, () => {
  test(`${count} unit graphs are cargo's`, { timeout: 3_600_000 * 6 }, async () => {
    const tally: Tally = { graphs: 0, refusals: 0, panics: 0, newer: 0, problems: [] }
    let seed = firstSeed
    const lane = async (): Promise<void> => {
      while (tally.graphs < count * cargos.length && tally.problems.length < 20)
        await compareWorkspace(seed++, tally)
    }
    await Promise.all([lane(), lane()])
    const { graphs, refusals, panics, newer, problems } = tally
    console.log(
      `UNIT_GRAPHS_SEED=${firstSeed}: ${graphs} graphs and ${refusals} refusals of ${seed - firstSeed} workspaces compared with cargo ${cargos.map(({ version }) => version).join(' and ')}, ${panics} panics of cargo, ${newer} requests with newer rules`,
    )
    expect(problems.join('\n\n')).toBe('')
  })
})
