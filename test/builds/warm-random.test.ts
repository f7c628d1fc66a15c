/**
 * Random workspaces, changed at random: programs that are built in a warm shell print what those that cargo alone builds
 * print. `scripts/compare-shells [COUNT [SEED]]` tries more of them.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { random } from '../properties/random/random.ts'
import { randomShellWorkspace, randomStep, type Step } from '../warm/random-workspace.ts'
import { callsOf } from '../warm/workspace.ts'
import { shellOutput } from './dev-shell.ts'
import { machinePackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()
const skipped = missing ? ' (no nix-build on this machine)' : ''
const count = Number(process.env['WARM_RANDOM_COUNT'] ?? 3)
const first = Number(process.env['WARM_RANDOM_SEED'] ?? 1)
/** Gets a line for each workspace. */
const figures = process.env['WARM_RANDOM_FIGURES']
const STEPS = 4

describe.skipIf(missing)(`programs from a warm shell${skipped}`, () => {
  let set: PackageSet
  let home: string
  let hits = 0
  beforeAll(async () => {
    const machine = await machinePackageSet()
    const { CARGO_TARGET_DIR: _, RUSTFLAGS: __, RUSTC_WRAPPER: ___, ...inherited } = machine.env
    home = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
    set = { ...machine, env: { ...inherited, CARGO_HOME: home } }
  })
  afterAll(() => {
    rmSync(home, { recursive: true, force: true })
    expect(hits).toBeGreaterThan(0)
  })

  test.each(Array.from({ length: count }, (_, index) => first + index))('seed %d', async (seed) => {
    const choice = random(seed)
    const workspace = randomShellWorkspace(choice)
    const folder = folderWith(workspace.files)
    const targets = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
    try {
      await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: folder, env: set.env })
      await cargo2nixOrFail(['generate', '--offline'], { cwd: folder, env: set.env })
      const text = await shellOutput(set, folder, 'env --null', {
        shell: 'cargo: cargo.shell.override { warm = true; }',
      })
      const shell = Object.fromEntries(
        text.split('\0').flatMap((line) => {
          const at = line.indexOf('=')
          return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]]
        }),
      ) as NodeJS.ProcessEnv
      const log = join(targets, 'log')
      appendFileSync(log, '')
      const done: string[] = []
      const outcome = async (step: Step, isPlain: boolean): Promise<object> => {
        const target = join(targets, isPlain ? 'plain' : 'warm')
        const env: NodeJS.ProcessEnv = {
          ...shell,
          CARGO_TARGET_DIR: target,
          WARM_RUSTC_LOG: log,
          ...step.env,
        }
        if (isPlain) delete env['RUSTC_WRAPPER']
        const locked = readFileSync(join(folder, 'Cargo.lock'), 'utf8')
        if (step.clean !== undefined && locked.includes(`name = "${step.clean}"`))
          await runOrFail('cargo', ['clean', '--offline', '--package', step.clean], { cwd: folder, env })
        const { status, stderr } = await run('cargo', [...step.args, '--offline'], { cwd: folder, env })
        const programs = workspace.binaries.flatMap((name) =>
          ['debug', 'release'].map((profile) => join(target, profile, name)),
        )
        const texts = programs.map(async (program) => {
          const finished = await run(program, []).catch(() => undefined)
          return finished === undefined ? 'none' : `${finished.status} ${finished.stdout}`
        })
        return { status, errors: status === 0 ? '' : stderr, prints: await Promise.all(texts) }
      }
      const initial: Step = { title: 'at first', args: ['build', '--workspace'], env: {}, change: () => {} }
      for (let at = 0; at <= STEPS; at++) {
        const step = at === 0 ? initial : randomStep(choice, workspace, at)
        done.push(`${step.title}: cargo ${step.args.join(' ')}`)
        step.change(folder)
        if (step.update !== undefined) {
          await run('cargo', ['update', '--offline', ...step.update], { cwd: folder, env: set.env })
        }
        const warm = await outcome(step, false)
        const plain = await outcome(step, true)
        expect(warm, done.join('\n')).toEqual(plain)
        expect(plain).toMatchObject({ status: 0 })
        // Nothing differs yet.
        if (at === 0) expect(callsOf(readFileSync(log, 'utf8')).misses).toEqual({})
      }
      const calls = callsOf(readFileSync(log, 'utf8'))
      hits += calls.hits.length
      const misses = Object.keys(calls.misses).length
      if (figures !== undefined) {
        const line = { seed, hits: calls.hits.length, misses, members: calls.plain.length, steps: done }
        appendFileSync(figures, `${JSON.stringify(line)}\n`)
      }
    } finally {
      for (const each of [folder, targets]) rmSync(each, { recursive: true, force: true })
    }
  })
})
