/** `build.warnings`: if a lint's warning makes cargo fail, the build fails, too. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isOlder } from '../../src/cargo/workspace/newer-rules.ts'
import { folderWith } from '../folder.ts'
import { cargoMissing, newestCargo, runCargo } from '../oracle/cargo.ts'
import { cargo2nixOrFail, run, type Finished } from '../program.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-build' : undefined)

const packageWith = (name: string, more = ''): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`

const WORKSPACE = {
  'Cargo.toml':
    '[workspace]\nmembers = ["clean", "unused", "allowed", "script", "above", "again"]\nresolver = "2"\n',
  'clean/Cargo.toml': packageWith('clean'),
  'clean/src/lib.rs': '',
  'unused/Cargo.toml': packageWith('unused'),
  'unused/src/lib.rs': 'fn nobody_calls_it() {}\n',
  'allowed/Cargo.toml': packageWith('allowed', '[lints.rust]\ndead_code = "allow"\n'),
  'allowed/src/lib.rs': 'fn nobody_calls_it() {}\n',
  'script/Cargo.toml': packageWith('script'),
  'script/build.rs': 'fn main() { println!("cargo::warning=no lint says so") }\n',
  'script/src/lib.rs': '',
  'above/Cargo.toml': packageWith('above', '[dependencies]\nunused = { path = "../unused" }\n'),
  'above/src/lib.rs': '',
  'again/Cargo.toml': packageWith('again'),
  'again/src/lib.rs': '#![warn(warnings)]\nfn nobody_calls_it() {}\n',
}

const MEMBERS = ['clean', 'unused', 'allowed', 'script', 'above', 'again']

describe.skipIf(missing !== undefined)(`build.warnings (${missing ?? 'cargo and Nix are there'})`, () => {
  let set: PackageSet
  let workspace: string
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = folderWith({ ...WORKSPACE, '.cargo/config.toml': '' })
    await runCargo(['generate-lockfile', '--offline'], workspace)
  })
  afterAll(() => removeFolders([workspace]))

  /** Builds the library's unit, with a toolchain that says to be of that release. */
  const build = (member: string, release: string): Promise<Finished> => {
    const toolchain = `toolchain = args: let tools = import ${workspace}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "${release}"; }; };`
    const expression = `${generated(workspace, set, toolchain)}.crates."${member}-0.1.0".lib`
    return run('nix-build', ['--no-out-link', '--expr', expression], { env: set.env })
  }

  const LOUD = ['unused', 'above', 'again']
  test.for([
    ['deny', [], LOUD],
    ['allow', [], []],
    ['warn', [], []],
    ['deny', ['--force-warn', 'dead_code'], ['unused', 'allowed', 'above', 'again']],
    ['deny', ['--cap-lints=warn'], LOUD],
    ['deny', ['--cap-lints', 'allow'], []],
    // It is no lint that warns.
    ['deny', ['-Ctarget-feature=+none-such'], LOUD],
  ] as const)(
    '"%s" fails the builds that cargo fails, with rustflags %j',
    async ([value, flags, failing], { skip }) => {
      if (isOlder(newestCargo!.version, '1.97'))
        skip('no cargo at hand has the rule: run scripts/newer-cargo')
      const config = `build.warnings = "${value}"\nbuild.rustflags = ${JSON.stringify(flags)}\n`
      await writeFile(join(workspace, '.cargo/config.toml'), config)
      await cargo2nixOrFail(['generate'], { cwd: workspace })
      const seen: string[] = []
      for (const member of MEMBERS) {
        const args = ['build', '--locked', '--offline', '--package', member]
        const env = {
          CARGO_TARGET_DIR: join(workspace, 'target', value, flags.join('-'), member),
          RUSTC_BOOTSTRAP: undefined,
        }
        const expected = await runCargo(args, workspace, env, newestCargo)
        const ours = await build(member, newestCargo!.version)
        expect(ours.status === 0, `${member}: ${expected.stderr}\n${ours.stderr}`).toBe(expected.status === 0)
        if (expected.status !== 0) seen.push(member)
      }
      expect(seen).toEqual(failing)
      expect((await build('unused', '1.96.0')).status).toBe(0)
    },
  )
})
