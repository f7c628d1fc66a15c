/** A workspace whose members use each other in every way: Nix's build behaves like cargo's. */
import { execFileSync } from 'node:child_process'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { cargoBuild, checkout, generatedCheckout, emptyFolder, removeFolders } from './checkout.ts'
import { generated, mainPackageSet, nixBuild, nixEval, nixIsMissing } from './package-set.ts'
import type { PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'ten-members')

interface CargoPackage {
  readonly name: string
  readonly targets: readonly {
    readonly name: string
    readonly kind: readonly string[]
    readonly 'required-features'?: readonly string[]
  }[]
}

/** The members, as cargo sees them. */
const packages = (
  JSON.parse(
    execFileSync('cargo', ['metadata', '--no-deps', '--format-version=1', '--locked'], {
      cwd: fixture,
      encoding: 'utf8',
    }),
  ) as { packages: readonly CargoPackage[] }
).packages

const programs = packages.flatMap(({ name, targets }) =>
  targets
    .filter(({ kind, ...target }) => kind.includes('bin') && target['required-features'] === undefined)
    .map((target) => ({ member: name, program: target.name })),
)

const missing = await nixIsMissing()

describe.skipIf(missing)(
  `a workspace of ten members${missing ? ' (no nix-build on this machine)' : ''}`,
  () => {
    const folders: string[] = []
    const outputs = new Map<string, string>()
    let set: PackageSet
    let workspace: string
    /** Where cargo leaves its programs. */
    let reference: string

    const build = async (attributes: readonly string[]): Promise<string[]> =>
      nixBuild(set, generated(workspace, set), attributes)

    beforeAll(async () => {
      set = await mainPackageSet()
      workspace = await generatedCheckout(fixture, 'almanac')
      folders.push(workspace)
      reference = await cargoBuild(workspace, 'ten-members', ['--workspace'])
      const names = packages.map(({ name }) => name)
      const paths = await build(names.map((name) => `packages.${name}`))
      for (const [index, name] of names.entries()) outputs.set(name, paths[index] ?? '')
    })
    afterAll(() => removeFolders(folders))

    test('every member is a package, and nothing else', async () => {
      const names = await nixEval(set, `builtins.attrNames ${generated(workspace, set)}.packages`)
      expect(names).toEqual(packages.map(({ name }) => name).sort())
      expect(packages.length).toBe(11)
    })

    test.each(programs)('$program of $member prints what cargo has it print', async ({ member, program }) => {
      const args = ['one', 'two words', "it's"]
      const expected = await run(join(reference, program), args)
      expect(expected.status).toBe(0)
      expect(expected.stdout).not.toBe('')
      expect(await run(`${outputs.get(member)}/bin/${program}`, args)).toEqual(expected)
    })

    test('a binary whose required features are off does not exist', async () => {
      const { stdout } = await runOrFail('ls', [`${outputs.get('almanac')}/bin`])
      expect(stdout.trim().split('\n')).toEqual(['almanac'])
    })

    test('a named build has the packages, features and programs that cargo has for the same flags', async () => {
      const named = await checkout(fixture, 'named')
      folders.push(named)
      await appendFile(
        join(named, 'Cargo.toml'),
        `
[workspace.metadata.cargo2nix.builds.alone]
packages = ["almanac"]
features = ["strict"]
no-default-features = true
`,
      )
      await cargo2nixOrFail(['generate'], { cwd: named })
      const [output] = await nixBuild(set, generated(named, set), ['builds.alone.packages.almanac'])
      const flags = ['--package=almanac', '--features=strict', '--no-default-features']
      const alone = await cargoBuild(named, 'ten-members-alone', flags)
      for (const program of ['almanac', 'almanac-strict']) {
        const expected = await run(join(alone, program), [])
        expect(await run(`${output}/bin/${program}`, [])).toEqual(expected)
      }
      const everything = await run(join(reference, 'almanac'), [])
      expect(await run(`${output}/bin/almanac`, [])).not.toEqual(everything)
    })

    test('C programs link with the shared and the static library', async () => {
      const folder = await emptyFolder()
      folders.push(folder)
      const libraries = `${outputs.get('almanac-ffi')}/lib`
      await writeFile(
        join(folder, 'main.c'),
        `#include <stdio.h>
int almanac_is_leap(unsigned), almanac_height(int);
int main(void) { printf("%d %d %d\\n", almanac_is_leap(1900), almanac_is_leap(2000), almanac_height(5)); }
`,
      )
      const shared = [`-L${libraries}`, `-Wl,-rpath,${libraries}`, '-lalmanac_c']
      const fixed = [`${libraries}/libalmanac_c.a`, '-lpthread', '-ldl', '-lm']
      for (const [name, flags] of Object.entries({ shared, fixed })) {
        await runOrFail('cc', ['main.c', '-o', name, ...flags], { cwd: folder })
        expect((await run(join(folder, name), [])).stdout).toBe('0 1 185\n')
      }
    })

    test('the tests of all members pass', async () => {
      const paths = await build(packages.map(({ name }) => `tests.${name}`))
      expect(paths.length).toBe(packages.length)
    })

    test('a test that fails fails the build', async () => {
      const broken = await checkout(fixture, 'broken')
      folders.push(broken)
      await writeFile(
        join(broken, 'members', 'cli', 'tests', 'smoke.rs'),
        'fn main() { panic!("smoke: on fire") }\n',
      )
      await cargo2nixOrFail(['generate'], { cwd: broken })
      await expect(nixBuild(set, generated(broken, set), ['tests.almanac-cli'])).rejects.toThrow(
        'smoke: on fire',
      )
    })

    test('a change in one member leaves the store paths of those that do not use it as they are', async () => {
      const changed = await checkout(workspace, 'changed')
      folders.push(changed)
      await appendFile(join(changed, 'members', 'format', 'src', 'lib.rs'), '// A comment.\n')
      await cargo2nixOrFail(['generate'], { cwd: changed })
      const paths = async (folder: string): Promise<Record<string, string>> =>
        (await nixEval(
          set,
          `builtins.mapAttrs (_: p: p.outPath) ${generated(folder, set)}.packages`,
        )) as Record<string, string>
      const before = await paths(workspace)
      const after = await paths(changed)
      const moved = Object.keys(before).filter((name) => before[name] !== after[name])
      expect(moved.sort()).toEqual(['almanac', 'almanac-cli', 'almanac-format', 'almanac-store'])
    })

    test('the directory name of a checkout does not count', async () => {
      const other = await generatedCheckout(fixture, 'another name')
      folders.push(other)
      const moved = await checkout(other, 'and-again')
      folders.push(moved)
      await runOrFail('cp', ['-R', join(other, 'nix'), join(moved, 'nix')])
      const path = async (folder: string): Promise<unknown> =>
        nixEval(set, `${generated(folder, set)}.packages.almanac-cli.outPath`)
      expect(await path(moved)).toBe(await path(other))
    })
  },
)
