/** Unusual targets: each one generates, and evaluates as far as nixpkgs supports it; the others fail with a reason. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mainPackageSet, nixEval, nixIsMissing, TREE, type PackageSet } from '../builds/package-set.ts'
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

test('a custom target is refused as cargo refuses it', async () => {
  const { status, stderr } = await cargo2nix(['unit-graph', '--target', 'my-board.json'], { cwd: fixture })
  expect(status).toBe(2)
  expect(stderr).toContain('json-target-spec')
  const cargos = await run('cargo', ['build', '--target', 'my-board.json'], { cwd: fixture })
  expect(cargos.status).not.toBe(0)
  expect(cargos.stderr).toContain('json-target-spec')
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
