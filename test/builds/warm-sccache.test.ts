/** A warm shell beside a real sccache: the store answers for dependencies, sccache for everything else. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loopbackServer } from '../loopback-server.ts'
import { run, runOrFail } from '../program.ts'
import { warmWorkspace, type WarmRun, type WarmWorkspace } from '../warm/workspace.ts'
import { machinePackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const found = spawnSync('which', ['sccache'], { encoding: 'utf8' })
const sccache = found.status === 0 ? found.stdout.trim() : undefined
const reason = (await nixIsMissing()) ? 'no nix-build' : sccache === undefined ? 'no sccache' : undefined
const skipped = reason === undefined ? '' : ` (${reason} on this machine)`

const WARM = 'cargo.shell.override { warm = true; }'

/** Sccache reads the compiler's libraries, which that of the machine's package set has elsewhere. */
async function withSysroot(): Promise<PackageSet> {
  const machine = await machinePackageSet()
  const { stdout } = await runOrFail('rustc', ['--print', 'sysroot'])
  const rustc = `derivation {
    name = "rustc"; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
    args = [ "-c" "mkdir $out; ln -s ${stdout.trim()}/bin ${stdout.trim()}/lib $out" ];
  }`
  const expression = `(let pkgs = ${machine.expression} // { rustc = ${rustc}; buildPackages = pkgs; }; in pkgs)`
  return { ...machine, expression }
}

describe.skipIf(reason !== undefined)(`a warm shell with sccache${skipped}`, () => {
  let work: WarmWorkspace
  /** Of sccache, and for what it can cache. */
  let own: NodeJS.ProcessEnv
  beforeAll(async () => {
    work = await warmWorkspace(WARM, undefined, { packageSet: await withSysroot() })
    const server = await loopbackServer(() => {})
    await server.close()
    own = {
      SCCACHE_DIR: join(work.folder, 'sccache'),
      SCCACHE_SERVER_PORT: new URL(server.url).port,
      SCCACHE_IDLE_TIMEOUT: '300',
      CARGO_INCREMENTAL: '0',
    }
  })
  afterAll(async () => {
    await run(sccache!, ['--stop-server'], { env: { ...process.env, ...own } })
    await work.remove()
  })

  /** How many compilations sccache has answered, and how many it has made. */
  const counts = async (): Promise<{ hits: number; made: number }> => {
    const env = { ...process.env, ...own }
    const { stdout } = await runOrFail(sccache!, ['--show-stats', '--stats-format=json'], { env })
    const { stats } = JSON.parse(stdout) as Record<
      'stats',
      Record<string, { counts: Record<string, number> }>
    >
    const of = (name: string): number => stats[name]?.counts['Rust'] ?? 0
    return { hits: of('cache_hits'), made: of('cache_misses') }
  }
  const prints = async (target: string): Promise<readonly string[]> => {
    const folder = join(work.targetOf(target), 'debug')
    const finished = ['app', 'solo'].map((name) => runOrFail(join(folder, name), []))
    return (await Promise.all(finished)).map(({ stdout }) => stdout)
  }
  /** Builds twice, each from nothing in the same directory: sccache counts that as an input. */
  const twice = async (target: string, env: NodeJS.ProcessEnv) => {
    const results: { run: WarmRun; hits: number; made: number; texts: readonly string[] }[] = []
    for (const _ of [1, 2]) {
      const before = await counts()
      rmSync(work.targetOf(target), { recursive: true, force: true })
      const built = await work.cargo(['build', '--workspace'], { target, env })
      expect(built.status, built.stderr).toBe(0)
      const after = await counts()
      const texts = await prints(target)
      results.push({ run: built, hits: after.hits - before.hits, made: after.made - before.made, texts })
    }
    return results
  }
  const plainly = async (target: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> => {
    const built = await work.cargo(['build', '--workspace'], { target, env, isPlain: true })
    expect(built.status, built.stderr).toBe(0)
    return prints(target)
  }

  test.each([
    ['RUSTC_WRAPPER on entering', { RUSTC_WRAPPER: sccache }, ''],
    ['its name as RUSTC_WRAPPER', { RUSTC_WRAPPER: 'sccache' }, ''],
    ['CARGO_BUILD_RUSTC_WRAPPER', { CARGO_BUILD_RUSTC_WRAPPER: sccache }, ''],
    ['configuration of cargo', {}, `[build]\nrustc-wrapper = "sccache"\n`],
  ])('%s: members are from sccache, dependencies from the store', async (name, variables, config) => {
    const home = join(work.folder, 'home')
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'config.toml'), config)
    try {
      const entered = await work.enter(WARM, { ...own, ...variables })
      expect(entered['RUSTC_WRAPPER']).toMatch(/\/bin\/warm-rustc$/)
      const env = { ...entered, ...own }
      const [first, second] = await twice(name.replaceAll(' ', '-'), env)
      for (const { run: built } of [first!, second!]) {
        expect(built.misses).toEqual({})
        expect(built.hits.length).toBeGreaterThan(9)
      }
      // A library; what is linked sccache leaves to rustc.
      expect(first!.hits + first!.made).toBe(1)
      expect([second!.hits, second!.made]).toEqual([1, 0])
      expect(second!.texts).toEqual(first!.texts)
      expect(first!.texts).toEqual(await plainly('plain', own))
    } finally {
      rmSync(join(home, 'config.toml'))
    }
  })

  test('what the store does not have is from sccache, too', async () => {
    const entered = await work.enter(WARM, { ...own, RUSTC_WRAPPER: sccache })
    const env = { ...entered, ...own, RUSTFLAGS: '--cfg flagged' }
    const [first, second] = await twice('flagged', env)
    expect(second!.run.hits).toEqual([])
    expect(first!.made).toBeGreaterThan(3)
    expect(second!.hits).toBeGreaterThanOrEqual(first!.made)
    expect(second!.made).toBe(0)
    const plain = await plainly('flagged-plain', { ...own, RUSTFLAGS: '--cfg flagged' })
    expect([first!.texts, second!.texts]).toEqual([plain, plain])
  })

  test('clippy is called as without sccache', async () => {
    const entered = await work.enter(WARM, { ...own, RUSTC_WRAPPER: sccache })
    const args = ['clippy', '--workspace', '--all-targets']
    const { status, stderr, misses } = await work.cargo(args, { env: { ...entered, ...own } })
    expect(status, stderr).toBe(0)
    expect(misses).toEqual({})
  })

  test("the user's wrapper for members is called for them alone (RUSTC_WORKSPACE_WRAPPER)", async () => {
    const log = join(work.folder, 'wrapped')
    const wrapper = join(work.folder, 'workspace-wrapper')
    writeFileSync(log, '')
    writeFileSync(wrapper, `#!/bin/sh\necho "$*" >>${log}\nexec "$@"\n`, { mode: 0o755 })
    const env = { RUSTC_WORKSPACE_WRAPPER: wrapper }
    const built = await work.cargo(['build', '--workspace'], { target: 'wrapped', env })
    expect(built.status, built.stderr).toBe(0)
    expect(built.misses).toEqual({})
    const { stdout } = await runOrFail('grep', ['-o', '--', '--crate-name [a-z][a-z]*', log])
    expect([...new Set(stdout.trim().split('\n'))].toSorted()).toEqual(
      ['app', 'core', 'loader', 'solo'].map((name) => `--crate-name ${name}`),
    )
    expect(await prints('wrapped')).toEqual(await plainly('wrapped-plain', {}))
  })
})
