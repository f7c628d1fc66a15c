/**
 * What members read, wherever it is (fixtures/what-members-read): it is there when Nix builds, an edit changes only the
 * units that may read it, and a missing file fails with a message that says how to name it.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, run } from '../program.ts'
import { cargoBuild, removeFolders } from './checkout.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'what-members-read')
const missing = await nixIsMissing()

describe.skipIf(missing)(`what members read${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string

  /** A workspace and its neighbour in a new directory, with a file that git ignores. */
  const copy = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'cargo2nix-ts-'))
    folders.push(folder)
    execFileSync('cp', ['-R', `${fixture}/.`, folder])
    mkdirSync(join(folder, 'workspace/members/included/assets'))
    writeFileSync(join(folder, 'workspace/members/included/assets/made.txt'), 'Made by a tool\n')
    writeFileSync(join(folder, 'workspace/members/named/notes.local'), 'ignored\n')
    return join(folder, 'workspace')
  }
  const generatedCopy = async (): Promise<string> => {
    const folder = await copy()
    cpSync(join(workspace, 'nix'), join(folder, 'nix'), { recursive: true })
    return folder
  }

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await copy()
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => removeFolders(folders))

  test('the binary prints what it prints with cargo', async () => {
    const [output] = await nixBuild(set, generated(workspace, set), ['packages.report'])
    const reference = await cargoBuild(await copy(), 'what-members-read', [])
    const expected = await run(join(reference, 'report'), [])
    expect(expected.stdout.split('\n')).toHaveLength(8)
    expect(await run(`${output}/bin/report`, [])).toEqual(expected)
  })

  /** The libraries of which a file is part; all else that depends on them changes with them. */
  const cases: readonly (readonly [file: string, libraries: readonly string[]])[] = [
    ['members/root-modules/lib.rs', ['root-modules']],
    ['members/root-modules/replication/mod.rs', ['root-modules']],
    ['members/root-modules/crdt/deep/mod.rs', ['root-modules']],
    ['members/root-modules/README.md', []],
    ['members/named/README.md', ['named']],
    ['members/named/notes.local', []],
    ['shared/module.rs', ['named', 'linked']],
    ['shared/expression.in', ['named']],
    ['shared/text.txt', ['named', 'linked']],
    ['shared/unread.txt', []],
    ['banner.txt', ['named']],
    ['members/by-script/build.rs', ['by-script']],
    ['members/by-script/proto/service.proto', ['by-script']],
    ['members/by-script/sql/schema.sql', ['by-script']],
    ['members/by-script/templates/page.html', ['by-script']],
    ['members/by-script/.sqlx/query.json', ['by-script']],
    ['members/outer/src/lib.rs', ['outer']],
    ['members/outer/inner/src/lib.rs', ['inner', 'outer']],
    ['members/included/assets/made.txt', ['included']],
    ['data/one.txt', ['included']],
    ['data/other.bin', []],
    ['../neighbour/src/lib.rs', ['neighbour']],
    ['../neighbour/note.txt', ['neighbour']],
    ['.gitignore', []],
    ['Cargo.toml', []],
  ]
  test.each(cases)('an edit in %s changes only its readers', async (file, libraries) => {
    const before = await derivations(workspace)
    const edited = await generatedCopy()
    expect(await derivations(edited)).toEqual(before)
    appendFileSync(join(edited, file), '\n')
    const after = await derivations(edited)
    const changed = Object.keys(after).filter((unit) => after[unit] !== before[unit])
    expect(changed.toSorted()).toEqual(libraries.toSorted())
    expect(await cargo2nix(['check'], { cwd: edited })).toMatchObject({ status: 0 })
  })

  test('added, removed or renamed files need no new `generate`', async () => {
    const changed = await generatedCopy()
    const at = (path: string): string => join(changed, path)
    renameSync(at('members/root-modules/crdt/deep'), at('members/root-modules/crdt/deeper'))
    writeFileSync(
      at('members/root-modules/crdt/mod.rs'),
      '#[path = "deeper/mod.rs"]\npub mod deep;\npub mod more;\n',
    )
    writeFileSync(
      at('members/root-modules/crdt/more.rs'),
      'pub const MORE: &str = include_str!("../../../data/three.txt");\n',
    )
    writeFileSync(at('data/three.txt'), 'Data three\n')
    rmSync(at('shared/unread.txt'))
    expect(await cargo2nix(['check'], { cwd: changed })).toMatchObject({ status: 0 })
    const [output] = await nixBuild(set, generated(changed, set), ['packages.report'])
    expect((await run(`${output}/bin/report`, [])).stdout).toContain('replication crdt')
  })

  /** What a build that fails says. */
  const failure = async (folder: string, attribute: string): Promise<string> => {
    const result = await run(
      'nix-build',
      ['--no-out-link', '--expr', generated(folder, set), '--attr', attribute],
      {
        env: set.env,
      },
    )
    expect(result.status).not.toBe(0)
    return result.stderr
  }

  test('a file that is not named fails with the setting that names it', async () => {
    const folder = await copy()
    const manifest = join(folder, 'members/included/Cargo.toml')
    writeFileSync(manifest, '[package]\nname = "included"\nversion = "0.1.0"\nedition = "2021"\n')
    await cargo2nixOrFail(['generate'], { cwd: folder })
    const said = await failure(folder, 'crates."included-0.1.0".lib')
    expect(said).toMatch(/data\/one\.txt/)
    expect(said).toContain('[package.metadata.cargo2nix]')
    expect(said).toMatch(/`included`/)
  })

  test('a build script that misses a file prints the same, another error does not', async () => {
    const folder = await generatedCopy()
    rmSync(join(folder, 'members/by-script/sql/schema.sql'))
    expect(await failure(folder, 'crates."by-script-0.1.0".lib')).toContain('[package.metadata.cargo2nix]')
    writeFileSync(join(folder, 'members/root-modules/lib.rs'), 'pub fn text() -> &str { 1 }\n')
    const said = await failure(folder, 'crates."root-modules-0.1.0".lib')
    expect(said).toMatch(/E0106/)
    expect(said).not.toContain('[package.metadata.cargo2nix]')
  })

  test('a pattern that matches no file is an error that names it', async () => {
    const folder = await generatedCopy()
    rmSync(join(folder, 'members/included/assets'), { recursive: true })
    const said = await failure(folder, 'packages.report')
    expect(said).toMatch(/'assets', which `include` in \[package\.metadata\.cargo2nix\] of 'included' names/)
  })

  test.each([
    [
      'include = ["/etc/passwd"]',
      /package\.metadata\.cargo2nix\.include: "\/etc\/passwd" is not a relative path/,
    ],
    ['include = "data"', /package\.metadata\.cargo2nix\.include/],
    ['includes = []', /unknown key includes/],
  ])('%s is refused', async (line, message) => {
    const folder = await generatedCopy()
    appendFileSync(join(folder, 'members/named/Cargo.toml'), `[package.metadata.cargo2nix]\n${line}\n`)
    const result = await cargo2nix(['generate'], { cwd: folder })
    expect(result.status).toBe(2)
    expect(result.stderr).toMatch(message)
    expect(result.stderr).toContain('members/named/Cargo.toml')
  })

  /** Of all libraries but those that depend on others, by package. */
  async function derivations(folder: string): Promise<Record<string, unknown>> {
    const names = ['root-modules', 'named', 'by-script', 'linked', 'inner', 'outer', 'included', 'neighbour']
    const units = names.map((name) => `"${name}" = crates."${name}-0.1.0".lib.drvPath;`).join(' ')
    return (await nixEval(set, `let inherit (${generated(folder, set)}) crates; in { ${units} }`)) as Record<
      string,
      unknown
    >
  }
})
