/**
 * Everything that a build script can print or read: fixtures/build-scripts has a package for each case, whose binaries
 * print what reached them. Nix's must print the same as cargo's.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { checkout, removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'build-scripts')

/** Package -> programs. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'beside-sources': ['beside-sources'],
  'calls-cargo': ['calls-cargo'],
  'cfg-and-env': ['cfg-and-env'],
  'library-of-native-code': ['library-of-native-code'],
  'link-arguments': ['one', 'the-other'],
  'link-search': ['link-search'],
  'links-in-out-dir-user': ['links-in-out-dir-user'],
  'links-user': ['links-user'],
  'metadata-is-for-dependents': ['metadata-is-for-dependents'],
  'not-text': ['not-text'],
  'old-forms': ['old-forms'],
  'out-dir': ['out-dir'],
  reads: ['reads', 'also-reads'],
  'rustc-flags': ['rustc-flags'],
  'shared-object': ['shared-object'],
  warns: ['warns'],
  'workspace-paths': ['workspace-paths'],
}
const packages = Object.keys(PROGRAMS)
const programs = Object.entries(PROGRAMS).flatMap(([name, list]) =>
  list.map((program) => ({ name, program })),
)

const missing = await nixIsMissing()

describe.skipIf(missing)(`build scripts${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  const outputs = new Map<string, string>()
  let set: PackageSet
  let workspace: string
  /** Of cargo: its checkout, and the directory of its programs. */
  let cargos: string
  let reference: string

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await checkout(fixture, 'build-scripts')
    cargos = await checkout(fixture, 'build-scripts')
    folders.push(workspace, cargos)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    const excluded = ['panics', 'says-error'].flatMap((name) => ['--exclude', name])
    await cargo(['build', '--release', '--locked', '--workspace', ...excluded])
    reference = join(cargos, 'target', 'release')
    const paths = await nixBuild(
      set,
      generated(workspace, set),
      packages.map((name) => `packages.${name}`),
    )
    for (const [index, name] of packages.entries()) outputs.set(name, paths[index] ?? '')
  })
  afterAll(() => removeFolders(folders))

  const cargo = (args: readonly string[]): ReturnType<typeof run> =>
    runOrFail('cargo', args, {
      cwd: cargos,
      env: { ...process.env, CARGO_TARGET_DIR: join(cargos, 'target') },
    })

  test.each(programs)('$program of $name prints what cargo has it print', async ({ name, program }) => {
    const expected = await run(join(reference, program), [])
    expect(expected.status).toBe(0)
    expect(expected.stdout).not.toBe('')
    const actual = await run(`${outputs.get(name)}/bin/${program}`, [])
    expect(actual.stdout.split('\n')).toEqual(expected.stdout.split('\n'))
  })

  test('arguments for a cdylib reach its linker', async () => {
    const sonameOf = async (file: string): Promise<string | undefined> =>
      /soname: \[(.*)\]/.exec((await runOrFail('readelf', ['--dynamic', file])).stdout)?.[1]
    expect(await sonameOf(join(reference, 'libshared_object.so'))).toBe('libshared_object.so.7')
    const installed = `${outputs.get('shared-object')}/lib/libshared_object.so`
    expect(await sonameOf(installed)).toBe('libshared_object.so.7')
  })

  test('tests, examples and benchmarks have their own link arguments, cfgs and variables', async () => {
    await cargo(['test', '--release', '--locked', '--package=link-arguments', '--package=cfg-and-env'])
    const built = await nixBuild(set, generated(workspace, set), [
      'tests.link-arguments',
      'tests.cfg-and-env',
    ])
    expect(built).toHaveLength(2)
  })

  test('a test finds the workspace by a variable of [env]', async () => {
    expect(await nixBuild(set, generated(workspace, set), ['tests.workspace-paths'])).toHaveLength(1)
  })

  test('nothing is left in a home directory that does not exist', () => {
    expect(existsSync('/homeless-shelter')).toBe(false)
  })

  test('warnings of build scripts are shown', async () => {
    const expression = `derivation (${generated(workspace, set)}.crates."warns-1.2.3-rc.4".buildScriptRun.drvAttrs // { again = "${Date.now()}"; })`
    const { stderr } = await runOrFail('nix-build', ['--no-out-link', '--expr', expression], { env: set.env })
    expect(stderr).toContain('warns v1.2.3-rc.4: the first of two warnings')
    expect(stderr).toContain('warns v1.2.3-rc.4: the second of two warnings')
  })

  test.each([
    [
      'panics',
      ['a line on standard output', 'a line on standard error', 'the script gave up', 'panics v1.0.0'],
    ],
    ['says-error', ['says-error v1.0.0: the first error', 'says-error v1.0.0: the second error']],
  ])('a failing script shows its output: %s', async (name, texts) => {
    const refused = nixBuild(set, generated(workspace, set), [`packages.${name}`])
    const { message } = await refused.then(
      () => new Error('it was built'),
      (error: Error) => error,
    )
    for (const text of texts) expect(message).toContain(text)
  })
})
