/** `shell`: has the toolchain of the builds and what crates need from Nix; opening it compiles nothing. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { generatedCheckout, emptyFolder, removeFolders } from './checkout.ts'
import { shellOutput } from './dev-shell.ts'
import {
  generated,
  machinePackageSet,
  mainPackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  wholePackageSet,
  type PackageSet,
} from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'ten-members')
const missing = await nixIsMissing()
const skipped = missing ? ' (no nix-build on this machine)' : ''

const OVERRIDES = `crateOverrides = pkgs: {
  almanac-sys = _: { ALMANAC_TIDE = "it's high"; nativeBuildInputs = [ (PROGRAM "tide-table") ]; };
  almanac-text = _: { nativeBuildInputs = [ (PROGRAM "tide-table") ]; env.NIX_CFLAGS_COMPILE = "-DTEXT"; };
  almanac-store = _: { env.NIX_CFLAGS_COMPILE = "-DSTORE"; };
  never-used = _: { NEVER = "1"; };
};`.replaceAll(
  'PROGRAM',
  `(name: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    args = [ "-c" "mkdir -p $out/bin; echo 'echo 3.2' >$out/bin/\${name}; chmod +x $out/bin/\${name}" ];
  })`,
)

describe.skipIf(missing)(`the shell of a workspace${skipped}`, () => {
  const folders: string[] = []
  let sets: readonly PackageSet[]
  let workspace: string

  beforeAll(async () => {
    sets = [await machinePackageSet(), await mainPackageSet()]
    workspace = await generatedCheckout(fixture, 'almanac')
    folders.push(workspace)
  })
  afterAll(() => removeFolders(folders))

  test('the shell has the programs that the builds use', async () => {
    for (const set of sets) {
      const output = await shellOutput(set, workspace, 'type -p rustc cargo cargo-clippy rustfmt; rustc -vV')
      const lines = output.split('\n')
      const [rustc, cargo] = await nixBuild(set, `(${set.expression})`, ['rustc', 'cargo'])
      expect(lines.slice(0, 2)).toEqual([`${rustc}/bin/rustc`, `${cargo}/bin/cargo`])
      expect(lines.slice(2, 4).every((path) => path.startsWith('/nix/store/'))).toBe(true)
      const { stdout } = await runOrFail(`${rustc}/bin/rustc`, ['-vV'])
      expect(`${lines.slice(4).join('\n')}`).toBe(stdout)
    }
  })

  test('the shell has the variables and programs of all crates, each once', async () => {
    for (const set of sets) {
      const command =
        'echo "$ALMANAC_TIDE|${NEVER-unset}|$NIX_CFLAGS_COMPILE"; tide-table; echo "$nativeBuildInputs"'
      const [variables, table, inputs] = (
        await shellOutput(set, workspace, command, { more: OVERRIDES })
      ).split('\n')
      expect(variables).toMatch(/^it's high\|unset\|.*-DSTORE -DTEXT/)
      expect(table).toBe('3.2')
      expect(inputs?.match(/tide-table/g)?.length).toBe(1)
    }
  })

  test('the shell needs no unit of the workspace', async () => {
    for (const set of sets) {
      const { stdout: path } = await runOrFail(
        'nix-instantiate',
        ['--expr', `(${generated(workspace, set, OVERRIDES)}).shell`],
        { env: set.env },
      )
      const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', path.trim()], {
        env: set.env,
      })
      expect(stdout).toContain('tide-table')
      expect(
        stdout.split('\n').filter((line) => /almanac|-(?:lib|src|build-script)\.drv/.test(line)),
      ).toEqual([])
    }
  })

  test('the shell accepts packages, a hook and changes to its attributes', async () => {
    for (const set of sets) {
      const shell = `cargo: (cargo.shell.override {
        packages = [ (${set.expression}).pkg-config ];
        shellHook = "HOOK=\\"$ALMANAC_TIDE\\"";
      }).overrideAttrs (_: { MORE = "more"; })`
      const command = 'type -p pkg-config; echo "$HOOK|$MORE"'
      const output = await shellOutput(set, workspace, command, { more: OVERRIDES, shell })
      expect(output).toMatch(/^\/nix\/store\/.*\/pkg-config\nit's high\|more\n$/)
    }
  })

  test('the shell passes its variables to a shell based on it', async () => {
    for (const set of sets) {
      const hook = (await nixEval(set, `(${generated(workspace, set, OVERRIDES)}).shell.shellHook`)) as string
      const print = 'echo "$ALMANAC_TIDE"'
      const env = { PATH: process.env['PATH'] }
      const { stdout } = await runOrFail('bash', ['-c', `${hook}\n${print}`], { env })
      expect(stdout).toBe("it's high\n")
      const own = { ...env, ALMANAC_TIDE: 'low' }
      expect((await runOrFail('bash', ['-c', `${hook}\n${print}`], { env: own })).stdout).toBe('low\n')
    }
  })

  test('with `offlineSources`, a clone is tested with an empty home and no network', async ({ skip }) => {
    const isolated = await run('unshare', ['--net', 'true']).then(
      ({ status }) => status === 0,
      () => false,
    )
    if (!isolated) skip('no unshare --net')
    const [set] = sets
    const home = await emptyFolder()
    folders.push(home)
    const expression = `(${generated(workspace, set!)}).shell.override { offlineSources = true; }`
    const { stdout: path } = await runOrFail('nix-instantiate', ['--expr', expression], { env: set!.env })
    const { stdout: references } = await runOrFail('nix-store', ['--query', '--references', path.trim()], {
      env: set!.env,
    })
    const inputs = references.split('\n').filter((name) => name.endsWith('.drv'))
    await runOrFail('nix-store', ['--realise', ...inputs], { env: set!.env })
    const [bash] = await nixBuild(set!, `(${set!.expression})`, ['bash'])
    const { CARGO_HOME: _, CARGO_TARGET_DIR: __, XDG_CACHE_HOME: ___, ...env } = set!.env
    const inside = (command: string) =>
      run('unshare', ['--net', 'nix-shell', path.trim(), '--run', command], {
        cwd: workspace,
        env: { ...env, HOME: home, NIX_BUILD_SHELL: `${bash}/bin/bash` },
      })
    const tests = await inside('cargo test --locked --workspace')
    expect(tests.status, tests.stderr).toBe(0)
    expect(tests.stdout).toContain('test result: ok.')
    const add = await inside('cargo add serde')
    expect(add.status).not.toBe(0)
    expect(add.stderr).toContain('this shell takes packages from the Nix store')
    expect((await inside('cargo --version; cargo clippy --version')).stderr).not.toContain('note:')
  })

  test('the shell refuses an unknown argument', async () => {
    const [set] = sets
    await expect(
      shellOutput(set!, workspace, 'true', { shell: 'cargo: cargo.shell.override { package = [ ]; }' }),
    ).rejects.toThrow("unexpected argument 'package'")
  })

  test('for another target, the shell names it and its linker', async ({ skip }) => {
    const set = sets[1]!
    if (set.expression === wholePackageSet(set)) skip('no nixpkgs beside the project')
    await cargo2nixOrFail(['generate', '--target', 'aarch64-unknown-linux-gnu'], { cwd: workspace })
    const shell = `(${generated(workspace, set)}).targets.aarch64-unknown-linux-gnu.shell`
    const found = await nixEval(
      set,
      `let shell = ${shell}; in { inherit (shell) CARGO_BUILD_TARGET CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER; }`,
    )
    expect(found).toEqual({
      CARGO_BUILD_TARGET: 'aarch64-unknown-linux-gnu',
      CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER: expect.stringMatching(/aarch64-unknown-linux-gnu-cc$/),
    })
  })
})
