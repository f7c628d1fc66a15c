/**
 * `resolver.feature-unification = "package"`: each member is what `cargo build --package MEMBER` makes of it, in all outputs.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { folderWith } from '../folder.ts'
import { unitsOfDerivations, unitsOfGraph } from '../nix/derivations.ts'
import { cargoMissing, cargos, runCargo } from '../oracle/cargo.ts'
import { cargoUnitGraph } from '../oracle/unit-graph.ts'
import { cargo2nix, cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-build' : undefined)

const packageWith = (name: string, more: string): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`

const MEMBERS = ['left', 'right', 'middle', 'macros']

const WORKSPACE = {
  'Cargo.toml': `[workspace]
members = ["left", "right", "middle", "macros"]
exclude = ["common"]
resolver = "2"
[workspace.metadata.cargo2nix.builds]
loud = { packages = ["left", "right"], features = ["left/loud", "shout"], profile = "dev" }
`,
  '.cargo/config.toml':
    '[unstable]\nfeature-unification = true\n[resolver]\nfeature-unification = "package"\n',
  'left/Cargo.toml': packageWith(
    'left',
    `[dependencies]
common = { path = "../common", features = ["left"] }
middle = { path = "../middle" }
macros = { path = "../macros" }
[dev-dependencies]
common = { path = "../common", features = ["tested"] }
[features]
loud = ["middle/loud"]
`,
  ),
  'left/src/main.rs': 'fn main() { println!("{} {}", common::features(), middle::features()) }\n',
  'left/tests/says.rs': '#[test]\nfn says() { assert_eq!(common::features(), "left tested") }\n',
  'right/Cargo.toml': packageWith(
    'right',
    `[dependencies]
common = { path = "../common", features = ["right"] }
middle = { path = "../middle" }
[build-dependencies]
common = { path = "../common", features = ["script"] }
[features]
shout = []
[[bin]]
name = "shouted"
path = "src/shouted.rs"
required-features = ["shout"]
`,
  ),
  'right/build.rs': 'fn main() { println!("cargo:rustc-env=SCRIPT={}", common::features()) }\n',
  'right/src/lib.rs': '',
  'right/src/main.rs':
    'fn main() { println!("{} {}, {}", common::features(), middle::features(), env!("SCRIPT")) }\n',
  'right/src/shouted.rs': 'fn main() { println!("SHOUTED") }\n',
  'middle/Cargo.toml': packageWith(
    'middle',
    '[dependencies]\ncommon = { path = "../common" }\n[features]\nloud = []\n',
  ),
  'middle/src/lib.rs':
    'pub fn features() -> String { format!("{}{}", common::features(), if cfg!(feature = "loud") { "!" } else { "" }) }\n',
  'macros/Cargo.toml': packageWith(
    'macros',
    '[lib]\nproc-macro = true\n[dependencies]\ncommon = { path = "../common" }\n',
  ),
  'macros/src/lib.rs': '',
  'common/Cargo.toml': packageWith('common', '[features]\nleft = []\nright = []\nscript = []\ntested = []\n'),
  'common/src/lib.rs': `pub fn features() -> &'static str {
    match (cfg!(feature = "left"), cfg!(feature = "right"), cfg!(feature = "script"), cfg!(feature = "tested")) {
        (true, false, false, false) => "left",
        (true, false, false, true) => "left tested",
        (false, true, false, false) => "right",
        (false, false, true, false) => "script",
        (false, false, false, false) => "none",
        _ => "united",
    }
}
`,
}

describe.skipIf(missing !== undefined)(
  `feature unification by package (${missing ?? 'cargo and Nix are there'})`,
  () => {
    let set: PackageSet
    let workspace: string
    /** Without unification, and with a build of the settings for each member. */
    let plain: string
    beforeAll(async () => {
      set = await machinePackageSet()
      workspace = folderWith(WORKSPACE)
      const builds = MEMBERS.map((name) => `${name} = { packages = ["${name}"] }\n`).join('')
      const loud =
        'loud-left = { packages = ["left"], features = ["loud"], profile = "dev" }\nloud-right = { packages = ["right"], features = ["shout"], profile = "dev" }\n'
      plain = folderWith({
        ...WORKSPACE,
        'Cargo.toml': `${WORKSPACE['Cargo.toml'].split('[workspace.metadata')[0]}[workspace.metadata.cargo2nix.builds]\n${builds}${loud}`,
        '.cargo/config.toml': '',
      })
      for (const folder of [workspace, plain]) {
        await runCargo(['generate-lockfile', '--offline'], folder)
        await cargo2nixOrFail(['generate', '--host', hostTriple()], { cwd: folder })
      }
    })
    afterAll(() => removeFolders([workspace, plain]))

    const withRelease = (folder: string, release = '1.97.0-nightly'): string =>
      generated(
        folder,
        set,
        `toolchain = args: let tools = import ${folder}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "${release}"; }; };`,
      )
    const evaluated = async (expression: string): Promise<unknown> => {
      const args = ['--eval', '--strict', '--json', '--expr', expression]
      return JSON.parse((await runOrFail('nix-instantiate', args, { env: set.env })).stdout) as unknown
    }

    test.for(MEMBERS)("packages.%s has the units of cargo's --package", async (member) => {
      const ours = await unitsOfDerivations(set, `${withRelease(workspace)}.packages.${member}`)
      for (const cargo of cargos) {
        const request = { subcommand: 'build', package: [member], release: true } as const
        const answer = await cargoUnitGraph(workspace, request, {}, cargo)
        if (answer.kind !== 'graph') throw new Error(answer.message)
        expect([...ours].toSorted()).toEqual([...unitsOfGraph(answer.graph)].toSorted())
      }
    })

    test('every output of a member is that of a build of its own', async () => {
      const outputs = (build: string, member: string): string =>
        `map (kind: cargoNix.builds.${build}.\${kind}.${member}.drvPath) [ "packages" "tests" "clippy" "doc" "clippyReport" ]`
      const all = (folder: string, pairs: readonly (readonly [string, string])[]): Promise<unknown> =>
        evaluated(
          `let cargoNix = ${withRelease(folder)}; in [ ${pairs.map(([build, member]) => `(${outputs(build, member)})`).join(' ')} ]`,
        )
      const ours = await all(workspace, [
        ...MEMBERS.map((name) => ['default', name] as const),
        ['loud', 'left'],
        ['loud', 'right'],
      ])
      expect(ours).toEqual(
        await all(plain, [
          ...MEMBERS.map((name) => [name, name] as const),
          ['loud-left', 'left'],
          ['loud-right', 'right'],
        ]),
      )
      const checks = `let cargoNix = ${withRelease(workspace)}; in builtins.all (name: cargoNix.checks."package-\${name}" == cargoNix.packages.\${name} && cargoNix.hydraJobs.tests.\${name} == cargoNix.tests.\${name}) (builtins.attrNames cargoNix.packages)`
      expect(await evaluated(checks)).toBe(true)
    })

    test('units by name are those of the first member, and the shell has those of all', async () => {
      const cargoNix = withRelease(workspace)
      const features = `let cargoNix = ${cargoNix}; in map (crate: crate.lib.drvPath) [ cargoNix.crates.common cargoNix.builds."default/left".crates.common cargoNix.builds."default/right".crates.common ]`
      const [first, left, right] = (await evaluated(features)) as readonly string[]
      expect(first).toBe(left)
      expect(first).not.toBe(right)
      expect(await evaluated(`(${cargoNix}.shell.override { warm = true; }).drvPath`)).toMatch(/\.drv$/)
      expect(await evaluated(`builtins.length ${cargoNix}.rustProject.units > 0`)).toBe(true)
    })

    test('programs and tests have their own features', async () => {
      const attributes = ['packages.left', 'packages.right', 'builds.loud.packages.left', 'tests.left']
      const outputs = await nixBuild(set, withRelease(workspace), attributes)
      const says = async (at: number, name: string): Promise<string> =>
        (await runOrFail(join(outputs[at]!, 'bin', name), [])).stdout.trim()
      const ofCargo = async (args: readonly string[]): Promise<string> =>
        (await runCargo(['run', '--quiet', '--release', '--offline', ...args], workspace)).stdout.trim()
      expect(await says(0, 'left')).toBe('left left')
      expect(await says(1, 'right')).toBe('right right, script')
      expect(await says(2, 'left')).toBe('left left!')
      expect(await says(0, 'left')).toBe(await ofCargo(['-p', 'left']))
      expect(await says(1, 'right')).toBe(await ofCargo(['-p', 'right', '--bin', 'right']))
    })

    test('a member without the features that it would have together is left out, with a note', async () => {
      const idle = folderWith({
        'Cargo.toml': '[workspace]\nmembers = ["tool", "user"]\nresolver = "2"\n',
        '.cargo/config.toml': WORKSPACE['.cargo/config.toml'],
        'tool/Cargo.toml': packageWith(
          'tool',
          '[features]\nextra = []\n[[bin]]\nname = "tool"\npath = "src/main.rs"\nrequired-features = ["extra"]\n',
        ),
        'tool/src/main.rs': 'fn main() {}\n',
        'user/Cargo.toml': packageWith(
          'user',
          '[dependencies]\ntool = { path = "../tool", features = ["extra"] }\n',
        ),
        'user/src/lib.rs': '',
      })
      await runCargo(['generate-lockfile', '--offline'], idle)
      const { stdout, stderr } = await cargo2nixOrFail(['generate', '--host', hostTriple()], { cwd: idle })
      const names = await evaluated(`builtins.attrNames ${withRelease(idle)}.packages`)
      await removeFolders([idle])
      expect(stdout + stderr).toContain('`tool` is skipped: all its targets require features')
      expect(names).toEqual(['user'])
    })

    test('a stable toolchain is refused, and so is a build whose name has a slash', async () => {
      const asked = `${withRelease(workspace, '1.99.0')}.packages.left.drvPath`
      const { status, stderr } = await run('nix-instantiate', ['--eval', '--expr', asked], { env: set.env })
      expect([status, stderr]).toEqual([1, expect.stringContaining('`resolver.feature-unification`')])
      const manifest = `${WORKSPACE['Cargo.toml']}"default/left" = {}\n`
      const slashed = folderWith({ ...WORKSPACE, 'Cargo.toml': manifest })
      await runCargo(['generate-lockfile', '--offline'], slashed)
      const refused = await cargo2nix(['generate'], { cwd: slashed })
      await removeFolders([slashed])
      expect([refused.status, refused.stderr]).toEqual([
        2,
        expect.stringContaining('`default/left` has a slash'),
      ])
    })
  },
)
