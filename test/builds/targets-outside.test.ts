/**
 * Targets whose roots are outside of their packages (fixtures/targets-outside), the same in the Nix store, and files that
 * could break evaluation only.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { cargoBuild, generatedCheckout, emptyFolder, removeFolders } from './checkout.ts'
import { NEWEST_NIX_MISSING, newestNix } from './newest-nix.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'targets-outside')
const missing = await nixIsMissing()
const newest = newestNix()

describe.skipIf(missing)(`targets outside${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string

  const copy = async (): Promise<string> => {
    const folder = await generatedCheckout(fixture, 'outside')
    folders.push(folder)
    return folder
  }
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await copy()
  })
  afterAll(() => removeFolders(folders))

  test('binaries print what they print with cargo, and tests pass', async () => {
    const attributes = ['packages.library-outside', 'packages.script-outside', 'tests.tests-outside']
    const [library, script] = await nixBuild(set, generated(workspace, set), attributes)
    const reference = await cargoBuild(await copy(), 'targets-outside', ['--workspace'])
    for (const [output, program] of [
      [library, 'program-outside'],
      [script, 'script-outside'],
    ] as const) {
      const expected = await run(join(reference, program), [])
      expect(expected.status).toBe(0)
      expect(await run(`${output}/bin/${program}`, [])).toEqual(expected)
    }
  })

  const ALL = ['library', 'program', 'script', 'tests']
  test.each([
    ['common/inner/deep.rs', ['library', 'program']],
    ['common/shapes/round.rs', ['library', 'program']],
    ['scripts/parts/named.rs', ['library', 'program']],
    ['scripts/parts/words.rs', ['script']],
    ['tests/util.rs', ['tests']],
    ['common/program.rs', ['program']],
  ])('an edit in %s rebuilds only its readers', async (file, units) => {
    const edited = await copy()
    appendFileSync(join(edited, file), '\n')
    const before = await derivations(workspace)
    const after = await derivations(edited)
    expect(ALL.filter((unit) => before[unit] !== after[unit])).toEqual(units)
  })

  test('a Rust file that nothing compiles need not be text', async () => {
    const folder = await copy()
    const notText = Buffer.from('fn nul() { "\0" }\n')
    for (const file of ['e/src/zeroes.rs', 'e/src/data/zeroes.rs', 'e/tests/data/zeroes.rs', 'zeroes.rs']) {
      mkdirSync(join(folder, file, '..'), { recursive: true })
      writeFileSync(join(folder, file), notText)
    }
    const attributes = ['library', 'program', 'script', 'tests']
    expect(Object.keys(await derivations(folder)).toSorted()).toEqual(attributes)
  })

  /** Whoever fetches with niv, npins or an impure flake evaluates in the store, where a root package has nothing above it. */
  const inStore = async (nixInstantiate: string): Promise<string> => {
    const folder = join(await emptyFolder(), 'root-package')
    folders.push(folder)
    mkdirSync(join(folder, 'src'), { recursive: true })
    writeFileSync(
      join(folder, 'Cargo.toml'),
      '[package]\nname = "root-package"\nversion = "0.1.0"\nedition = "2021"\n',
    )
    writeFileSync(
      join(folder, 'Cargo.lock'),
      'version = 4\n\n[[package]]\nname = "root-package"\nversion = "0.1.0"\n',
    )
    writeFileSync(
      join(folder, 'src/lib.rs'),
      'pub const UP: [&str; 3] = ["../a", "../../b/c", "src/../../d"];\n',
    )
    await cargo2nixOrFail(['generate'], { cwd: folder })
    const { stdout } = await runOrFail('nix-store', ['--add', folder], { env: set.env })
    const expression = `(import ${stdout.trim()}/nix/Cargo.nix { pkgs = ${set.expression}; }).packages.root-package.drvPath`
    return (await runOrFail(nixInstantiate, ['--eval', '--expr', expression], { env: set.env })).stdout
  }
  test('a root package in the store evaluates', async () => {
    expect(await inStore('nix-instantiate')).toContain('root-package')
  })
  test.skipIf(newest === undefined)(
    `a root package in the store, with a later Nix${newest === undefined ? ` (${NEWEST_NIX_MISSING})` : ''}`,
    async () => {
      expect(await inStore(join(newest ?? '', 'nix-instantiate'))).toContain('root-package')
    },
  )

  async function derivations(folder: string): Promise<Record<string, unknown>> {
    const expression = `let inherit (${generated(folder, set)}) crates tests; in {
      library = crates."library-outside-0.1.0".lib.drvPath; program = crates."library-outside-0.1.0".bins.program-outside.drvPath;
      script = crates."script-outside-0.1.0".buildScript.drvPath; tests = tests.tests-outside.drvPath;
    }`
    return (await nixEval(set, expression)) as Record<string, unknown>
  }
})
