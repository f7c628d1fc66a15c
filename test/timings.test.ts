/** `timings`: how Nix's log is read, and what is reported about it. */
import fc from 'fast-check'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adviseInterfaces } from '../src/nix/timings/advice.ts'
import { buildLog } from '../src/nix/timings/build-log.ts'
import { longestPath, wallTime, type Task } from '../src/nix/timings/schedule.ts'
import { checkout, removeFolders } from './builds/checkout.ts'
import { generated, machinePackageSet, nixIsMissing, type PackageSet } from './builds/package-set.ts'
import { cargo2nix, cargo2nixOrFail, run } from './program.ts'

/** Tasks that need some of those before them. */
const graphs = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(30), { maxLength: 4 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((list): readonly Task[] =>
    list.map(([seconds, needs], index) => ({
      name: `t${index}`,
      seconds,
      needs: needs.filter((each) => each < index).map((each) => `t${each}`),
    })),
  )
const total = (tasks: readonly Task[]): number => tasks.reduce((sum, { seconds }) => sum + seconds, 0)

describe('schedules', () => {
  test('one slot takes the sum, and slots without end the longest path', () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        expect(wallTime(tasks, 1)).toBe(total(tasks))
        expect(wallTime(tasks, tasks.length)).toBe(total(longestPath(tasks)))
      }),
    )
  })

  test('no schedule is faster than its work divided by its slots, or slower than its work', () => {
    fc.assert(
      fc.property(graphs, fc.integer({ min: 2, max: 8 }), (tasks, slots) => {
        const wall = wallTime(tasks, slots)
        expect(wall).toBeGreaterThanOrEqual(Math.max(total(tasks) / slots, total(longestPath(tasks))))
        expect(wall).toBeLessThanOrEqual(total(tasks))
      }),
    )
  })

  test('the longest path is one: each needs the one before it', () => {
    fc.assert(
      fc.property(graphs, (tasks) => {
        const path = longestPath(tasks)
        for (const [index, { needs }] of path.entries())
          if (index > 0) expect(needs).toContain(path[index - 1]!.name)
      }),
    )
  })

  test('what is ready starts in the order of names', () => {
    const task = (name: string, seconds: number, needs: readonly string[] = []): Task => ({
      name,
      seconds,
      needs,
    })
    // `b` first would leave the slot that `z` needs idle for longer.
    const early = [task('a', 5), task('b', 1), task('c', 1), task('z', 5, ['a'])]
    const late = early.map((each) => ({
      ...each,
      name: each.name.replace('a', 'y'),
      needs: each.needs.map(() => 'y'),
    }))
    expect(wallTime(early, 1)).toBe(wallTime(late, 1))
    expect([wallTime(early, 2), wallTime(late, 2)]).toEqual([10, 11])
  })
})

describe('advice', () => {
  const chain: readonly Task[] = [
    { name: 'opt-lib-low-1.0.0', seconds: 10, needs: [] },
    { name: 'opt-lib-high-1.0.0', seconds: 10, needs: ['opt-lib-low-1.0.0'] },
    { name: 'program-app-1.0.0-bin-app', seconds: 1, needs: ['opt-lib-low-1.0.0', 'opt-lib-high-1.0.0'] },
  ]

  test('advice names a library that another one waits for, not one that only a program links', () => {
    const { wall, suggestions } = adviseInterfaces(chain)
    expect(wall).toEqual([21, 21, 21, 21])
    expect(suggestions.map((each) => each.package)).toEqual(['low'])
    expect(suggestions[0]!.wall[2]).toBeCloseTo(3.5 + 10 + 1)
  })

  test('advice leaves out libraries that have an interface', () => {
    const built = [...chain, { name: 'interface-low-1.0.0', seconds: 3, needs: [] }]
    expect(adviseInterfaces(built)).toMatchObject({ present: ['low'], suggestions: [] })
  })
})

describe('logs', () => {
  test('builds and downloads have the times at which their lines came', () => {
    const log = buildLog()
    const add = (seconds: number, event: unknown): unknown =>
      log.add(`@nix ${JSON.stringify(event)}`, seconds)
    const drv = '/nix/store/00000000000000000000000000000000-opt-lib-a-1.0.0.drv'
    add(0, { action: 'start', id: 1, type: 104, text: '' })
    add(1, { action: 'start', id: 2, type: 105, fields: [drv, '', 1, 1] })
    add(2, { action: 'start', id: 3, type: 101, fields: ['https://cache/x'] })
    add(2, { action: 'result', id: 1, type: 105, fields: [3, 7, 1, 0] })
    expect(log.progress()).toEqual({ done: 3, expected: 7, running: ['opt-lib-a-1.0.0'] })
    expect(add(2, { action: 'msg', level: 0, msg: 'error: \u001b[31mno\u001b[0m' })).toBe('error: no')
    expect(add(2, { action: 'msg', level: 3, msg: 'building' })).toBeUndefined()
    expect(log.add('plain', 2)).toBe('plain')
    for (const odd of ['@nix {', '@nix 1', '@nix null']) expect(log.add(odd, 2)).toBeUndefined()
    add(4, { action: 'stop', id: 2 })
    expect(log.steps(5)).toEqual([
      { kind: 'build', path: drv, start: 1, end: 4 },
      { kind: 'fetch', path: 'https://cache/x', start: 2, end: 5 },
    ])
  })
})

const missing = await nixIsMissing()

describe.skipIf(missing)(`timings of builds${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-timings-'))
  const file = join(folder, 'page.html')
  let set: PackageSet
  let workspace: string
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await checkout(join(import.meta.dirname, '..', 'fixtures', 'chain'), 'chain')
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await removeFolders([workspace])
  })
  const command = (): readonly string[] => {
    const salt = `extraRustcFlags = [ "--cfg" "salt${Date.now()}" ];`
    return ['nix-build', '--no-out-link', '--expr', `${generated(workspace, set, salt)}.packages.tool`]
  }

  test('a build that is started is timed, with its own output and exit code', async () => {
    const { status, stdout } = await cargo2nix(['timings', '--file', file, '--', ...command()], {
      env: set.env,
    })
    expect(status).toBe(0)
    expect(stdout).toMatch(/^\/nix\/store\/[a-z0-9]{32}-tool-0\.1\.0\n/)
    const units = ['opt-lib-base-0.1.0', 'opt-lib-middle-0.1.0', 'program-tool-0.1.0-bin-tool', 'tool-0.1.0']
    const page = readFileSync(file, 'utf8')
    for (const unit of units) {
      expect(stdout).toMatch(new RegExp(`^\\d+\\.\\d +${unit}$`, 'm'))
      expect(page).toContain(`<code>${unit}</code>`)
    }
    expect(page).not.toMatch(/(?:src|href)="https?:/)
  })

  test('while it runs, progress names what is being built', async () => {
    const slow = (name: string, needs: string): string =>
      `(derivation { name = "${name}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "PATH=/bin:/usr/bin:$PATH sleep 3; echo ${Date.now()} ${needs} > $out" ]; })`
    const expression = slow('second', `\${${slow('first', '')}}`)
    const args = ['timings', '--file', file, '--', 'nix-build', '--no-out-link', '--expr', expression]
    const { status, stderr } = await cargo2nix(args, {
      env: { ...set.env, CARGO_TERM_PROGRESS_WHEN: 'auto' },
    })
    expect(status, stderr).toBe(0)
    expect(stderr).toContain('0 of 2 built; first ...\n')
    expect(stderr).toContain('1 of 2 built; second ...\n')
  })

  test('a log is read from standard input', async () => {
    rmSync(file, { force: true })
    const [program, ...args] = command()
    const script = `"$@" --log-format internal-json 2>&1 >/dev/null | "$0" "$CLI" timings --file "${file}"`
    const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')
    const { status, stdout } = await run('bash', ['-c', script, process.execPath, program!, ...args], {
      env: { ...set.env, CLI: cli },
    })
    expect(status).toBe(0)
    expect(stdout).toContain('opt-lib-middle-0.1.0')
    expect(existsSync(file)).toBe(true)
  })

  test('a build that fails says why, and is timed as far as it came', async () => {
    await appendFile(join(workspace, 'tool', 'src', 'main.rs'), 'fn broken() -> u8 { "text" }\n')
    const { status, stdout, stderr } = await cargo2nix(['timings', '--file', file, '--', ...command()], {
      env: set.env,
    })
    expect(status).toBe(1)
    expect(stderr).toContain('mismatched types')
    expect(stdout).toContain('opt-lib-middle-0.1.0')
  })

  test('a command that builds nothing is refused, and so is a missing program', async () => {
    const nothing = await cargo2nix(['timings', '--file', file, '--', 'true'], { env: set.env })
    expect([nothing.status, nothing.stderr]).toEqual([2, expect.stringContaining('nothing was built')])
    const absent = await cargo2nix(['timings', '--', 'no-such-program'], { env: set.env })
    expect([absent.status, absent.stderr]).toEqual([
      2,
      expect.stringContaining('no-such-program is not in PATH'),
    ])
  })
})
