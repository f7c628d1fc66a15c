/**
 * Build scripts and macros that ask cargo about their package, read manifests or the lockfile, and macros that search for
 * files (fixtures/asks-cargo). So do tests. Without a network they see what they see with cargo, and a changed lockfile
 * only reruns those that ask.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { cargoBuild, checkout, removeFolders } from './checkout.ts'
import {
  generated,
  machinePackageSet,
  nixBuildOffline,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'asks-cargo')
const missing = await nixIsMissing()
const PROGRAMS = ['app', 'climber', 'manifest-script', 'plain', 'reads-lock', 'templates-user']
/** Units that see the workspace's manifests. */
const SEEING = [
  'app program',
  'app run',
  'climber program',
  'manifest-script program',
  'manifest-script run',
  'reads-lock program',
  'reads-lock run',
  'tests-ask asks',
  'tests-ask finds',
  'tests-ask tests',
]

describe.skipIf(missing)(`who asks cargo${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string

  const copy = async (): Promise<string> => {
    const folder = await checkout(fixture, 'asks-cargo')
    folders.push(folder)
    return folder
  }
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await copy()
    // For all platforms, as cargo's metadata is.
    await runOrFail('cargo', ['fetch', '--locked'], { cwd: workspace })
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => removeFolders(folders))

  test('programs say what they say with cargo', async () => {
    const attributes = PROGRAMS.map((name) => `packages.${name}`)
    const outputs = await nixBuildOffline(set, generated(workspace, set), attributes)
    const reference = await cargoBuild(await copy(), 'asks-cargo', ['--workspace'])
    for (const [index, program] of PROGRAMS.entries()) {
      const expected = await run(join(reference, program), [])
      expect(expected.status).toBe(0)
      expect(await run(`${outputs[index]}/bin/${program}`, [])).toEqual(expected)
    }
    expect(existsSync('/homeless-shelter')).toBe(false)
  })

  test('cargo finds a lockfile that the configuration names', async () => {
    const elsewhere = await copy()
    mkdirSync(join(elsewhere, 'locks'))
    renameSync(join(elsewhere, 'Cargo.lock'), join(elsewhere, 'locks', 'Cargo.lock'))
    mkdirSync(join(elsewhere, '.cargo'), { recursive: true })
    const config = join(elsewhere, '.cargo', 'config.toml')
    const before = existsSync(config) ? readFileSync(config, 'utf8') : ''
    writeFileSync(config, `resolver.lockfile-path = "locks/Cargo.lock"\n${before}`)
    await cargo2nixOrFail(['generate'], { cwd: elsewhere })
    const toolchain = `toolchain = args: let tools = import ${elsewhere}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "1.97.0"; }; };`
    const [ours] = await nixBuildOffline(set, generated(elsewhere, set, toolchain), ['packages.app'])
    const [plain] = await nixBuildOffline(set, generated(workspace, set), ['packages.app'])
    expect(await run(`${ours}/bin/app`, [])).toEqual(await run(`${plain}/bin/app`, []))
  })

  test('tests see what they see with cargo, by their own directory and by the one that is compiled in', async () => {
    const target = join(await copy(), 'target')
    const env = { ...process.env, CARGO_TARGET_DIR: target }
    await runOrFail('cargo', ['test', '--locked', '--offline', '-p', 'tests-ask'], { cwd: workspace, env })
    expect(await nixBuildOffline(set, generated(workspace, set), ['tests.tests-ask'])).toHaveLength(1)
  })

  const changedBy = async (edit: (folder: string) => void): Promise<readonly string[]> => {
    const edited = await copy()
    edit(edited)
    await cargo2nixOrFail(['generate'], { cwd: edited })
    const before = await derivations(workspace)
    const after = await derivations(edited)
    return Object.keys(before).filter((unit) => before[unit] !== after[unit])
  }

  test('a changed lockfile runs those scripts again that ask, and no others', async () => {
    const changed = await changedBy((folder) => appendFileSync(join(folder, 'Cargo.lock'), '\n'))
    expect(changed).toEqual(SEEING)
  })

  test('what a package does not inherit does not count for its macros', async () => {
    const changed = await changedBy((folder) => {
      const manifest = join(folder, 'Cargo.toml')
      const text = readFileSync(manifest, 'utf8')
      writeFileSync(manifest, text.replace('neighbour = {', 'plain = { path = "plain" }\nneighbour = {'))
    })
    expect(changed).toEqual(SEEING)
  })

  test.each([
    ['pages/page.html', ['templates-user program']],
    ['grammars/list.pest', ['templates-user program']],
    ['shared/words.txt', ['templates-user program']],
  ])('an edit in %s changes only its readers', async (file, units) => {
    expect(await changedBy((folder) => appendFileSync(join(folder, file), '\n'))).toEqual(units)
  })

  async function derivations(folder: string): Promise<Record<string, unknown>> {
    const units = PROGRAMS.map((name) => {
      const crate = `crates."${name}-1.2.3"`
      const program = `"${name} program" = ${crate}.bins.${name}.drvPath;`
      return `${program} "${name} run" = let run = ${crate}.buildScriptRun or null; in if run == null then null else run.drvPath;`
    })
    const runs = ['plain', 'tests-ask'].map((name) => `"${name} tests" = tests.${name}.drvPath;`)
    const all = [...units, ...runs].join(' ')
    const expression = `let inherit (${generated(folder, set)}) crates tests; compiled = map (unit: { name = "tests-ask \${unit.targetName}"; value = unit.drvPath; }) tests.tests-ask.passthru.tests; in { ${all} } // builtins.listToAttrs compiled`
    return (await nixEval(set, expression)) as Record<string, unknown>
  }
})
