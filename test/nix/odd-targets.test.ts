/** Unusual targets: each one generates, and evaluates as far as nixpkgs supports it; the others fail with a reason. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mainPackageSet, nixEval, nixIsMissing, TREE, type PackageSet } from '../builds/package-set.ts'
import { folderWith } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail, run } from '../program.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'cross')
const set: PackageSet | undefined = (await nixIsMissing()) ? undefined : await mainPackageSet()
const missing =
  set?.name === 'nixpkgs beside the project' ? undefined : 'there is no nixpkgs beside the project'

const SET = 'import <nixpkgs> { }'
const WITH_LLVM = `(let set = ${SET}; in set // {
  pkgsCross = set.pkgsCross // {
    mingw-ucrt-x86_64-llvm = import <nixpkgs> {
      crossSystem = { config = "x86_64-w64-mingw32"; libc = "ucrt"; rust.rustcTarget = "x86_64-pc-windows-gnullvm"; };
    };
  };
})`
/** Target -> over which sets it evaluates, and what the derivation is named after. */
const TARGETS: readonly { readonly target: string; readonly pkgs: string; readonly named: RegExp }[] = [
  { target: 'wasm32-wasip1', pkgs: SET, named: /wasm32-unknown-wasi/ },
  { target: 'thumbv7em-none-eabihf', pkgs: SET, named: /arm-none-eabihf/ },
  { target: 'x86_64-unknown-freebsd', pkgs: SET, named: /x86_64-unknown-freebsd/ },
  { target: 'aarch64-linux-android', pkgs: SET, named: /aarch64-unknown-linux-android/ },
  // No set of pkgsCross: the name of the platform is enough.
  { target: 'armv7-unknown-linux-musleabihf', pkgs: TREE, named: /armv7l-unknown-linux-musleabihf/ },
  {
    target: 'armv7-unknown-linux-musleabihf',
    pkgs: 'import <nixpkgs> { crossSystem = { config = "armv7l-unknown-linux-musleabihf"; }; }',
    named: /armv7l-unknown-linux-musleabihf/,
  },
  // A nixpkgs that cannot read these names: rustc links them itself.
  { target: 'wasm32-unknown-unknown', pkgs: SET, named: /packs-0/ },
  { target: 'x86_64-unknown-uefi', pkgs: SET, named: /packs-0/ },
  { target: 'x86_64-fortanix-unknown-sgx', pkgs: SET, named: /packs-0/ },
  { target: 'riscv32imac-unknown-xous-elf', pkgs: SET, named: /packs-0/ },
  { target: 'riscv32imac-unknown-none-elf', pkgs: SET, named: /riscv32-none-elf/ },
  { target: 'aarch64-unknown-none', pkgs: SET, named: /aarch64-none-elf/ },
  // GCC links these.
  { target: 'avr-none', pkgs: SET, named: /avr/ },
  // As in a nixpkgs that has the set: here with another compiler.
  { target: 'x86_64-pc-windows-gnullvm', pkgs: WITH_LLVM, named: /x86_64-w64-mingw32/ },
]

describe.skipIf(missing !== undefined)(
  `odd targets${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let folder: string
    let file: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-odd-'))
      file = join(folder, 'nix', 'Cargo.nix')
      const names = [...TARGETS.map(({ target }) => target), 'x86_64-unknown-haiku']
      const flags = names.flatMap((target) => ['--target', target])
      await cargo2nixOrFail(['generate', '--out', join(folder, 'nix'), '--host', 'x86_64-linux', ...flags], {
        cwd: fixture,
      })
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test.each(TARGETS)('$target over $pkgs', async ({ target, pkgs, named }) => {
      const path = await nixEval(
        { ...set!, expression: pkgs },
        `(import ${file} { pkgs = ${pkgs}; }).targets.${target}.packages.packs.drvPath`,
      )
      expect(path).toMatch(named)
    })

    test('what nixpkgs has no platform for says what is missing', async () => {
      const asked = `(import ${file} { pkgs = ${SET}; }).targets.x86_64-unknown-haiku.packages.packs.drvPath`
      const { status, stderr } = await run('nix-instantiate', ['--eval', '--expr', asked], { env: set!.env })
      expect(status).toBe(1)
      expect(stderr).toContain("does not say how to compile for 'x86_64-unknown-haiku'")
    })

    test.each([SET, TREE])(
      'LLVM for Windows is what a nixpkgs has or says that it lacks: %s',
      async (pkgs) => {
        const asked = `(import ${file} { pkgs = ${pkgs}; }).targets.x86_64-pc-windows-gnullvm.packages.packs.drvPath`
        const { status, stderr } = await run('nix-instantiate', ['--eval', '--expr', asked], {
          env: set!.env,
        })
        expect(status).toBe(1)
        expect(stderr).toContain("which 'x86_64-pc-windows-gnullvm' needs: take a newer nixpkgs")
      },
    )

    test('what the file was not made for says which command adds it', async () => {
      const crossed = 'import <nixpkgs> { crossSystem = { config = "riscv64-unknown-linux-gnu"; }; }'
      const { stderr } = await run(
        'nix-instantiate',
        ['--eval', '--expr', `(import ${file} { pkgs = ${crossed}; }).packages.packs.drvPath`],
        { env: set!.env },
      )
      expect(stderr).toContain('cargo2nix-ts targets add riscv64gc-unknown-linux-gnu')
    })
  },
)

describe('a custom target that the configuration does not allow is refused by name, as by cargo', () => {
  const BOARD = 'my-board.json'
  let workspace: string
  beforeEach(() => {
    workspace = folderWith({
      'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n',
      'Cargo.lock': 'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
      [BOARD]: '{}',
    })
  })
  afterEach(() => rmSync(workspace, { recursive: true }))

  const refuses = async (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    why = 'custom targets are for nightly cargo alone',
    hint = 'name the built-in target that is nearest',
  ): Promise<string> => {
    const { status, stderr } = await cargo2nix(args, { cwd: workspace, env: { ...process.env, ...env } })
    expect([status, stderr]).toEqual([2, expect.stringContaining(BOARD)])
    expect(stderr).toContain(why)
    expect(stderr).toContain(`hint: ${hint}`)
    return stderr
  }

  test.each([
    ['unit-graph', '--target', BOARD],
    ['unit-graph', 'test', '--target', `./${BOARD}`],
    ['generate', '--target', BOARD],
    ['rust-project', '--target', BOARD],
    ['targets', 'add', BOARD],
    ['targets', 'add', `/elsewhere/${BOARD}`],
  ])('%s %s %s', async (...args) => {
    const manifest = readFileSync(join(workspace, 'Cargo.toml'), 'utf8')
    await refuses(args)
    expect(existsSync(join(workspace, 'nix'))).toBe(false)
    expect(readFileSync(join(workspace, 'Cargo.toml'), 'utf8')).toBe(manifest)
  })

  test('as a platform that builds', async () => {
    await refuses(['generate', '--host', BOARD], {}, 'nothing builds on a custom target', 'name the platform')
  })

  test.each([
    'build.target = "my-board.json"',
    '[build]\ntarget = ["x86_64-unknown-linux-musl", "my-board.json"]',
  ])('%s in the configuration', async (config) => {
    mkdirSync(join(workspace, '.cargo'))
    writeFileSync(join(workspace, '.cargo', 'config.toml'), `${config}\n`)
    await refuses(['unit-graph'])
    const cargos = await run('cargo', ['build', '--offline'], { cwd: workspace })
    expect([cargos.status, cargos.stderr]).toEqual([101, expect.stringContaining('json-target-spec')])
  })

  test('CARGO_BUILD_TARGET', async () => {
    await refuses(['unit-graph'], { CARGO_BUILD_TARGET: BOARD })
  })

  test('a target of an artifact dependency', async () => {
    appendFileSync(
      join(workspace, 'Cargo.toml'),
      `[dependencies]\ntool = { path = "tool", artifact = "bin", target = "${BOARD}" }\n[workspace]\n`,
    )
    appendFileSync(
      join(workspace, 'Cargo.lock'),
      'dependencies = ["tool"]\n[[package]]\nname = "tool"\nversion = "0.1.0"\n',
    )
    for (const folder of ['.cargo', 'tool/src']) mkdirSync(join(workspace, folder), { recursive: true })
    writeFileSync(join(workspace, 'tool', 'Cargo.toml'), '[package]\nname = "tool"\nversion = "0.1.0"\n')
    writeFileSync(join(workspace, 'tool', 'src', 'main.rs'), 'fn main() {}\n')
    writeFileSync(join(workspace, '.cargo', 'config.toml'), 'unstable.bindeps = true\n')
    for (const command of ['unit-graph', 'generate']) {
      const said = await refuses(
        [command],
        {},
        'custom targets are not supported here',
        'name a built-in target',
      )
      expect(said).toContain('dependencies.tool.target')
    }
  })
})

test.each([
  ['nowhere-at-all', 'rustc knows no target `nowhere-at-all`'],
  ['', '`build.target`: a target is empty'],
])('the configured target `%s` is refused, as by cargo', async (target, message) => {
  const workspace = folderWith({
    'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n',
    'Cargo.lock': 'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
    'src/lib.rs': '',
    '.cargo/config.toml': `build.target = "${target}"\n`,
  })
  const ours = await cargo2nix(['unit-graph'], { cwd: workspace })
  const cargos = await run('cargo', ['build', '--offline'], { cwd: workspace })
  expect([ours.status, cargos.status]).toEqual([2, 101])
  expect(ours.stderr).toContain(message)
  rmSync(workspace, { recursive: true })
})

test('a custom target in the manifest or the configuration is named with its place', async () => {
  const workspace = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-custom-'))
  cpSync(fixture, workspace, { recursive: true })
  const manifest = join(workspace, 'Cargo.toml')
  mkdirSync(join(workspace, '.cargo'))
  writeFileSync(join(workspace, '.cargo', 'config.toml'), '[build]\ntarget = "my-board.json"\n')
  const { stderr: notes } = await cargo2nixOrFail(['generate', '--host', 'x86_64-linux'], { cwd: workspace })
  expect(notes).toContain('`build.target` in .cargo/config.toml is the custom target `my-board.json`')
  appendFileSync(manifest, '\n[workspace.metadata.cargo2nix]\ntargets = ["my-board.json"]\n')
  const { status, stderr } = await cargo2nix(['generate'], { cwd: workspace })
  expect(status).toBe(2)
  expect(stderr).toContain('metadata.cargo2nix.targets: `my-board.json`')
  expect(stderr).toContain('Cargo.toml')
  rmSync(workspace, { recursive: true, force: true })
})
