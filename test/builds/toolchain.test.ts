/**
 * A toolchain of Rust's distribution, from a local server whose archives contain the installed one: the command pins it,
 * Nix assembles it, and a build uses it.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publishChannel, serveFolder, type DistServer, type PublishedArchive } from '../dist-server.ts'
import { folderWith } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { emptyFolder, removeFolders } from './checkout.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'
import { componentFiles, machineToolchain, packArchive } from './toolchain-archives.ts'

const BARE = 'x86_64-unknown-none'
const DAY = '2026-01-02'

const machine = machineToolchain()
const missing = (await nixIsMissing())
  ? 'no nix-build on this machine'
  : machine.host.endsWith('-linux-gnu')
    ? undefined
    : 'the archives are packed as for Linux'
const patchelf = await run('patchelf', ['--version']).then(
  ({ status }) => status === 0,
  () => false,
)

/** A program with a build script and a proc macro, which prints what both have told it. */
const WORKSPACE = {
  'Cargo.toml': `[workspace]
members = ["macros"]
[workspace.metadata.cargo2nix]
hosts = ["${machine.host}"]
targets = ["${BARE}"]
[package]
name = "greeter"
version = "0.1.0"
edition = "2021"
[dependencies]
macros = { path = "macros" }
`,
  'Cargo.lock': `version = 4
[[package]]
name = "greeter"
version = "0.1.0"
dependencies = ["macros"]
[[package]]
name = "macros"
version = "0.1.0"
`,
  'rust-toolchain.toml': `[toolchain]\nchannel = "${machine.release}"\n`,
  'build.rs': `fn main() {
    let output = std::process::Command::new(std::env::var("RUSTC").unwrap()).arg("--version").output().unwrap();
    println!("cargo::rustc-env=COMPILER={}", String::from_utf8(output.stdout).unwrap().trim());
}
`,
  'src/main.rs': 'fn main() { println!("{} by {}", macros::greeting!(), env!("COMPILER")) }\n',
  'macros/Cargo.toml':
    '[package]\nname = "macros"\nversion = "0.1.0"\nedition = "2021"\n[lib]\nproc-macro = true\n',
  'macros/src/lib.rs': `#[proc_macro]
pub fn greeting(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    "\\"compiled\\"".parse().unwrap()
}
`,
}

describe.skipIf(missing !== undefined)(
  `a toolchain of Rust's distribution${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let server: DistServer
    let set: PackageSet
    let workspace: string
    let env: NodeJS.ProcessEnv
    /** The expression of nix/toolchain.nix, whose programs get this loader and these libraries. */
    const toolchain = (packages: string): string =>
      `(import ${workspace}/nix/toolchain.nix { pkgs = ${packages}; })`

    beforeAll(async () => {
      set = await machinePackageSet()
      const folder = await emptyFolder()
      workspace = folderWith(WORKSPACE)
      folders.push(folder, workspace)
      publishChannel(folder, {
        name: machine.release,
        date: DAY,
        version: machine.release,
        components: await packMachine(folder),
      })
      server = await serveFolder(folder)
      env = { ...process.env, RUSTUP_DIST_SERVER: `${server.url}/` }
      await cargo2nixOrFail(['toolchain', 'update'], { cwd: workspace, env })
    })
    afterAll(async () => {
      await server.close()
      await removeFolders(folders)
    })

    test('the pinned toolchain compiles the workspace', async () => {
      const [output] = await nixBuild(set, generated(workspace, set), ['packages.greeter'])
      const { stdout } = await runOrFail(`${output}/bin/greeter`, [])
      const { stdout: version } = await runOrFail('rustc', ['--version'])
      expect(stdout).toBe(`compiled by ${version}`)
      // Nixpkgs' linker is a script that knows of the store; rustc's own is not.
      const { stdout: linkers } = await runOrFail('readelf', ['-p', '.comment', `${output}/bin/greeter`])
      expect(linkers).not.toContain('LLD')
      const drv = (await nixEval(set, `${generated(workspace, set)}.packages.greeter.drvPath`)) as string
      const { stdout: inputs } = await runOrFail('nix-store', ['--query', '--requisites', drv], {
        env: set.env,
      })
      const compilers = inputs.split('\n').filter((path) => /-rustc(-[\d.]+)?\.drv$/.test(path))
      const ours = await nixEval(set, `${toolchain(set.expression)}.rustc.drvPath`)
      expect(compilers).toEqual([ours])
    })

    test('only the requested components are downloaded', () => {
      const archives = server.requests.filter((path) => path.includes('.tar.'))
      const names = archives.map((path) => path.slice(path.lastIndexOf('/') + 1).replace(/-\d.*/, ''))
      // What Nix has already from an earlier run, it does not download.
      expect(['rustc', 'rust-std', 'cargo']).toEqual(expect.arrayContaining([...new Set(names)]))
    })

    test('each target has its own standard library, and all share one compiler', async () => {
      const attributes = ['rustc', `rustc.forTarget.${BARE}`, 'sysroot', 'clippy']
      const [compiler, bare, sysroot, clippy] = await nixBuild(set, toolchain(set.expression), attributes)
      const source = join(workspace, 'shelved.rs')
      await writeFile(source, '#![feature(no_core)]\n#![no_core]\nextern crate shelf;\n')
      const compile = async (rustc: string | undefined): Promise<string> => {
        const args = ['--crate-type=rlib', '--target', BARE, '-o', join(workspace, 'shelved.rlib'), source]
        const { stderr } = await run(`${rustc}/bin/rustc`, args, {
          env: { ...process.env, RUSTC_BOOTSTRAP: '1' },
        })
        return stderr
      }
      expect(await compile(bare)).toBe('')
      expect(await compile(sysroot)).toBe('')
      expect(await compile(compiler)).toContain('E0463')
      const printed = await runOrFail(`${bare}/bin/rustc`, ['--print', 'sysroot'])
      expect(printed.stdout.trim()).toBe(bare)
      const lint = join(workspace, 'lint.rs')
      await writeFile(lint, 'fn main() { let _ = 1 == 1; }\n')
      for (const folder of [clippy, sysroot]) {
        const found = await run(`${folder}/bin/clippy-driver`, [
          lint,
          '--emit=metadata',
          `--out-dir=${workspace}`,
        ])
        expect(found.stderr).toContain('clippy::eq_op')
      }
      const [bareClippy] = await nixBuild(set, toolchain(set.expression), [`clippy.forTarget.${BARE}`])
      const args = [`${bare}/bin/rustc`, source, '--crate-type=rlib', '--target', BARE, '--emit=metadata']
      const linted = await run(`${bareClippy}/bin/clippy-driver`, [...args, `--out-dir=${workspace}`], {
        env: { ...process.env, RUSTC_BOOTSTRAP: '1' },
      })
      expect(linted).toMatchObject({ status: 0, stderr: '' })
      const version = await runOrFail(`${sysroot}/bin/cargo`, ['--version'])
      expect(version.stdout).toMatch(/^cargo /)
    })

    test('the toolchain is not a unit, so a binary cache gets it only on request', async () => {
      const lacking = async (...flags: readonly string[]): Promise<string> => {
        const to = ['--to', `file://${join(workspace, 'cache')}`, '--pkgs', set.expression]
        const args = ['cache', 'status', '--json', ...to, ...flags]
        return (await cargo2nix(args, { cwd: workspace, env: set.env })).stdout
      }
      const compiler = `-rustc-${machine.release}"`
      const units = await lacking()
      expect(units).toContain('-greeter-0.1.0')
      expect(units).not.toContain(compiler)
      expect(await lacking('--toolchain')).toContain(compiler)
    })

    test('the toolchain lists what a binary cache should hold', async () => {
      const [rustc, cargo, cc] = await nixBuild(
        set,
        `${toolchain(set.expression)}.cacheRoots.${machine.host}`,
        ['rustc', 'cargo', 'cc'],
      )
      const [again] = await nixBuild(set, toolchain(set.expression), ['rustc'])
      expect(rustc).toBe(again)
      await runOrFail(`${cargo}/bin/cargo`, ['--version'])
      await runOrFail(`${cc}/bin/cc`, ['--version'])
      const roots = await nixEval(set, `builtins.attrNames ${toolchain(set.expression)}.cacheRoots`)
      expect(roots).toEqual([machine.host, BARE].toSorted())
    })

    test.skipIf(!patchelf)(
      `has programs that find loader and libraries in the store${patchelf ? '' : ' (skipped: no patchelf on this machine)'}`,
      async () => {
        const { stdout: loader } = await runOrFail('patchelf', [
          '--print-interpreter',
          join(machine.sysroot, 'bin', 'rustc'),
        ])
        const [rustc, clippy] = await nixBuild(set, toolchain(withLoader(set.expression, loader.trim())), [
          'rustc',
          'clippy',
        ])
        for (const program of [`${rustc}/bin/rustc`, `${rustc}/bin/rustdoc`, `${clippy}/bin/clippy-driver`]) {
          const { stdout: interpreter } = await runOrFail('patchelf', ['--print-interpreter', program])
          expect(interpreter).toMatch(/^\/nix\/store\/.*-loader\/lib\//)
          const { stdout: path } = await runOrFail('patchelf', ['--print-rpath', program])
          expect(path).toMatch(/^\$ORIGIN\/\.\.\/lib:\/nix\/store\/.*-zlib\/lib/)
          const { stdout: version } = await runOrFail(program, ['--version'])
          expect(version).not.toBe('')
        }
        const source = join(workspace, 'hello.rs')
        await writeFile(source, 'fn main() { println!("hello") }\n')
        await runOrFail(`${rustc}/bin/rustc`, [source, '-o', join(workspace, 'hello')])
        expect((await runOrFail(join(workspace, 'hello'), [])).stdout).toBe('hello\n')
      },
    )

    test('the toolchain stays as it is without a network', async () => {
      await server.close()
      const generate = await cargo2nixOrFail(['generate'], { cwd: workspace, env })
      expect(generate.stdout).toContain('up to date')
      expect((await cargo2nix(['check'], { cwd: workspace, env })).status).toBe(0)
      const update = await cargo2nix(['toolchain', 'update'], { cwd: workspace, env })
      expect(update.status).toBe(2)
      expect(update.stderr).toMatch(/cannot be downloaded: ECONNREFUSED/)
    })
  },
)

/** The machine's toolchain, and for a platform without one a library of our own. */
async function packMachine(folder: string): Promise<Record<string, Record<string, PublishedArchive | null>>> {
  const { host, release, sysroot: from } = machine
  const published: Record<string, Record<string, PublishedArchive | null>> = {}
  for (const [component, ending] of Object.entries(ENDINGS)) {
    const path = `dist/${DAY}/${component.replace('-preview', '')}-${release}-${host}`
    const files = await componentFiles(component, machine)
    const name = component === 'rust-std' ? `rust-std-${host}` : component
    published[component] = {
      [host]: await packArchive({ folder, path, component: name, from, files }, ending),
      'aarch64-apple-darwin': null,
    }
  }
  const library = `lib/rustlib/${BARE}/lib/libshelf.rlib`
  const shelf = folderWith({ 'shelf.rs': '#![feature(no_core)]\n#![no_core]\n', [library]: '' })
  return {
    ...published,
    'rust-std': { ...published['rust-std'], [BARE]: await packShelf(folder, shelf, library) },
  }
}

async function packShelf(folder: string, shelf: string, library: string): Promise<PublishedArchive> {
  const args = ['--crate-type=rlib', '--target', BARE, '-o', join(shelf, library), join(shelf, 'shelf.rs')]
  await runOrFail('rustc', args, { env: { ...process.env, RUSTC_BOOTSTRAP: '1' } })
  const path = `dist/${DAY}/rust-std-${machine.release}-${BARE}`
  return packArchive({ folder, path, component: `rust-std-${BARE}`, from: shelf, files: [library] }, 'xz')
}

const ENDINGS = { rustc: 'gz', 'rust-std': 'gz', cargo: 'xz', 'clippy-preview': 'xz' } as const

/** A package set whose C compiler names a loader in the store, as nixpkgs' does. */
function withLoader(packages: string, loader: string): string {
  return `(let
    base = ${packages};
    bintools = derivation {
      name = "loader";
      inherit (base.stdenv.hostPlatform) system;
      builder = "/bin/sh";
      PATH = "/usr/bin:/bin";
      args = [ "-ec" ''
        mkdir -p $out/lib $out/nix-support
        cp --dereference ${loader} $out/lib/
        echo $out/lib/\${baseNameOf "${loader}"} >$out/nix-support/dynamic-linker
        exit 0
      '' ];
    };
    pkgs = base // {
      stdenv = base.stdenv // { cc = base.stdenv.cc // { inherit bintools; }; };
      buildPackages = pkgs;
    };
  in pkgs)`
}
