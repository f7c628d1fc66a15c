/**
 * Toolchains older than a workspace requires: cargo refuses to compile packages with a higher `rust-version`, and so does
 * evaluation. What an older cargo would read differently is refused if the toolchain is known to be older.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generated, machinePackageSet, nixIsMissing, type PackageSet } from '../builds/package-set.ts'
import { removeFolders } from '../builds/checkout.ts'
import { folderWith } from '../folder.ts'
import { cargoMissing, cargoVersion, runCargo } from '../oracle/cargo.ts'
import { cargo2nix, cargo2nixOrFail, run, type Finished } from '../program.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)

const packageWith = (name: string, more: string): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`

/** Later than any cargo at hand. */
const TOO_NEW = '1.500'

const WORKSPACE = {
  'Cargo.toml': '[workspace]\nmembers = ["*-member"]\nresolver = "2"\n',
  'plain-member/Cargo.toml': packageWith('plain', 'rust-version = "1.60"\n'),
  'plain-member/src/lib.rs': '',
  'new-member/Cargo.toml': packageWith('new', `rust-version = "${TOO_NEW}"\n`),
  'new-member/src/lib.rs': '',
  'above-member/Cargo.toml': packageWith('above', '[dependencies]\nnew = { path = "../new-member" }\n'),
  'above-member/src/lib.rs': '',
  'built-member/Cargo.toml': packageWith('built', '[build-dependencies]\nnew = { path = "../new-member" }\n'),
  'built-member/src/lib.rs': '',
  'built-member/build.rs': 'fn main() {}',
  'tested-member/Cargo.toml': packageWith('tested', '[dev-dependencies]\nnew = { path = "../new-member" }\n'),
  'tested-member/src/lib.rs': '',
  'windows-member/Cargo.toml': packageWith(
    'windows',
    '[target.\'cfg(windows)\'.dependencies]\nnew = { path = "../new-member" }\n',
  ),
  'windows-member/src/lib.rs': '',
}

const MEMBERS = ['plain', 'new', 'above', 'built', 'tested', 'windows']

describe.skipIf(missing !== undefined)(`old toolchains (${missing ?? 'cargo and Nix are there'})`, () => {
  let set: PackageSet
  let workspace: string
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = folderWith(WORKSPACE)
    await runCargo(['generate-lockfile', '--offline'], workspace)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => removeFolders([workspace]))

  /** Evaluates a derivation with a compiler of that version; without one, with a package that does not say. */
  const evaluate = (attribute: string, version: string | undefined, more = ''): Promise<Finished> => {
    const rustc =
      version === undefined
        ? 'builtins.removeAttrs tools.rustc [ "version" ]'
        : `tools.rustc // { version = "${version}"; }`
    const toolchain = `toolchain = args: let tools = import ${workspace}/nix/toolchain.nix args; in tools // { rustc = ${rustc}; };`
    const expression = `${generated(workspace, set, `${toolchain} ${more}`)}.${attribute}.drvPath`
    return run('nix-instantiate', ['--eval', '--expr', expression], { env: set.env })
  }

  const release = /[\d.]+/.exec(cargoVersion ?? '')?.[0]

  test.for(
    MEMBERS.flatMap((member) =>
      (['build', 'test', 'check'] as const).map((subcommand) => [subcommand, member] as const),
    ),
  )('cargo %s --package %s', async ([subcommand, member]) => {
    const flags = ['--unit-graph', '-Z', 'unstable-options', '--locked', '--offline']
    const { status, stderr } = await runCargo([subcommand, ...flags, '--package', member], workspace)
    const attribute = { build: 'packages', test: 'tests', check: 'clippy' }[subcommand]
    const ours = await evaluate(`${attribute}.${member}`, release)
    expect(ours.status === 0, ours.stderr).toBe(status === 0)
    if (status === 0) return
    expect(stderr).toContain(`new@0.1.0 requires rustc ${TOO_NEW}`)
    expect(ours.stderr).toContain(`new 0.1.0 requires rustc ${TOO_NEW}`)
    expect(ours.stderr).not.toContain('plain')
    expect((await evaluate(`${attribute}.${member}`, release, 'ignoreRustVersion = true;')).status).toBe(0)
  })

  test.for([
    [TOO_NEW, true],
    [`${TOO_NEW}.1`, true],
    [`${TOO_NEW}.0-nightly`, true],
    ['1.499.9', false],
    [undefined, true],
  ] as const)('rustc %s', async ([version, compiles]) => {
    expect((await evaluate('packages.new', version)).status === 0).toBe(compiles)
  })

  test('generate says it where it knows the toolchain', async () => {
    await writeFile(join(workspace, 'rust-toolchain.toml'), '[toolchain]\nchannel = "1.95"\n')
    const { stdout, stderr } = await cargo2nixOrFail(['generate'], { cwd: workspace })
    expect(stdout + stderr).toContain(`new 0.1.0 requires rustc ${TOO_NEW}, and the toolchain is 1.95`)
    expect(stdout + stderr).not.toContain('plain 0.1.0 requires')
  })
})

test.skipIf(missing !== undefined)(
  'what a nightly follows and is not supported is refused by evaluation',
  async () => {
    const workspace = folderWith({
      'Cargo.toml': packageWith('app', ''),
      'Cargo.lock': 'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
      '.cargo/config.toml': '[unstable]\nbuild-std = ["std"]\npanic-abort-tests = true\n',
    })
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    const set = await machinePackageSet()
    const evaluate = (version: string): Promise<Finished> => {
      const toolchain = `toolchain = args: let tools = import ${workspace}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "${version}"; }; };`
      const expression = `${generated(workspace, set, toolchain)}.packages.app.drvPath`
      return run('nix-instantiate', ['--eval', '--expr', expression], { env: set.env })
    }
    const nightly = await evaluate('1.98.0-nightly')
    expect(nightly.status).toBe(1)
    expect(nightly.stderr).toContain('is not supported: .cargo/config.toml: `unstable.build-std`, ')
    expect((await evaluate('1.98.0')).status).toBe(0)
    await removeFolders([workspace])
  },
)

const NEWER: readonly (readonly [what: string, since: string, files: Readonly<Record<string, string>>])[] = [
  ['`profile.debug`', '1.99', { 'Cargo.toml': packageWith('app', '[profile.debug]\nopt-level = 1\n') }],
  [
    '`profile.mine.inherits = "debug"`',
    '1.99',
    { 'Cargo.toml': packageWith('app', '[profile.mine]\ninherits = "debug"\n') },
  ],
  [
    '`dependencies.leaf.default-features = false`',
    '1.99',
    {
      'Cargo.toml': `${packageWith('app', '').replace('2021', '2024')}
[dependencies]
leaf = { workspace = true, default-features = false }
[workspace]
members = ["leaf"]
[workspace.dependencies]
leaf = { path = "leaf" }
`,
      'Cargo.lock':
        'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = ["leaf"]\n[[package]]\nname = "leaf"\nversion = "0.1.0"\n',
      'leaf/Cargo.toml': packageWith('leaf', ''),
      'leaf/src/lib.rs': '',
    },
  ],
  ['`resolver.lockfile-path`', '1.97', { '.cargo/config.toml': 'resolver.lockfile-path = "Cargo.lock"\n' }],
]

describe.skipIf(missing !== undefined)(`newer rules (${missing ?? 'cargo and Nix are there'})`, () => {
  test.for(NEWER)('%s is refused before cargo %s', async ([what, since, files]) => {
    const workspace = folderWith({
      'Cargo.toml': packageWith('app', ''),
      'Cargo.lock': 'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
      ...files,
    })
    try {
      const [major = '', minor = ''] = since.split('.')
      const before = `${major}.${Number(minor) - 1}`
      const generate = async (channel: string): Promise<Finished> => {
        await writeFile(join(workspace, 'rust-toolchain.toml'), `[toolchain]\nchannel = "${channel}"\n`)
        return cargo2nix(['generate'], { cwd: workspace })
      }
      const refused = await generate(before)
      expect([refused.status, refused.stderr]).toEqual([
        2,
        expect.stringContaining(
          `${what} is understood from cargo ${since} on, and the toolchain is ${before}`,
        ),
      ])
      for (const channel of [since, `${since}.1`, 'stable']) {
        const { status, stderr } = await generate(channel)
        expect(status, stderr).toBe(0)
      }
      // Nix alone knows what nixpkgs has.
      const set = await machinePackageSet()
      const evaluate = (version: string): Promise<Finished> => {
        const toolchain = `toolchain = args: let tools = import ${workspace}/nix/toolchain.nix args; in tools // { rustc = tools.rustc // { version = "${version}"; }; };`
        const expression = `${generated(workspace, set, toolchain)}.packages.app.drvPath`
        return run('nix-instantiate', ['--eval', '--expr', expression], { env: set.env })
      }
      const old = await evaluate(`${before}.0`)
      expect([old.status === 0, old.stderr]).toEqual([
        false,
        expect.stringContaining(`${what} (cargo ${since})`),
      ])
      expect((await evaluate(`${since}.0`)).status).toBe(0)
    } finally {
      await removeFolders([workspace])
    }
  })
})
