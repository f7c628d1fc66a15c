/** `rustflags` and `codegen-backend` of profiles, with a nightly toolchain: rustc is called as by cargo. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { folderWith } from '../folder.ts'
import { cargoMissing, cargos, runCargo } from '../oracle/cargo.ts'
import { cargo2nix, cargo2nixOrFail, run } from '../program.ts'
import { cargoCalls } from '../recorder/cargo-calls.ts'
import { compareCalls } from '../recorder/compare-calls.ts'
import { derivationCalls } from '../recorder/derivation-calls.ts'
import { LEFT_OUT, type Difference } from '../recorder/differences.ts'
import { plainCalls, type PlainCall } from '../recorder/plain-call.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)

const WORKSPACE = {
  'Cargo.toml': `cargo-features = ["profile-rustflags", "codegen-backend"]
[package]
name = "app"
version = "0.1.0"
edition = "2021"
[dependencies]
dep = { path = "dep" }
[build-dependencies]
dep = { path = "dep" }
[workspace]
exclude = ["dep"]
[profile.dev]
codegen-backend = "llvm"
[profile.release]
rustflags = ["--cfg", "everywhere"]
debug-assertions = true
codegen-units = 3
[profile.release.package.dep]
rustflags = ["--cfg", "in_dep"]
codegen-backend = "llvm"
`,
  'build.rs': 'fn main() {}\n',
  'src/main.rs': 'fn main() {}\n',
  'dep/Cargo.toml': '[package]\nname = "dep"\nversion = "0.1.0"\n',
  'dep/src/lib.rs': '',
  'Cargo.lock':
    'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = ["dep"]\n[[package]]\nname = "dep"\nversion = "0.1.0"\n',
}

describe.skipIf(missing !== undefined)(`unstable profiles (${missing ?? 'cargo and Nix are there'})`, () => {
  let set: PackageSet
  let workspace: string
  let calling: string
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = folderWith(WORKSPACE)
    calling = folderWith({})
    await runCargo(['generate-lockfile', '--offline'], workspace)
    await cargo2nixOrFail(['generate', '--host', hostTriple()], { cwd: workspace })
  })
  afterAll(() => removeFolders([workspace, calling]))

  const cargoNix = (profile: string, release: string): string => {
    const toolchain = `toolchain = args: let tools = import ${workspace}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "${release}"; }; };`
    return generated(workspace, set, `profile = "${profile}"; ${toolchain}`)
  }
  /** Without what turns unstable features on. */
  const plain = (calls: Parameters<typeof plainCalls>[0]): readonly PlainCall[] =>
    plainCalls(calls).map((call) => ({
      ...call,
      variables: Object.fromEntries(
        Object.entries(call.variables).filter(([name]) => name !== 'RUSTC_BOOTSTRAP'),
      ),
    }))

  test.for([
    ['release', 'packages', ['build', '--release']],
    ['dev', 'packages', ['build']],
    ['dev', 'tests', ['test']],
  ] as const)('%s: %s', async ([profile, attribute, command]) => {
    const own = join(calling, profile, attribute)
    const expression = `builtins.attrValues ${cargoNix(profile, '1.97.0-nightly')}.${attribute}`
    const ours = plain(await derivationCalls(set, expression, join(own, 'ours')))
    expect(JSON.stringify(ours)).toContain(profile === 'dev' ? 'codegen-backend=llvm' : 'everywhere')
    for (const cargo of cargos) {
      const calls = await cargoCalls(workspace, [command], join(own, cargo.version), 'vendored', cargo, {
        RUSTC_BOOTSTRAP: '1',
      })
      expect(compareCalls(plain(calls), ours, new Set<Difference>(), LEFT_OUT).join('\n\n')).toBe('')
    }
  })

  test('a stable toolchain is refused, by generate and by evaluation', async () => {
    const asked = `${cargoNix('release', '1.99.0')}.packages.app.drvPath`
    const { status, stderr } = await run('nix-instantiate', ['--eval', '--expr', asked], { env: set.env })
    expect([status, stderr]).toEqual([1, expect.stringContaining('`rustflags` in `profile.release`')])
    const stable = folderWith({ ...WORKSPACE, 'rust-toolchain.toml': '[toolchain]\nchannel = "1.95"\n' })
    const refused = await cargo2nix(['generate'], { cwd: stable })
    await removeFolders([stable])
    expect(refused.stderr).toContain('needs a nightly toolchain, and the toolchain is 1.95')
  })

  test('a key that nothing allows is refused, with what would allow it', async () => {
    const manifest = WORKSPACE['Cargo.toml'].replace(/^cargo-features.*$/m, '')
    const forbidden = folderWith({ ...WORKSPACE, 'Cargo.toml': manifest })
    const { status, stderr } = await cargo2nix(['generate'], { cwd: forbidden })
    await removeFolders([forbidden])
    expect(status).toBe(2)
    expect(stderr).toMatch(/Cargo\.toml: `profile\.(dev\.codegen-backend|release\.rustflags)`/)
    expect(stderr).toMatch(/write `cargo-features = \["(codegen-backend|profile-rustflags)"\]`/)
  })
})
