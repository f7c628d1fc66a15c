/** `jobs`: one per target, in the formats that forges read. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BuildJob } from '../src/nix/jobs/build-jobs.ts'
import { cargo2nix, cargo2nixOrFail } from './program.ts'
import { checkJsonSchema, CHECKER_MISSING } from './json-schema.ts'

const fixture = join(import.meta.dirname, '..', 'fixtures', 'chain')

const TARGETS = [
  'x86_64-unknown-linux-musl',
  'aarch64-unknown-linux-musl',
  'thumbv8m.main-none-eabi',
  'x86_64-pc-windows-gnu',
]

describe('jobs', () => {
  let cwd: string
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
    cpSync(fixture, cwd, { recursive: true })
  })
  afterAll(() => rmSync(cwd, { recursive: true, force: true }))

  const flags = [
    '--host',
    'x86_64-linux',
    '--host',
    'aarch64-darwin',
    ...TARGETS.flatMap((each) => ['--target', each]),
  ]
  const jobs = async (...more: readonly string[]): Promise<string> =>
    (await cargo2nixOrFail(['jobs', ...flags, ...more], { cwd })).stdout

  /** What GitHub makes of an expression over the output of a job. */
  function evaluate(text: string, output: string): unknown {
    const { tokens } = new Lexer(text).lex()
    const expression = new Parser(tokens, ['needs'], []).parse()
    const matrix = new data.Dictionary({ key: 'matrix', value: new data.StringData(output) })
    const outputs = new data.Dictionary({ key: 'outputs', value: matrix })
    const plan = new data.Dictionary({ key: 'plan', value: outputs })
    const value = new Evaluator(expression, new data.Dictionary({ key: 'needs', value: plan })).evaluate()
    return JSON.parse(JSON.stringify(value, data.replacer))
  }

  test('every requested target has one job, on a system that builds it', async () => {
    const list = JSON.parse(await jobs('--json')) as readonly BuildJob[]
    expect(list.map(({ target }) => target).toSorted()).toEqual([...TARGETS].toSorted())
    expect(new Set(list.map(({ system, runner }) => `${system} ${runner}`))).toEqual(
      new Set(['x86_64-linux ubuntu-24.04']),
    )
    expect(list.find(({ target }) => target.includes('.'))?.attribute).toBe(
      'targets."thumbv8m.main-none-eabi".packages',
    )
  })

  test('without --target every platform has one, the hosts natively', async () => {
    const { stdout } = await cargo2nixOrFail(['jobs', '--json'], { cwd })
    const list = JSON.parse(stdout) as readonly BuildJob[]
    expect(Object.fromEntries(list.map(({ target, system }) => [target, system]))).toEqual({
      'aarch64-apple-darwin': 'aarch64-darwin',
      'aarch64-unknown-linux-gnu': 'aarch64-linux',
      'x86_64-apple-darwin': 'x86_64-darwin',
      'x86_64-unknown-linux-gnu': 'x86_64-linux',
    })
  })

  test("GitHub's expressions read the matrix", async () => {
    const output = (await jobs('--github')).trim()
    expect(output).not.toContain('\n')
    const list = JSON.parse(await jobs('--json')) as readonly BuildJob[]
    expect(evaluate('fromJSON(needs.plan.outputs.matrix).include', output)).toEqual(list)
    expect(evaluate('fromJSON(needs.plan.outputs.matrix).include[0] != null', output)).toBe(true)
    expect(evaluate('fromJSON(needs.plan.outputs.matrix).include[0] != null', '{"include":[]}')).toBe(false)
  })

  const missing = checkJsonSchema === undefined
  test.skipIf(missing)(
    `GitLab's schema accepts the child pipeline${missing ? ` (skipped: ${CHECKER_MISSING})` : ''}`,
    async () => {
      const file = join(cwd, 'jobs.yml')
      writeFileSync(file, await jobs('--gitlab', '--image', 'example.org/nix:1'))
      await checkJsonSchema!('gitlab-ci', file)
      const pipeline = JSON.parse(await jobs('--gitlab')) as Record<string, { script?: readonly string[] }>
      const script = pipeline['build:thumbv8m.main-none-eabi']?.script?.[0]
      expect(script).toContain(`'targets."thumbv8m.main-none-eabi".packages'`)
    },
  )

  const noNix = spawnSync('nix-instantiate', ['--version']).status !== 0
  test.skipIf(noNix)(
    `a job that Nix cannot evaluate is named${noNix ? ' (skipped: no nix-instantiate)' : ''}`,
    async () => {
      await cargo2nixOrFail(['generate', ...flags], { cwd })
      const missing = ['--missing-from', 'file:///nowhere', '--pkgs', 'throw "no package set"']
      const { status, stderr } = await cargo2nix(['jobs', ...flags, ...missing], { cwd })
      expect(status).toBe(2)
      expect(stderr).toMatch(/Nix cannot evaluate targets\..*\.packages: no package set$/m)
      expect(stderr).toContain('--target')
    },
  )

  test('an unknown target is refused', async () => {
    expect(await cargo2nix(['jobs', '--target', 'x86_64-linux-musl-gnu'], { cwd })).toMatchObject({
      status: 2,
    })
  })
})
