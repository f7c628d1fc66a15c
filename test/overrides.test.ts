/** `overrides`: which crates involve native code, and what covers them; its tables match nixpkgs and our runtime. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_CRATE_OVERRIDES } from '../src/nix/native/default-crate-overrides.ts'
import { NATIVE_TOOL_CRATES } from '../src/nix/native/native-tool-crates.ts'
import { mainPackageSet, nixEval, nixIsMissing } from './builds/package-set.ts'
import { folderWith } from './folder.ts'
import { cargo2nixOrFail, runOrFail } from './program.ts'

const member = (name: string, more: string): string =>
  `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n${more}`
const path = (name: string): string => `${name} = { path = "../${name}" }\n`

const TOOLS = ['cc', 'pkg-config']
const FILES = {
  'Cargo.toml':
    '[workspace]\nmembers = ["main"]\nexclude = ["extra", "words-sys"]\nresolver = "2"\n' +
    '[workspace.metadata.cargo2nix.builds.more]\nfeatures = ["main/extra"]\n',
  ...Object.fromEntries(
    [...TOOLS, 'lua-src', 'plain'].flatMap((name) => [
      [`${name}/Cargo.toml`, member(name, '')],
      [`${name}/src/lib.rs`, ''],
    ]),
  ),
  ...crate('brings-sys', 'links = "brings"\n[build-dependencies]\n' + path('cc') + path('pkg-config')),
  'brings-sys/vendor/deep/one.c': '',
  ...crate('looks', 'links = "looks"\n[build-dependencies]\n' + path('pkg-config')),
  'looks/tests/only-a-test.c': '',
  ...crate('opens-sys', '[features]\ndlopen = []\n[build-dependencies]\n' + path('pkg-config')),
  ...crate('lua', '[build-dependencies]\n' + path('lua-src') + path('cc')),
  ...crate('speaks', '[build-dependencies]\n' + path('bindgen')),
  ...crate('openssl-sys', 'links = "openssl"\n[build-dependencies]\n' + path('pkg-config')),
  ...crate('bindgen', '[dependencies]\n' + path('clang-sys')),
  ...crate('clang-sys', 'links = "clang"\n'),
  'finds/Cargo.toml': member('finds', '[dependencies]\n' + path('pkg-config')),
  'finds/src/lib.rs': '',
  'resources/Cargo.toml': member('resources', '[dependencies]\n' + path('cc')),
  'resources/src/lib.rs': '',
  ...crate('through-another', 'links = "through"\n[build-dependencies]\n' + path('finds')),
  ...crate('with-resources', 'links = "with"\n[build-dependencies]\n' + path('resources')),
  ...crate('unique', 'links = "unique"\n[build-dependencies]\n' + path('plain')),
  ...crate('extra', '[build-dependencies]\n' + path('pkg-config')),
  'words-sys/Cargo.toml': member('words-sys', ''),
  'words-sys/src/lib.rs': '',
  'main/Cargo.toml': member(
    'main',
    '[dependencies]\n' +
      ['brings-sys', 'looks', 'lua', 'speaks', 'openssl-sys', 'unique', 'through-another', 'with-resources']
        .map(path)
        .join('') +
      'opens-sys = { path = "../opens-sys", features = ["dlopen"] }\n' +
      "[target.'cfg(windows)'.dependencies]\n" +
      path('words-sys') +
      '[dependencies.extra]\npath = "../extra"\noptional = true\n',
  ),
  'main/src/main.rs': 'fn main() {}\n',
}

function crate(name: string, manifest: string): Record<string, string> {
  return {
    [`${name}/Cargo.toml`]: member(name, manifest),
    [`${name}/src/lib.rs`]: '',
    [`${name}/build.rs`]: 'fn main() {}\n',
  }
}

describe('overrides', () => {
  let cwd: string
  const target = ['--host=x86_64-unknown-linux-gnu', '--target=x86_64-pc-windows-gnu']

  beforeAll(async () => {
    cwd = folderWith(FILES)
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd })
  })
  afterAll(() => rmSync(cwd, { recursive: true, force: true }))

  test('overrides prints what covers each crate', async () => {
    const { stdout, stderr } = await cargo2nixOrFail(['overrides', '--json', ...target], { cwd })
    const rows = JSON.parse(stdout) as readonly {
      name: string
      coveredBy: string
      shell: string[]
      targets: string[]
    }[]
    const shellOf = (wanted: string) => rows.find(({ name }) => name === wanted)?.shell
    expect(shellOf('looks')).toEqual(['pkg-config'])
    expect(shellOf('clang-sys')).toEqual(['bindgenHook'])
    expect(shellOf('openssl-sys')).toContain('defaultCrateOverrides.openssl-sys')
    expect(shellOf('words-sys')).toEqual([])
    expect(Object.fromEntries(rows.map(({ name, coveredBy }) => [name, coveredBy]))).toEqual({
      'brings-sys': 'own sources',
      'clang-sys': 'tools',
      extra: 'nothing',
      looks: 'nothing',
      lua: 'own sources',
      'opens-sys': 'nothing native',
      'openssl-sys': 'nixpkgs',
      speaks: 'tools',
      'through-another': 'nothing',
      unique: 'nothing native',
      'with-resources': 'nothing native',
      'words-sys': 'declarations',
    })
    expect(rows.find(({ name }) => name === 'words-sys')?.targets).toEqual(['x86_64-pc-windows-gnu'])
    expect(stderr).toContain('note: extra, looks, through-another: looks for a library')
    expect(existsSync(join(cwd, 'nix'))).toBe(false)
  })

  test('overrides prints a table', async () => {
    const { stdout } = await cargo2nixOrFail(['overrides', ...target], { cwd })
    expect(stdout).toMatch(/^crate +links +build script uses +covered by +in the shell +targets\n/)
    expect(stdout).toMatch(/^looks-1\.0\.0 +looks +pkg-config +NOTHING +pkg-config +all$/m)
    expect(stdout).toMatch(/^words-sys-1\.0\.0 +- +- +declarations +- +x86_64-pc-windows-gnu$/m)
  })
})

const missing = await nixIsMissing()

describe.skipIf(missing)(`tables${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  test("the crates known are those of the runtime's table, with the same programs", async () => {
    const file = join(import.meta.dirname, '..', 'templates', 'scripts', 'native-tools.nix')
    // Each attribute is its own name.
    const names = [...NATIVE_TOOL_CRATES.values()].flatMap(({ programs }) => programs)
    const set = names.map((name) => `${name} = "${name}";`)
    const packages = `{ ${[...new Set(set)].join(' ')} rustPlatform.bindgenHook = "bindgenHook"; }`
    const expression = `builtins.mapAttrs (_: programs: programs ${packages}) (import ${file})`
    const { stdout } = await runOrFail('nix-instantiate', [
      '--eval',
      '--strict',
      '--json',
      '--expr',
      expression,
    ])
    const known = [...NATIVE_TOOL_CRATES].map(([name, { programs }]) => [name, programs] as const)
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(known))
  })

  test('the runtime gives a script the tools of all crates that it is made with, and of its own package', async () => {
    const file = join(import.meta.dirname, '..', 'templates', 'scripts', 'script-tools.nix')
    const expression = `
      let
        crate = pname: deps: { inherit pname deps; };
        tools = import ${file} {
          facts = {
            finds = crate "finds" [ "pkg-config" ];
            pkg-config = crate "pkg-config" [ ];
            plain = crate "plain" [ ];
          };
        };
        of = pname: buildDeps: tools.ofPackage { inherit pname buildDeps; };
      in
      [ (of "through-another" [ "plain" "finds" ]) (of "clang-sys" [ ]) (of "unique" [ "plain" ]) ]`
    const { stdout } = await runOrFail('nix-instantiate', [
      '--eval',
      '--strict',
      '--json',
      '--expr',
      expression,
    ])
    expect(JSON.parse(stdout)).toEqual([{ 'pkg-config': true }, { 'clang-sys': true }, null])
  })

  test("nixpkgs' defaultCrateOverrides names them all", async ({ skip }) => {
    const set = await mainPackageSet()
    const expression = `builtins.attrNames ((${set.expression}).defaultCrateOverrides or { })`
    const attributes = (await nixEval(set, expression)) as readonly string[]
    // What callPackage adds.
    const names = attributes.filter((name) => !/^override(?:Derivation)?$/.test(name))
    skip(names.length === 0, 'no nixpkgs on this machine')
    expect([...DEFAULT_CRATE_OVERRIDES].filter((name) => !names.includes(name))).toEqual([])
    // A newer nixpkgs may name more.
    if (set.name.includes('beside the project')) {
      expect([...DEFAULT_CRATE_OVERRIDES].toSorted()).toEqual(names.toSorted())
    }
  })
})
