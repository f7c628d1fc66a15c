/**
 * Toolchains as Nix evaluates them: nixpkgs' and a pinned one, and the README's examples for rust-overlay and fenix,
 * verbatim, with stand-ins of the same shape that contain the installed rustc: the workspace is really built with those.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printPin, type Archive } from '../../src/nix/toolchain/toolchain-pin.ts'
import {
  generated,
  machinePackageSet,
  mainPackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from '../builds/package-set.ts'
import { removeFolders } from '../builds/checkout.ts'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'

const missing = await nixIsMissing()
const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'toolchain.md'), 'utf8')

/** The example with these words in it. */
function example(words: string): string {
  const blocks = [...page.matchAll(/^```nix\n([\s\S]*?)^```$/gm)].map(([, code]) => code!)
  const found = blocks.filter((code) => code.includes(words))
  if (found.length !== 1) throw new Error(`${found.length} examples in docs/toolchain.md with ${words}`)
  return found[0]!
}

const WORKSPACE = {
  'Cargo.toml': `[package]
name = "greeter"
version = "0.1.0"
edition = "2021"
[package.metadata.cargo2nix]
hosts = ["x86_64-linux", "aarch64-linux"]
targets = ["x86_64-pc-windows-gnu"]
`,
  'Cargo.lock': 'version = 4\n[[package]]\nname = "greeter"\nversion = "0.1.0"\n',
  'rust-toolchain.toml': '[toolchain]\nchannel = "1.70.0"\n',
  'src/main.rs': 'fn main() { println!("hello") }\n',
}

/** What both know: the machine's toolchain under a name that says which targets were asked for. */
const STAND_INS = `let
  base = PACKAGES;
  toolchainFor = targets: derivation {
    name = "given-" + builtins.concatStringsSep "-and-" targets;
    inherit (base.stdenv.hostPlatform) system;
    builder = "/bin/sh";
    PATH = "/usr/bin:/bin";
    args = [ "-ec" "mkdir -p $out/bin; for p in \${base.rustc} \${base.cargo}; do ln -s $p/bin/* $out/bin/; done; exit 0" ];
  };
  rustBin = {
    # Like rust-overlay's, which takes a path and gives a package with \`override\`.
    fromRustupToolchainFile = file:
      assert builtins.match ".*1\\\\.70\\\\.0.*" (builtins.replaceStrings [ "\\n" ] [ " " ] (builtins.readFile file)) != null;
      toolchainFor [ ] // { override = { targets }: toolchainFor targets; };
  };
  channels = {
    stable = { cargo = "cargo"; clippy = "clippy"; rustc = "rustc"; };
    targets = builtins.listToAttrs (map (name: { inherit name; value.stable.rust-std = name; }) [
      "aarch64-unknown-linux-gnu" "x86_64-pc-windows-gnu" "x86_64-unknown-linux-gnu"
    ]);
    combine = parts:
      assert builtins.all (name: builtins.elem name parts) [ "cargo" "clippy" "rustc" ];
      toolchainFor (builtins.filter (name: !(channels.stable ? \${name})) parts);
  };
  pkgs = base // { buildPackages = pkgs; pkgsBuildBuild = pkgs // { rust-bin = rustBin; }; };
  fenix.packages.\${base.stdenv.hostPlatform.system} = channels;
in`

describe.skipIf(missing)(`toolchains of others${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let set: PackageSet
  let workspace: string
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = folderWith(WORKSPACE)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => removeFolders([workspace]))

  test.each([
    ['rust-overlay', 'rust-bin', '{ inherit pkgs; }'],
    ['fenix', 'fenix.packages', '{ inherit pkgs fenix; }'],
  ])('%s', async (name, words, args) => {
    const file = join(workspace, `${name}.nix`)
    await writeFile(file, example(words))
    const cargo = `(${STAND_INS.replace('PACKAGES', set.expression)} import ${file} ${args})`
    const [output] = await nixBuild(set, cargo, ['packages.greeter'])
    expect((await runOrFail(`${output}/bin/greeter`, [])).stdout).toBe('hello\n')
    const drv = (await nixEval(set, `${cargo}.packages.greeter.drvPath`)) as string
    const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', drv], { env: set.env })
    const targets = ['aarch64-unknown-linux-gnu', 'x86_64-pc-windows-gnu', 'x86_64-unknown-linux-gnu']
    expect(stdout.split('\n').filter((path) => path.includes('-given-'))).toEqual([
      expect.stringMatching(new RegExp(`-given-${targets.join('-and-')}\\.drv$`)),
    ])
  })

  test('a comment in rust-toolchain.toml rebuilds nothing', async () => {
    const path = (): Promise<unknown> => nixEval(set, `${generated(workspace, set)}.packages.greeter.drvPath`)
    const before = await path()
    await writeFile(join(workspace, 'rust-toolchain.toml'), `# pinned\n${WORKSPACE['rust-toolchain.toml']}`)
    expect(await path()).toBe(before)
  })

  test("nixpkgs' version is checked against rust-toolchain.toml, with a note", async () => {
    const evaluate = async (version: string, target = 'rustc'): Promise<string> => {
      const pkgs = `(let base = ${set.expression}; pkgs = base // { rustc = base.rustc // { version = "${version}"; }; buildPackages = pkgs; }; in pkgs)`
      const expression = `(import ${workspace}/nix/toolchain.nix { pkgs = ${pkgs}; }).${target}.outPath`
      const { stderr } = await runOrFail('nix-instantiate', ['--eval', '--expr', expression], {
        env: set.env,
      })
      return stderr
    }
    expect(await evaluate('1.95.0')).toMatch(/asks for Rust 1\.70\.0, nixpkgs' is 1\.95\.0/)
    expect(await evaluate('1.70.0')).not.toContain('cargo2nix-ts')
    expect(await evaluate('1.95.0', 'cargo')).not.toContain('cargo2nix-ts')
  })
})

const setup = existsSync(join(import.meta.dirname, '..', '..', '..', 'shared', 'nixpkgs', 'setup'))
const reason = missing ? 'no nix-build on this machine' : setup ? undefined : 'no nixpkgs beside the project'

describe.skipIf(reason !== undefined)(
  `a pinned toolchain in nixpkgs${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    const TARGETS = ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu', 'aarch64-apple-darwin']
    let workspace: string
    let set: PackageSet
    beforeAll(async () => {
      set = await mainPackageSet()
      const archive = (component: string, triple: string): Archive => ({
        path: `dist/2026-01-02/${component}-${triple}.tar.xz`,
        sha256: createHash('sha256').update(`${component} ${triple}`).digest('hex'),
      })
      const of = (component: string, triples: readonly string[]): Record<string, Archive> =>
        Object.fromEntries(triples.map((triple) => [triple, archive(component, triple)]))
      const pin = printPin({
        channel: 'stable',
        release: '1.95.0',
        date: '2026-01-02',
        server: 'https://static.rust-lang.org',
        profile: undefined,
        archives: {
          rustc: of('rustc', TARGETS),
          cargo: of('cargo', TARGETS),
          'clippy-preview': of('clippy-preview', TARGETS),
          'rust-std': of('rust-std', [...TARGETS, 'x86_64-unknown-linux-musl', 'x86_64-pc-windows-gnu']),
        },
      })
      const manifest = WORKSPACE['Cargo.toml'].replace(
        /hosts = [^]*/,
        'hosts = ["x86_64-linux", "aarch64-linux", "aarch64-darwin"]\ntargets = ["musl64", "mingwW64", "i686-linux"]\n',
      )
      workspace = folderWith({ ...WORKSPACE, 'Cargo.toml': manifest, 'nix/toolchain.lock.json': pin })
      await cargo2nixOrFail(['generate'], { cwd: workspace })
    })
    afterAll(() => removeFolders([workspace]))

    const paths = async (packages: string): Promise<unknown> =>
      nixEval(
        set,
        `let
          pkgs = import <nixpkgs/tree> { ${packages} };
          of = pkgs: let toolchain = import ${workspace}/nix/toolchain.nix { inherit pkgs; }; in {
            programs = map (program: program.drvPath) (with toolchain; [ rustc cargo clippy sysroot ]);
            roots = builtins.mapAttrs (_: roots: map (root: root.drvPath) [ roots.rustc roots.cargo roots.cc ]) {
              inherit (toolchain.cacheRoots) x86_64-unknown-linux-musl x86_64-pc-windows-gnu;
            };
            members = (import ${workspace}/nix/Cargo.nix { inherit pkgs; }).targets.x86_64-unknown-linux-musl.packages.greeter.drvPath;
          };
        in { native = of pkgs; crossed = of pkgs.pkgsCross.musl64; windows = of pkgs.pkgsCross.mingwW64; }`,
      )

    test('the toolchain is the same for all targets', async () => {
      const { native, crossed, windows } = (await paths('system = "x86_64-linux";')) as Record<
        string,
        unknown
      >
      expect(crossed).toEqual(native)
      expect(windows).toEqual(native)
    })

    test('another target rebuilds nothing', async () => {
      const native = 'pkgs = import <nixpkgs/tree> { system = "x86_64-linux"; };'
      const drvs = (): Promise<unknown> =>
        nixEval(
          set,
          `let ${native} in [
            (import ${workspace}/nix/toolchain.nix { inherit pkgs; }).rustc.drvPath
            (import ${workspace}/nix/Cargo.nix { inherit pkgs; }).packages.greeter.drvPath
          ]`,
        )
      const before = await drvs()
      const targets = ['musl64', 'mingwW64', 'i686-linux', 'riscv64']
      const flags = targets.flatMap((target) => ['--target', target])
      await cargo2nixOrFail(['generate', ...flags], { cwd: workspace })
      expect(await drvs()).toEqual(before)
    })

    test('each build platform has its own toolchain', async () => {
      const rustc = await nixEval(
        set,
        `(import ${workspace}/nix/toolchain.nix { pkgs = import <nixpkgs/tree> { system = "aarch64-linux"; }; }).rustc.drvPath`,
      )
      expect(rustc).toMatch(/-rustc-1\.95\.0\.drv$/)
    })

    test('a target without a standard library is an error', async () => {
      const target = 'i686-unknown-linux-gnu'
      const failing = nixEval(
        set,
        `(import ${workspace}/nix/toolchain.nix { pkgs = import <nixpkgs/tree> { system = "x86_64-linux"; }; }).rustc.forTarget.${target}.drvPath`,
      )
      await expect(failing).rejects.toThrow(`has no rust-std for '${target}'`)
    })
  },
)
