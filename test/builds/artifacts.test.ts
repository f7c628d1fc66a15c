/**
 * Artifact dependencies (`-Z bindeps`): the derivations are cargo's units, they call rustc and build scripts as cargo does,
 * with the variables that name the files, and the programs do the same.
 */
import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { folderWith } from '../folder.ts'
import { unitsOfDerivations, unitsOfGraph } from '../nix/derivations.ts'
import { cargoMissing, cargos, runCargo } from '../oracle/cargo.ts'
import { cargoUnitGraph, type UnitRequest } from '../oracle/unit-graph.ts'
import { cargo2nix, cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { cargoCalls } from '../recorder/cargo-calls.ts'
import { compareCalls } from '../recorder/compare-calls.ts'
import { derivationCalls } from '../recorder/derivation-calls.ts'
import { LEFT_OUT, type Difference } from '../recorder/differences.ts'
import { plainCalls, type PlainCall } from '../recorder/plain-call.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-build' : undefined)
const host = hostTriple()

const packageWith = (name: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`

const FILES = {
  'Cargo.toml':
    '[workspace]\nmembers = ["app", "lib"]\nresolver = "2"\n[profile.release]\nlto = true\n[profile.release.build-override]\nopt-level = 1\n',
  '.cargo/config.toml': '[unstable]\nbindeps = true\n',
  'app/Cargo.toml': packageWith(
    'app',
    `[dependencies]
tool = { path = "../tool", artifact = "bin", lib = true }
nat-ive = { path = "../native", package = "native", artifact = ["cdylib", "staticlib"] }
[build-dependencies]
tool = { path = "../tool", artifact = ["bin:tool"] }
for-host = { path = "../for-host", artifact = "bin", target = "${host}" }
same = { path = "../same", artifact = "bin", target = "target", features = ["loud"] }
[dev-dependencies]
tested = { path = "../tested", artifact = "bin" }
`,
  ),
  'app/build.rs': `use std::{env, process::Command};
fn said(variable: &str) -> String {
    let output = Command::new(env::var_os(variable).unwrap()).arg("script").output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
fn main() {
    let all: Vec<String> = ["CARGO_BIN_FILE_TOOL", "CARGO_BIN_FILE_FOR_HOST_for-host", "CARGO_BIN_FILE_SAME"].map(said).into();
    println!("cargo:rustc-env=SAID={}", all.join(" "));
    assert!(env::var_os("CARGO_BIN_DIR_TOOL").is_some() && env::var_os("CARGO_BIN_FILE_TOOL_other").is_none());
}
`,
  'app/src/main.rs': `static OTHER: &[u8] = include_bytes!(env!("CARGO_BIN_FILE_TOOL_other"));
static ARCHIVE: &[u8] = include_bytes!(env!("CARGO_STATICLIB_FILE_NAT_IVE_native"));
static SHARED: &[u8] = include_bytes!(env!("CARGO_CDYLIB_FILE_NAT_IVE_native"));
fn main() {
    let said = std::process::Command::new(env!("CARGO_BIN_FILE_TOOL")).arg("program").output().unwrap();
    println!("{}, {}, {}", env!("SAID"), tool::name(), String::from_utf8(said.stdout).unwrap().trim());
    println!("{} {} {}", OTHER.len() > 9, ARCHIVE.starts_with(b"!<arch>"), SHARED.len() > 9);
}
#[test]
fn runs_what_it_depends_on() {
    assert!(std::process::Command::new(env!("CARGO_BIN_FILE_TESTED")).status().unwrap().success());
}
`,
  'lib/Cargo.toml': packageWith('lib', '[dependencies]\ncommon = { path = "../common", features = ["f"] }\n'),
  'lib/src/lib.rs': '',
  'tool/Cargo.toml': packageWith('tool', '[dependencies]\ncommon = { path = "../common" }\n'),
  'tool/src/lib.rs': "pub fn name() -> &'static str { common::name() }\n",
  'tool/src/main.rs': 'fn main() { println!("{} of {}", tool::name(), std::env::args().nth(1).unwrap()) }\n',
  'tool/src/bin/other.rs': 'fn main() {}\n',
  'common/Cargo.toml': packageWith('common', '[features]\nf = []\n'),
  'common/src/lib.rs': 'pub fn name() -> &\'static str { if cfg!(feature = "f") { "f" } else { "none" } }\n',
  'native/Cargo.toml': packageWith('native', '[lib]\ncrate-type = ["cdylib", "staticlib", "rlib"]\n'),
  'native/src/lib.rs': '#[no_mangle]\npub extern "C" fn native() -> i32 { 1 }\n',
  'for-host/Cargo.toml': packageWith('for-host', '[dependencies]\ncommon = { path = "../common" }\n'),
  'for-host/src/main.rs': 'fn main() { println!("for-host with {}", common::name()) }\n',
  'same/Cargo.toml': packageWith('same', '[features]\nloud = []\n'),
  'same/build.rs': 'fn main() { println!("cargo:rustc-env=FOR={}", std::env::var("TARGET").unwrap()) }\n',
  'same/src/main.rs': 'fn main() { println!("{} {}", env!("FOR"), cfg!(feature = "loud")) }\n',
  'tested/Cargo.toml': packageWith('tested'),
  'tested/src/main.rs': 'fn main() {}\n',
}

/** A cargo of the stable channel has the feature only so. */
const UNSTABLE = { RUSTC_BOOTSTRAP: '1' }

describe.skipIf(missing !== undefined)(
  `artifact dependencies (${missing ?? 'cargo and Nix are there'})`,
  () => {
    let set: PackageSet
    let workspace: string
    beforeAll(async () => {
      set = await machinePackageSet()
      workspace = folderWith(FILES)
      await runCargo(['generate-lockfile', '--offline'], workspace)
      await cargo2nixOrFail(['generate', '--host', host, '--target', 'x86_64-pc-windows-gnu'], {
        cwd: workspace,
      })
    })
    afterAll(() => removeFolders([workspace]))

    /** With a toolchain that says to be of that release. */
    const cargoNix = (more = '', release = '1.97.0-nightly'): string => {
      const toolchain = `toolchain = args: let tools = import ${workspace}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "${release}"; }; };`
      return generated(workspace, set, `${toolchain} ${more}`)
    }
    const members = (attribute: string, profile: string): string =>
      `builtins.attrValues ${cargoNix(`profile = "${profile}";`)}.${attribute}`

    test.for<[string, UnitRequest]>([
      ['packages', { subcommand: 'build', workspace: true, release: true }],
      [
        'targets.x86_64-pc-windows-gnu.packages',
        { subcommand: 'build', workspace: true, release: true, target: ['x86_64-pc-windows-gnu'] },
      ],
    ])("%s are cargo's units", async ([attribute, request]) => {
      const answer = await cargoUnitGraph(workspace, request)
      if (answer.kind !== 'graph') throw new Error(answer.message)
      const ours = await unitsOfDerivations(set, members(attribute, 'release'))
      expect([...ours].toSorted()).toEqual([...unitsOfGraph(answer.graph)].toSorted())
    })

    test.for<[string, string, readonly string[]]>([
      ['packages', 'release', ['build', '--workspace', '--release']],
      ['packages', 'dev', ['build', '--workspace']],
      ['tests', 'dev', ['test', '--workspace']],
      [
        'targets.x86_64-pc-windows-gnu.packages',
        'release',
        ['build', '--workspace', '--release', '--target', 'x86_64-pc-windows-gnu'],
      ],
    ])(
      '%s of profile %s: rustc and build scripts are called as by cargo',
      async ([attribute, profile, command]) => {
        for (const cargo of cargos) {
          const own = join(workspace, 'calls', cargo.version, attribute, profile)
          mkdirSync(own, { recursive: true })
          const calls = await cargoCalls(
            workspace,
            [command],
            join(own, 'cargo'),
            'vendored',
            cargo,
            UNSTABLE,
          )
          const ours = await derivationCalls(set, members(attribute, profile), join(own, 'ours'))
          const met = new Set<Difference>()
          const problems = compareCalls(
            withNames(plainCalls(calls)),
            withNames(plainCalls(ours)),
            met,
            LEFT_OUT,
          )
          expect(problems.join('\n\n')).toBe('')
          const variables = plainCalls(ours).flatMap((call) => Object.keys(call.variables))
          for (const name of [
            'CARGO_BIN_FILE_TOOL',
            'CARGO_CDYLIB_FILE_NAT_IVE_native',
            'CARGO_BIN_DIR_FOR_HOST',
          ])
            expect(variables).toContain(name)
        }
      },
    )

    test('programs and tests do what those of cargo do', async () => {
      const [program] = await nixBuild(set, cargoNix(), ['packages.app', 'tests.app'])
      const target = join(workspace, 'target')
      const command = ['build', '--quiet', '--release', '--offline', '--workspace']
      expect((await runCargo(command, workspace, { CARGO_TARGET_DIR: target })).stderr).toBe('')
      const expected = await runOrFail(join(target, 'release', 'app'), [])
      const ours = await runOrFail(join(program!, 'bin', 'app'), [])
      expect(expected.stdout).toContain('of script')
      expect(ours.stdout).toBe(expected.stdout)
    })

    test('a stable toolchain is refused', async () => {
      const args = ['--eval', '--expr', `${cargoNix('', '1.99.0')}.packages.app.drvPath`]
      const { status, stderr } = await run('nix-instantiate', args, { env: set.env })
      expect(status).not.toBe(0)
      expect(stderr).toContain('app/Cargo.toml: the artifact dependency `for-host`')
      const stable = folderWith({ ...FILES, 'rust-toolchain.toml': '[toolchain]\nchannel = "1.95"\n' })
      await runCargo(['generate-lockfile', '--offline'], stable)
      const refused = await cargo2nix(['generate'], { cwd: stable })
      await removeFolders([stable])
      expect(refused.stderr).toContain('needs a nightly toolchain, and the toolchain is 1.95')
    })
  },
)

const ARTIFACT = /^CARGO_(BIN|CDYLIB|STATICLIB)_(FILE|DIR)_/

/** Without the directories and hashes of artifacts' files, and without what turns the feature on. */
function withNames(calls: readonly PlainCall[]): readonly PlainCall[] {
  return calls.map((call) => ({
    ...call,
    variables: Object.fromEntries(
      Object.entries(call.variables)
        .filter(([name]) => name !== 'RUSTC_BOOTSTRAP')
        .map(([name, value]) => {
          const [, , what] = ARTIFACT.exec(name) ?? []
          if (what === undefined) return [name, value]
          return [
            name,
            what === 'DIR'
              ? ''
              : basename(value)
                  .replace(/-[0-9a-f]{16}/, '')
                  .replaceAll('-', '_'),
          ]
        }),
    ),
  }))
}
