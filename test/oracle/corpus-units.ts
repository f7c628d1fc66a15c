/** Cargo's answers for the corpus, cached in the system's temporary directory so that a second run need not ask cargo. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { corpusFolder } from '../corpus.ts'
import { rulesAfter } from '../../src/cargo/workspace/newer-rules.ts'
import { cargos, type OracleCargo } from './cargo.ts'
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
  /** How many requests cargo did not refuse, of all cargos. */
  readonly graphs: number
}

/** Holds our answers to requests in one workspace against cargo's. */
export async function compareRequests(name: string, requests: readonly UnitRequest[]): Promise<Compared> {
  const ours = await askOurs(join(corpusFolder(), name))
  const problems: string[] = []
  let graphs = 0
  for (const request of requests) {
    const answer = ours.answer(request)
    for (const cargo of cargos.filter(({ version }) => rulesAfter(ours.rules, version).length === 0)) {
      const expected = await expectedAnswer(name, request, cargo)
      const problem = difference(expected, answer)
      if (problem !== undefined)
        problems.push(`cargo ${cargo.version}: ${toArguments(request).join(' ')}:\n${problem}`)
      if (expected.kind === 'graph') graphs += 1
    }
  }
  return { problems, graphs }
}

async function expectedAnswer(name: string, request: UnitRequest, cargo: OracleCargo): Promise<Answer> {
  const folder = corpusFolder()
  const question = JSON.stringify([folder, cargo.version, 'stable cfgs', name, toArguments(request)])
  const key = createHash('sha256').update(question).digest('hex').slice(0, 16)
  const kept = join(tmpdir(), 'cargo2nix-ts-corpus-units', `${name}-${key}.json`)
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Answer
  const answer = await cargoUnitGraph(join(folder, name), request, {}, cargo)
  mkdirSync(join(kept, '..'), { recursive: true })
  writeFileSync(kept, JSON.stringify(answer))
  return answer
}
