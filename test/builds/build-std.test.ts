/**
 * `build-std` for custom targets: the units and derivations are cargo's, rustc and build scripts are called as by cargo, and
 * a program for bare metal links.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { folderWith } from '../folder.ts'
import { unitsOfDerivations, unitsOfGraph } from '../nix/derivations.ts'
import { cargoMissing, cargos, runCargo } from '../oracle/cargo.ts'
import {
  cargoUnitGraph,
  difference,
  type Answer,
  type JsonGraph,
  type UnitRequest,
} from '../oracle/unit-graph.ts'
import { cargo2nix, cargo2nixOrFail, run, type Finished } from '../program.ts'
import { cargoCalls, realRustc } from '../recorder/cargo-calls.ts'
import { compareCalls } from '../recorder/compare-calls.ts'
import { derivationCalls } from '../recorder/derivation-calls.ts'
import { LEFT_OUT, type Difference } from '../recorder/differences.ts'
import { plainCalls, type PlainCall } from '../recorder/plain-call.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

/** The library of a rustc that has its sources: rustup's, or Debian's. */
const sources = [realRustc, '/usr/bin/rustc'].flatMap((rustc) => {
  const asked = spawnSync(rustc, ['--print', 'sysroot'], { encoding: 'utf8' })
  const library = join(asked.stdout?.trim() || '/nowhere', 'lib', 'rustlib', 'src', 'rust', 'library')
  return existsSync(join(library, 'Cargo.lock')) ? [{ rustc, library }] : []
})
const source = sources[0]
const cargoHome = process.env['CARGO_HOME'] ?? join(homedir(), '.cargo')
/** The linker that comes with Rust's own distribution. */
const lld = join(dirname(realRustc), '..', 'lib', 'rustlib', hostTriple(), 'bin')

const missing =
  cargoMissing ??
  (source === undefined ? 'no rustc has its sources (rust-src, rust-web-src)' : undefined) ??
  ((await nixIsMissing()) ? 'there is no nix-build' : undefined)

const KERNEL = {
  arch: 'x86_64',
  cpu: 'x86-64',
  'data-layout': 'e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128',
  'disable-redzone': true,
  features: '-mmx,-sse,-sse2,-sse3,-ssse3,-sse4.1,-sse4.2,-avx,-avx2,+soft-float',
  linker: 'rust-lld',
  'linker-flavor': 'gnu-lld',
  'llvm-target': 'x86_64-unknown-none-elf',
  'max-atomic-width': 64,
  os: 'none',
  'panic-strategy': 'abort',
  'plt-by-default': false,
  'position-independent-executables': true,
  'relro-level': 'full',
  'rustc-abi': 'softfloat',
  'static-position-independent-executables': true,
  'target-pointer-width': 64,
}

const packageWith = (name: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`

const FILES = {
  'Cargo.toml': `[workspace]
members = ["kernel", "drivers"]
resolver = "2"
[workspace.metadata.cargo2nix]
hosts = ["${hostTriple()}"]
targets = ["targets/my-kernel.json"]
[profile.dev]
panic = "abort"
[profile.release]
panic = "abort"
lto = true
[profile.release.package.core]
codegen-units = 3
`,
  'rust-toolchain.toml': '[toolchain]\nchannel = "nightly"\ncomponents = ["rust-src"]\n',
  '.cargo/config.toml': `[build]
target = "targets/my-kernel.json"
[unstable]
build-std = ["core", "alloc"]
build-std-features = ["compiler-builtins-mem"]
json-target-spec = true
[target.my-kernel]
rustflags = ["--cfg", "bare"]
[target.'cfg(target_os = "none")']
rustflags = ["--cfg", "of_none"]
`,
  'targets/my-kernel.json': JSON.stringify(KERNEL, undefined, 2),
  'kernel/Cargo.toml': packageWith(
    'kernel',
    `build = "build.rs"
[dependencies]
drivers = { path = "../drivers" }
[target.my-kernel.dependencies]
only-here = { path = "../only-here" }
[target.'cfg(unix)'.dependencies]
not-here = { path = "../not-here" }
[build-dependencies]
drivers = { path = "../drivers", features = ["of-scripts"] }
`,
  ),
  'kernel/build.rs': `fn main() {
    assert_eq!(drivers::answer(), 2);
    println!("cargo:rustc-env=TARGET_HERE={}", std::env::var("TARGET").unwrap());
    assert_eq!(std::env::var("CARGO_CFG_TARGET_OS").unwrap(), "none");
}
`,
  'kernel/src/main.rs': `#![no_std]
#![no_main]
extern crate alloc;
struct Nothing;
unsafe impl core::alloc::GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: core::alloc::Layout) -> *mut u8 { core::ptr::null_mut() }
    unsafe fn dealloc(&self, _: *mut u8, _: core::alloc::Layout) {}
}
#[global_allocator]
static NOTHING: Nothing = Nothing;
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
#[used]
static NAME: &str = concat!("this is ", env!("TARGET_HERE"));
#[no_mangle]
pub extern "C" fn _start() -> ! {
    core::hint::black_box((NAME, drivers::answer(), only_here::ONE, alloc::vec![1u8]));
    loop {}
}
`,
  'drivers/Cargo.toml': packageWith('drivers', '[features]\nof-scripts = []\n'),
  'drivers/src/lib.rs': `#![no_std]
extern crate alloc;
pub fn answer() -> usize { alloc::vec![1u32, 2].len() }
`,
  'only-here/Cargo.toml': packageWith('only-here'),
  'only-here/src/lib.rs': '#![no_std]\npub const ONE: u8 = 1;\n',
  'not-here/Cargo.toml': packageWith('not-here'),
  'not-here/src/lib.rs': '',
}

describe.skipIf(missing !== undefined)(
  `the standard library is compiled along (${missing ?? source!.library})`,
  () => {
    let set: PackageSet
    let workspace: string
    /** For cargo and for ours: unstable options, and a rustc that has its sources. */
    let env: Readonly<Record<string, string>>
    beforeAll(async () => {
      // Cargo 1.99 compiles without `incremental` in CI, 1.95 does not.
      vi.stubEnv('CI', undefined)
      set = await machinePackageSet()
      workspace = folderWith(FILES)
      // The recorder takes from rustc what allows unstable options.
      const rustc = join(workspace, 'rustc')
      writeFileSync(rustc, `#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec '${source!.rustc}' "$@"\n`)
      chmodSync(rustc, 0o755)
      env = { RUSTC: rustc, RUSTC_BOOTSTRAP: '1', CARGO_HOME: cargoHome }
      await runCargo(['generate-lockfile', '--offline'], workspace)
      // Cargo resolves the whole standard library, with what it has from a registry.
      const fetched = await runCargo(['fetch', '--locked'], workspace, env)
      expect(fetched.stderr).not.toContain('error')
      await cargo2nixOrFail(['generate'], { cwd: workspace, env: { ...process.env, RUSTC: rustc } })
    })
    afterAll(() => removeFolders([workspace]))

    /** With a toolchain that says to be of that release. */
    const cargoNix = (more = '', release = '1.96.0-nightly', library = source!.library): string => {
      const rustc = `derivation {
        name = "rustc-with-sources";
        system = builtins.currentSystem;
        builder = "/bin/sh";
        PATH = "/usr/bin:/bin";
        args = [ "-ec" "mkdir -p $out/bin; for program in rustc rustdoc; do printf '#!/bin/sh\\\\nexport RUSTC_BOOTSTRAP=1 PATH=$PATH:${lld}:/usr/bin\\\\nexec ${dirname(source!.rustc)}/%s \\"$@\\"\\\\n' $program >$out/bin/$program; chmod +x $out/bin/$program; done" ];
      } // { version = "${release}"; }`
      const toolchain = `toolchain = args: import ${workspace}/nix/toolchain.nix args // { rustc = ${rustc}; rustSrc = "${library}"; };`
      return generated(workspace, set, `${toolchain} ${more}`)
    }
    const evaluate = (expression: string): Promise<Finished> =>
      run('nix-instantiate', ['--eval', '--strict', '--expr', expression], { env: set.env })
    const members = (profile: string): string =>
      `builtins.attrValues ${cargoNix(`profile = "${profile}";`)}.targets.my-kernel.packages`

    const requests: readonly UnitRequest[] = [
      { subcommand: 'build', workspace: true },
      { subcommand: 'build', workspace: true, release: true },
      { subcommand: 'check', workspace: true },
      { subcommand: 'doc', workspace: true, deps: false },
      { subcommand: 'test', package: ['drivers'] },
      { subcommand: 'build', package: ['drivers'], target: [hostTriple(), 'targets/my-kernel.json'] },
    ]
    test.for(cargos.flatMap((cargo) => requests.map((request) => [cargo, request] as const)))(
      "the unit graph is cargo's: %o %o",
      async ([cargo, request]) => {
        const expected = await cargoUnitGraph(workspace, request, { env }, cargo)
        expect(expected.kind).toBe('graph')
        const { subcommand, target = [], ...flags } = request
        const words = Object.entries(flags).flatMap(([name, value]) =>
          value === true ? [`--${name}`] : value === false ? [`--no-${name}`] : [`--${name}`, String(value)],
        )
        const args = ['unit-graph', subcommand, ...words, ...target.flatMap((name) => ['--target', name])]
        const { stdout } = await cargo2nixOrFail(args, { cwd: workspace, env: { ...process.env, ...env } })
        const actual: Answer = { kind: 'graph', graph: JSON.parse(stdout) as JsonGraph }
        expect(difference(expected, actual)).toBeUndefined()
        const isStd = (answer: Answer): readonly boolean[] =>
          answer.kind === 'graph' ? answer.graph.units.map((unit) => 'is_std' in unit).toSorted() : []
        expect(isStd(actual)).toEqual(isStd(expected))
        expect(isStd(actual)).toContain(true)
      },
    )

    test.for(['dev', 'release'])("packages of profile %s are cargo's units", async (profile) => {
      const release = profile === 'release'
      const answer = await cargoUnitGraph(
        workspace,
        { subcommand: 'build', workspace: true, release },
        { env },
      )
      if (answer.kind !== 'graph') throw new Error(answer.message)
      const ours = await unitsOfDerivations(set, members(profile))
      const lines = (units: ReadonlySet<string>): readonly string[] =>
        [...units].map((line) => withName(line)).toSorted()
      expect(lines(ours)).toEqual(lines(unitsOfGraph(answer.graph)))
    })

    test.for(['dev', 'release'])(
      'profile %s: rustc and build scripts are called as by cargo',
      async (profile) => {
        const ours = await derivationCalls(
          set,
          members(profile),
          join(workspace, 'calls', profile),
          env['RUSTC'],
        )
        for (const cargo of cargos) {
          const own = join(workspace, 'calls', cargo.version, profile)
          mkdirSync(own, { recursive: true })
          const command = ['build', '--workspace', ...(profile === 'release' ? ['--release'] : [])]
          const more = { RUSTC_BOOTSTRAP: '1', RECORDER_RUSTC: env['RUSTC']!, CARGO_HOME: cargoHome }
          const calls = await cargoCalls(workspace, [command], own, 'vendored', cargo, more)
          const met = new Set<Difference>()
          const problems = compareCalls(plain(calls), plain(ours), met, LEFT_OUT)
          expect(problems.join('\n\n')).toBe('')
        }
        const args = plain(ours).flatMap((call) => call.args)
        const has = (start: string): boolean => args.some((arg) => arg.startsWith(start))
        expect(has('--extern=noprelude:core=<library of core ')).toBe(true)
        expect(has('--extern=priv:compiler_builtins=<library of compiler_builtins ')).toBe(true)
        expect(args).toContain('-Z force-unstable-if-unmarked')
      },
    )

    test.skipIf(!existsSync(join(lld, 'rust-lld')))(
      'a program links, and holds no path of the store',
      async () => {
        const [kernel] = await nixBuild(set, cargoNix('profile = "dev";'), [
          'targets.my-kernel.packages.kernel',
        ])
        const program = readFileSync(join(kernel!, 'bin', 'kernel'))
        expect(program.subarray(0, 4).toString('latin1')).toBe('\x7fELF')
        expect(program.includes('this is my-kernel')).toBe(true)
        expect(program.includes('/nix/store')).toBe(false)
      },
    )

    test('tests are refused in our words, and not among the checks', async () => {
      const outputs = `${cargoNix()}.targets.my-kernel`
      const checks = await evaluate(`builtins.attrNames ${outputs}.checks`)
      expect(checks.stdout).toContain('package-kernel')
      expect(checks.stdout).not.toContain('tests-')
      expect((await evaluate(`${outputs}.tests.kernel.drvPath`)).stderr).toContain('tests are not supported')
      for (const each of ['clippy.kernel', 'doc.drivers', 'shell', 'packages.drivers'])
        expect([each, (await evaluate(`${outputs}.${each}.drvPath`)).status]).toEqual([each, 0])
    })

    test('another toolchain than that of `generate` is refused', async () => {
      const stable = await evaluate(`${cargoNix('', '1.99.0')}.targets.my-kernel.packages.kernel.drvPath`)
      expect(stable.stderr).toContain('unstable.build-std` (cargo nightly)')
      const library = folderWith({ 'Cargo.lock': 'version = 4\n' })
      const expression = `${cargoNix('', '1.96.0-nightly', library)}.targets.my-kernel.packages.kernel`
      const { status, stderr } = await run('nix-build', ['--no-out-link', '--expr', expression], {
        env: set.env,
      })
      await removeFolders([library])
      expect(status).not.toBe(0)
      expect(stderr).toContain('was generated with the standard library of another toolchain')
    })

    test('the linker may be that of a table with `cfg()`', async () => {
      const kernel = { ...KERNEL, linker: 'cc', 'linker-flavor': 'gnu-cc' }
      const table = `[target.'cfg(target_os = "none")']\nlinker = "ld.lld"\n`
      const config = FILES['.cargo/config.toml'].replace(/\[target\.'cfg[^]*/, table)
      const files = {
        ...FILES,
        'targets/my-kernel.json': JSON.stringify(kernel),
        '.cargo/config.toml': config,
      }
      const folder = folderWith(files)
      await runCargo(['generate-lockfile', '--offline'], folder)
      await cargo2nixOrFail(['generate'], { cwd: folder, env: { ...process.env, RUSTC: env['RUSTC'] } })
      const toolchain = readFileSync(join(folder, 'nix', 'toolchain.nix'), 'utf8')
      await removeFolders([folder])
      expect(toolchain).toContain('linker = "ld.lld";')
    })

    test('with a stable toolchain, the error says that the toolchain is the cause', async () => {
      const stable = '[toolchain]\nchannel = "stable"\n'
      const folder = folderWith({ ...FILES, 'rust-toolchain.toml': stable })
      await runCargo(['generate-lockfile', '--offline'], folder)
      const { status, stderr } = await cargo2nix(['generate'], { cwd: folder })
      await removeFolders([folder])
      expect(status).toBe(2)
      expect(stderr).toContain('name a nightly toolchain in rust-toolchain.toml')
      expect(stderr).toContain('`unstable.build-std` is ignored')
    })

    test('`targets remove` takes the name that `targets` shows', async () => {
      const folder = folderWith(FILES)
      await runCargo(['generate-lockfile', '--offline'], folder)
      const options = { cwd: folder, env: { ...process.env, RUSTC: env['RUSTC'] } }
      await cargo2nixOrFail(['targets', 'remove', 'my-kernel'], options)
      const manifest = readFileSync(join(folder, 'Cargo.toml'), 'utf8')
      await removeFolders([folder])
      expect(manifest).toContain('targets = []')
    })

    test('an edit of its file stops evaluation until `generate`, with LF and CRLF alike', async () => {
      const path = join(workspace, 'targets/my-kernel.json')
      const text = readFileSync(path, 'utf8')
      const kernel = `${cargoNix()}.targets.my-kernel.packages.kernel.drvPath`
      try {
        writeFileSync(path, text.replaceAll('\n', '\r\n'))
        expect((await evaluate(kernel)).status).toBe(0)
        writeFileSync(path, text.replace('"x86-64"', '"x86-64-v2"'))
        expect((await evaluate(kernel)).stderr).toContain('generated with another ./targets/my-kernel.json')
        const { status, stdout } = await cargo2nix(['check'], { cwd: workspace })
        expect(status).toBe(1)
        expect(stdout).not.toContain('no derivation differs')
      } finally {
        writeFileSync(path, text)
      }
    })

    test('`check` asks nobody', async () => {
      const nobody = { PATH: '', HOME: process.env['HOME'] }
      const { status, stdout, stderr } = await cargo2nix(['check'], { cwd: workspace, env: nobody })
      expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('up to date'), ''])
    })

    test.for<[string, Readonly<Record<string, string>>, string]>([
      ['no sources', {}, 'run `rustup component add rust-src`'],
      [
        'a C compiler that links',
        { 'targets/my-kernel.json': JSON.stringify({ ...KERNEL, linker: 'cc', 'linker-flavor': 'gnu-cc' }) },
        'a C compiler links for',
      ],
      ['a file that rustc refuses', { 'targets/my-kernel.json': '{}' }, 'missing field `llvm-target`'],
      [
        'a name that rustc knows',
        { 'Cargo.toml': 'x86_64-unknown-none.json' },
        "that of one of rustc's own targets",
      ],
      [
        'no file',
        { 'Cargo.toml': 'nowhere.json' },
        'there is no such file, and a custom target is described in one',
      ],
    ])('%s: an error with a hint', async ([, changed, message]) => {
      const files: Record<string, string> = { ...FILES, 'targets/x86_64-unknown-none.json': '{}' }
      const manifest = FILES['Cargo.toml'].replace(
        'my-kernel.json',
        changed['Cargo.toml'] ?? 'my-kernel.json',
      )
      const folder = folderWith({ ...files, ...changed, 'Cargo.toml': manifest })
      await runCargo(['generate-lockfile', '--offline'], folder)
      const rustc = join(folder, 'rustc')
      // It has no sources, and knows each target.
      writeFileSync(rustc, '#!/bin/sh\ncase "$*" in *cfg*) echo unix;; *) echo /nowhere;; esac\n')
      chmodSync(rustc, 0o755)
      const isAboutSources = Object.keys(changed).length === 0
      const { status, stderr } = await cargo2nix(['generate'], {
        cwd: folder,
        env: { ...process.env, RUSTC: isAboutSources ? rustc : env['RUSTC'] },
      })
      await removeFolders([folder])
      expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
      expect(stderr).toContain('hint: ')
    })
  },
)

function withName(text: string): string {
  return text.replaceAll(/(?:\/[^\s/]*)*[/-]my-kernel\.json/g, 'my-kernel')
}

/** Without what allows unstable options, and with one name for the target. Before cargo 1.99, there is no `nounused`. */
function plain(calls: Parameters<typeof plainCalls>[0]): readonly PlainCall[] {
  return plainCalls(calls).map((call) => ({
    ...call,
    label: withName(call.label),
    args: call.args.map((arg) => withName(arg).replace('noprelude,nounused:', 'noprelude:')),
    variables: Object.fromEntries(
      Object.entries(call.variables).filter(([name]) => name !== 'RUSTC_BOOTSTRAP'),
    ),
  }))
}
