/**
 * A member's source has everything that its units read, wherever it is (fixtures/member-sources), and nothing else: editing
 * a file only changes the derivations of the units that read it.
 */
import { appendFile, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { cargoBuild, removeFolders } from './checkout.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'member-sources')
const missing = await nixIsMissing()

describe.skipIf(missing)(`sources of members${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string

  /** A copy whose symbolic links are as in the fixture. */
  const copy = async (name: string): Promise<string> => {
    const folder = join(await mkdtemp(join(tmpdir(), 'cargo2nix-ts-')), name)
    folders.push(folder)
    await runOrFail('cp', ['-R', fixture, folder])
    return folder
  }

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await copy('sources')
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => removeFolders(folders))

  test('programs find what they found with cargo', async () => {
    const [output] = await nixBuild(set, generated(workspace, set), ['packages.reader'])
    const reference = await cargoBuild(await copy('reference'), 'member-sources', [])
    for (const program of ['reader', 'second']) {
      const expected = await run(join(reference, program), [])
      expect(expected.stdout).toContain('The banner')
      expect(await run(`${output}/bin/${program}`, [])).toEqual(expected)
    }
  })

  test('tests read files outside of the package and write into it', async () => {
    await nixBuild(set, generated(workspace, set), ['tests.reader'])
  })

  test('programs refer to nothing in the store but what they are linked with', async () => {
    const [output] = await nixBuild(set, generated(workspace, set), ['packages.reader'])
    const { stdout } = await runOrFail('nix-store', ['--query', '--references', output ?? ''], {
      env: set.env,
    })
    expect(stdout).toBe('')
  })

  test('the place of the checkout does not count', async () => {
    const elsewhere = await copy("another place's name")
    await cargo2nixOrFail(['generate'], { cwd: elsewhere })
    expect(await derivations(elsewhere)).toEqual(await derivations(workspace))
  })

  const everyUnit = ['library', 'reader', 'second', 'tests']
  test.each([
    ['members/reader/notes.md', ['tests']],
    ['members/reader/tests/finds_files.rs', ['tests']],
    ['members/reader/tests/ignored.log', []],
    ['members/reader/src/main.rs', ['reader', 'tests']],
    ['members/reader/README.md', everyUnit],
    ['members/reader/src/parts/parts.txt', everyUnit],
    ['shared/banner.txt', everyUnit],
    ['shared/more/deeper.rs', everyUnit],
    ['shared/linked.rs', everyUnit],
    ['shared/pieces/two.txt', everyUnit],
    ['members/maker/build.rs', everyUnit],
    ['README.md', []],
    ['shared/unread.txt', []],
    ['Cargo.toml', []],
  ])('an edit in %s changes only its readers', async (file, changed) => {
    const before = await derivations(workspace)
    const edited = await copy('edited')
    await cargo2nixOrFail(['generate'], { cwd: edited })
    await appendFile(join(edited, file), '\n')
    const after = await derivations(edited)
    expect(Object.keys(after).filter((unit) => after[unit] !== before[unit])).toEqual(changed)
  })

  test('a new file needs no new `generate`', async () => {
    const grown = await copy('grown')
    await cargo2nixOrFail(['generate'], { cwd: grown })
    await appendFile(
      join(grown, 'members/reader/src/extra.rs'),
      'pub const FAR: &str = include_str!("../../../shared/far.txt");\n',
    )
    await appendFile(join(grown, 'members/reader/src/extra.rs'), 'const _: () = assert!(FAR.len() == 4);\n')
    await writeFile(join(grown, 'shared/far.txt'), 'far\n')
    await nixBuild(set, generated(grown, set), ['packages.reader'])
  })

  /** Paths of the derivations of the member's units. */
  async function derivations(folder: string): Promise<Record<string, unknown>> {
    const units = `let crate = ${generated(folder, set)}.crates."reader-0.1.0"; tests = ${generated(folder, set)}.tests.reader; in {
      library = crate.lib.drvPath; reader = crate.bins.reader.drvPath; second = crate.bins.second.drvPath; tests = tests.drvPath;
    }`
    return (await nixEval(set, units)) as Record<string, unknown>
  }
})
