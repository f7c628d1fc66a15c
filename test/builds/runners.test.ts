/** Tests and documentation tests use the runner set in .cargo/config.toml if cargo uses it. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { cargo2nix, run, type Finished } from '../program.ts'
import { checkout, removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'runners')
const missing = await nixIsMissing()
const host = hostTriple()
const variable = `CARGO_TARGET_${host.toUpperCase().replaceAll('-', '_')}_RUNNER`

interface Case {
  readonly why: string
  readonly config: string
  readonly env?: NodeJS.ProcessEnv
}

const CASES: readonly Case[] = [
  {
    why: 'a list, of the triple, which wins over a cfg',
    config: `[target.${host}]\nrunner = ["tools/run", "an argument", "another"]
[target.'cfg(unix)']\nrunner = "no-such-program"`,
  },
  { why: 'words, of a cfg', config: `[target.'cfg(unix)']\nrunner = " tools/run an_argument another"` },
  {
    why: 'words of a variable, instead of those of a file',
    config: `[target.${host}]\nrunner = "no-such-program with arguments"`,
    env: { [variable]: 'tools/run an_argument another' },
  },
]

const UNKNOWN = `[target.${host}]\nrunner = ["run-of-nowhere", "an argument", "another"]`

describe.skipIf(missing)(`runners${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string

  const cargoTest = (env: NodeJS.ProcessEnv = {}): Promise<Finished> =>
    run('cargo', ['test', '--release', '--locked', '--workspace'], {
      cwd: workspace,
      env: { ...process.env, ...env, CARGO_TARGET_DIR: join(workspace, 'target') },
    })
  const configure = (config: string): void =>
    writeFileSync(join(workspace, '.cargo', 'config.toml'), `${config}\n`)
  const generate = (env: NodeJS.ProcessEnv = {}): Promise<Finished> =>
    cargo2nix(['generate', '--host', host], { cwd: workspace, env: { ...process.env, ...env } })
  const runTests = async (more = ''): Promise<string> =>
    nixBuild(set, generated(workspace, set, more), ['tests.member']).then(
      () => 'passed',
      (error: Error) => error.message,
    )

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await checkout(fixture, 'runners')
    folders.push(workspace)
    mkdirSync(join(workspace, '.cargo'))
    const settings = `\n[workspace.metadata.cargo2nix]\nenvironment = ["${variable}"]\n`
    appendFileSync(join(workspace, 'Cargo.toml'), settings)
  })
  afterAll(() => removeFolders(folders))

  test('without a runner, the tests fail', async () => {
    configure('')
    expect((await cargoTest()).status).not.toBe(0)
    expect((await generate()).status).toBe(0)
    expect(await runTests()).toContain('tests of member v0.1.0 failed')
  })

  test.each(CASES)('$why', async ({ config, env }) => {
    configure(config)
    expect(await cargoTest(env)).toMatchObject({ status: 0 })
    expect((await generate(env)).status).toBe(0)
    expect(await runTests()).toBe('passed')
  })

  test("a runner's name is looked up in the packages that crateOverrides adds", async () => {
    configure(UNKNOWN)
    expect((await cargoTest()).stderr).toContain('run-of-nowhere')
    expect((await generate()).status).toBe(0)
    const said = await runTests()
    expect(said).toContain(
      `are run by \`run-of-nowhere\`, as \`target.${host}.runner\` of .cargo/config.toml says`,
    )
    expect(said).toContain('as `nativeCheckInputs` of member')
    const runner = `derivation {
      name = "runner"; system = builtins.currentSystem; builder = "/bin/sh"; script = ${workspace}/tools/run;
      args = [ "-c" "mkdir -p $out/bin; cp $script $out/bin/run-of-nowhere" ]; PATH = builtins.getEnv "PATH";
    }`
    const overrides = `crateOverrides = _: { member = _: { nativeCheckInputs = [ (${runner}) ]; }; };`
    expect(await runTests(overrides)).toBe('passed')
  })

  test('the argument `toolchain` overrides the runner', async () => {
    configure(UNKNOWN)
    await generate()
    const withRunner = (runner: string): string => `toolchain = args: let
        generated = import ${workspace}/nix/toolchain.nix args;
        target = generated.targets.${host} // { runner = ${runner}; };
      in generated // { targets = generated.targets // { ${host} = target; }; };`
    expect(await runTests(withRunner(`[ ${workspace}/tools/run "an argument" "another" ]`))).toBe('passed')
    expect(await runTests(withRunner('[ ]'))).toContain('tests of member v0.1.0 failed')
  })

  test('two matching cfgs with runners are an error', async () => {
    configure(`[target.'cfg(unix)']\nrunner = "a"\n[target.'cfg(not(windows))']\nrunner = "b"`)
    expect((await cargoTest()).stderr).toContain('several matching instances')
    expect((await generate()).stderr).toContain("`target.'cfg(unix)'.runner`")
  })

  test('a runner without a program is refused', async () => {
    configure(`[target.'cfg(windows)']\nrunner = []`)
    expect((await cargoTest()).stderr).toContain('at least one element')
    expect((await generate()).stderr).toContain('`target.cfg(windows).runner`: expected a program')
  })
})
