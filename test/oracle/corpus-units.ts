/** What cargo says of the corpus: kept in the system's temporary folder, so that a second run costs cargo nothing. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { corpusFolder } from '../corpus.ts'
import { cargoVersion } from './cargo.ts'
import {
  askOurs,
  cargoUnitGraph,
  difference,
  toArguments,
  type Answer,
  type UnitRequest,
} from './unit-graph.ts'

export interface Compared {
  readonly problems: readonly string[]
  /** How many requests cargo did not refuse. */
  readonly graphs: number
}

/** Holds our answers to requests in one workspace against cargo's. */
export async function compareRequests(name: string, requests: readonly UnitRequest[]): Promise<Compared> {
  const ours = await askOurs(join(corpusFolder(), name))
  const problems: string[] = []
  let graphs = 0
  for (const request of requests) {
    const expected = await expectedAnswer(name, request)
    const problem = difference(expected, ours.answer(request))
    if (problem !== undefined) problems.push(`${toArguments(request).join(' ')}:\n${problem}`)
    if (expected.kind === 'graph') graphs += 1
  }
  return { problems, graphs }
}

async function expectedAnswer(name: string, request: UnitRequest): Promise<Answer> {
  const folder = corpusFolder()
  const question = JSON.stringify([folder, cargoVersion, 'stable cfgs', name, toArguments(request)])
  const key = createHash('sha256').update(question).digest('hex').slice(0, 16)
  const kept = join(tmpdir(), 'cargo2nix-ts-corpus-units', `${name}-${key}.json`)
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Answer
  const answer = await cargoUnitGraph(join(folder, name), request)
  mkdirSync(join(kept, '..'), { recursive: true })
  writeFileSync(kept, JSON.stringify(answer))
  return answer
}
