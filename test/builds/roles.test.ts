/**
 * What cargo compiles, runs, checks and documents besides libraries and binaries: fixtures/roles has a package for each
 * rule. Cargo is given the same requests.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail, type Finished } from '../program.ts'
import { checkout, generatedCheckout, removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'roles')
const missing = await nixIsMissing()

/** Members whose tests pass. */
const TESTED = [
  'c-only',
  'doctests',
  'helper',
  'kinds',
  'linted',
  'macro-of-native-code',
  'native-code',
  'no-doctests',
  'places',
  'script-of-native-code',
]

const ENVIRONMENT = `
[env]
TEXT = "plain"
FILE = { value = "shared.txt", relative = true }
ROOT = { value = "", relative = true }
FOLDER = { value = "deep/", relative = true }
MADE = { value = "made/here", relative = true }
OUTSIDE = { value = "../elsewhere", relative = true }
`

const ENVIRONMENT_TEST = `
use std::{env, fs, path::Path};

#[test]
fn paths_lead_somewhere() {
    assert_eq!(env!("TEXT"), "plain");
    for file in [env!("FILE").to_string(), env::var("FILE").unwrap()] {
        assert_eq!(fs::read_to_string(file).unwrap(), "shared text\\n");
    }
    assert!(Path::new(concat!(env!("FOLDER"), "places/Cargo.toml")).exists());
    let root = env::var("ROOT").unwrap();
    assert!(root.ends_with('/') && env!("ROOT").ends_with('/'));
    assert!(Path::new(&root).join("deep/places/Cargo.toml").exists());
    let made = env::var("MADE").unwrap();
    assert_eq!(Path::new(&made), Path::new(&root).join("made/here"));
    fs::create_dir_all(made).unwrap();
}
`

describe.skipIf(missing)(`roles of units${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string

  const build = async (attributes: readonly string[], more = ''): Promise<string[]> =>
    nixBuild(set, generated(workspace, set, more), attributes)
  const refusal = async (attributes: readonly string[], more = ''): Promise<string> =>
    build(attributes, more).then(
      () => 'it was built',
      (error: Error) => error.message,
    )
  const cargo = (args: readonly string[]): Promise<Finished> =>
    run('cargo', [...args, '--locked'], {
      cwd: workspace,
      env: { ...process.env, CARGO_TARGET_DIR: join(workspace, 'target') },
    })

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await generatedCheckout(fixture, 'roles')
    folders.push(workspace)
  })
  afterAll(() => removeFolders(folders))

  test('tests and documentation tests pass where they do with cargo', async () => {
    const excluded = ['broken-doctest', 'broken-lint'].flatMap((name) => ['--exclude', name])
    const { status, stderr } = await cargo(['test', '--release', '--workspace', ...excluded])
    expect(stderr).toContain('Doc-tests')
    expect(status).toBe(0)
    expect(await build(TESTED.map((name) => `tests.${name}`))).toHaveLength(TESTED.length)
  })

  test('examples are of the crate types that their manifest says', async () => {
    const outputs = await build(['tests.kinds.passthru.examples'])
    const files = (await Promise.all(outputs.map(filesOf))).flat()
    expect(files.map((file) => file.replace(/-[0-9a-f]{16}/, '')).sort()).toEqual([
      'libarchive.a',
      'libarchive.rlib',
      'libdynamic.so',
      'libmacro.so',
      'libshared_object.so',
      'plain',
    ])
  })

  test('a failing documentation test shows its output', async () => {
    const said = await refusal(['tests.broken-doctest'])
    expect(said).toContain('one is not two')
    expect(said).toContain('broken/doctest/src/lib.rs - one (line 1)')
    expect(said).toContain('documentation tests of broken-doctest v0.1.0 failed')
  })

  test('code sees the paths that it sees with cargo', async () => {
    await runOrFail('cargo', ['build', '--release', '--locked', '--package=places'], {
      cwd: workspace,
      env: { ...process.env, CARGO_TARGET_DIR: join(workspace, 'target') },
    })
    const expected = await run(join(workspace, 'target', 'release', 'places'), [])
    expect(expected.stdout).toContain('deep/places/src/inner.rs:4:5')
    const [output] = await build(['packages.places'])
    expect((await run(`${output}/bin/places`, [])).stdout).toBe(expected.stdout)
  })

  test('clippy prints what it prints with cargo', async () => {
    const { stderr } = await cargo(['clippy', '--release', '--package=linted'])
    const expected = warningsOf(stderr)
    expect(expected.length).toBe(3)
    const said = await logOf(['clippy.linted'])
    expect(warningsOf(said)).toEqual(expected)
    expect(await refusal(['clippy.linted'], 'clippyArgs = [ "-D" "warnings" ];')).toContain(
      '-D clippy::needless-return',
    )
  })

  test('clippy of all targets prints what it prints with cargo, and compiles no library that tests do not', async () => {
    const { stderr } = await cargo(['clippy', '--release', '--package=linted', '--all-targets'])
    const expected = warningsOf(stderr)
    expect(expected.length).toBe(9)
    const more = 'clippyAllTargets = true;'
    expect(warningsOf(await logOf(['clippy.linted'], more))).toEqual(expected)
    const libraries = await librariesBelow('tests.linted')
    expect(libraries.length).toBe(3)
    expect(await librariesBelow('clippy.linted', more)).toEqual(libraries)
  })

  test('a lint that only a test violates is an error if all targets are checked', async () => {
    expect(await build(['clippy.broken-lint-of-test'])).toHaveLength(1)
    const said = await refusal(['clippy.broken-lint-of-test'], 'clippyAllTargets = true;')
    expect(said).toContain('error: unneeded `return` statement')
    expect(said).toContain('broken/lint-of-test/tests/one.rs:2:5')
  })

  test('a lint that a manifest denies is an error', async () => {
    expect(await refusal(['clippy.broken-lint'])).toContain('error: unneeded `return` statement')
    expect(await refusal(['doc.broken-lint'])).toContain('there_is_no_such_item')
  })

  test("documentation pages are cargo's", async () => {
    const names = ['linted', 'doctests', 'macro-of-native-code', 'documented', 'undocumented']
    const outputs = await build(names.map((name) => `doc.${name}`))
    for (const [index, name] of names.entries()) {
      const folder = join(workspace, 'target', 'doc')
      await runOrFail('rm', ['-rf', folder])
      await mkdir(folder, { recursive: true })
      const { status } = await cargo(['doc', '--no-deps', `--package=${name}`])
      expect(status).toBe(0)
      const pages = await pagesOf(folder)
      expect(pages.length > 3).toBe(name !== 'undocumented')
      expect(await pagesOf(outputs[index] ?? '')).toEqual(pages)
    }
    expect(await pagesOf(outputs[0] ?? '')).toContain('linted_tool/fn.private.html')
    expect(await readFile(`${outputs[0]}/linted/fn.told.html`, 'utf8')).not.toContain('/nix/store')
  })

  test('paths in `[env]` lead into the workspace', async () => {
    const other = await checkout(fixture, 'environment')
    folders.push(other)
    await mkdir(join(other, '.cargo'))
    await writeFile(join(other, '.cargo', 'config.toml'), ENVIRONMENT)
    await writeFile(join(other, 'deep', 'places', 'tests', 'environment.rs'), ENVIRONMENT_TEST)
    const { stderr } = await cargo2nixOrFail(['generate'], { cwd: other })
    expect(stderr).toContain('`env.OUTSIDE` of .cargo/config.toml is left out')
    expect(await nixBuild(set, generated(other, set), ['tests.places'])).toHaveLength(1)
    const target = join(workspace, 'target')
    await runOrFail('cargo', ['test', '--release', '--locked', '--package=places'], {
      cwd: other,
      env: { ...process.env, CARGO_TARGET_DIR: target },
    })
  })

  /** What is said while something is built anew. */
  async function logOf(attributes: readonly string[], more = ''): Promise<string> {
    const again = `extraRustcFlags = [ "--cfg=again${Date.now()}" ]; ${more}`
    const args = ['--no-out-link', '--expr', generated(workspace, set, again)]
    const { stderr } = await runOrFail(
      'nix-build',
      [...args, ...attributes.flatMap((each) => ['--attr', each])],
      { env: set.env },
    )
    return stderr
  }

  /** Derivations of libraries that are compiled for an attribute, sorted. */
  async function librariesBelow(attribute: string, more = ''): Promise<readonly string[]> {
    const args = ['--expr', generated(workspace, set, more), '--attr', attribute]
    const instantiated = await runOrFail('nix-instantiate', args, { env: set.env })
    const query = ['--query', '--requisites', instantiated.stdout.trim()]
    const { stdout } = await runOrFail('nix-store', query, { env: set.env })
    return stdout
      .split('\n')
      .filter((path) => /-(?:opt-)?lib-[^/]*\.drv$/.test(path))
      .toSorted()
  }
})

async function filesOf(output: string): Promise<readonly string[]> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

const COLOUR = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, 'g')

/** Each warning with its place, sorted. */
function warningsOf(text: string): readonly string[] {
  const plain = text.replaceAll(COLOUR, '')
  const found = plain.matchAll(/^warning: ([^\n]+)\n +--> ([^\n]+)$/gm)
  return [...new Set([...found].map(([, warning, place]) => `${place} ${warning}`))].toSorted()
}

async function pagesOf(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true })
  return files.filter((file) => file.endsWith('.html')).toSorted()
}
