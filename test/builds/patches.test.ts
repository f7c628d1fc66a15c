/**
 * `[patch]` and `[replace]`, by path and by repository, from the manifest and from the configuration: the unit graph and
 * the warnings are cargo's, and Nix's build prints the same as cargo's.
 */
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Files } from '../folder.ts'
import { cargoMissing } from '../oracle/cargo.ts'
import { askOurs, cargoUnitGraph, difference } from '../oracle/unit-graph.ts'
import { cargo2nix, run, runOrFail } from '../program.ts'
import { registry, repository, writeFiles } from '../registry.ts'
import { removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

/** A crate that says who it is. */
const leaf = (says: string, version = '1.0.0', folder = ''): Files => ({
  [`${folder}Cargo.toml`]: `[package]\nname = "leaf"\nversion = "${version}"\nedition = "2021"\nlicense = "MIT"\ndescription = "x"\n`,
  [`${folder}src/lib.rs`]: `pub const SAYS: &str = "${says}";\n`,
})

const middle: Files = {
  'Cargo.toml':
    '[package]\nname = "middle"\nversion = "1.0.0"\nedition = "2021"\nlicense = "MIT"\ndescription = "x"\n[dependencies]\nleaf = "1"\n',
  'src/lib.rs': 'pub fn tell() -> String { format!("middle and {}", leaf::SAYS) }\n',
}

/** A published crate below another one, and one from a repository. */
const app = (url: string): Files => ({
  'Cargo.toml': `[package]
name = "app"
version = "0.1.0"
edition = "2021"
[dependencies]
middle = "1"
leaf = { git = "${url}/upstream" }
`,
  'src/main.rs': 'fn main() { println!("{}; {}", middle::tell(), leaf::SAYS) }\n',
})

interface Case {
  readonly name: string
  /** Added to the manifest; URL stands for where the repositories are. */
  readonly manifest?: string
  readonly config?: string
  readonly files?: Files
  readonly says: string
  /** What cargo warns of. */
  readonly warns?: string
}

const cases: readonly Case[] = [
  {
    name: 'by path, for a dependency of a dependency',
    manifest: '[patch.crates-io]\nleaf = { path = "mine/leaf" }',
    files: leaf('the path', '1.2.3', 'mine/leaf/'),
    says: 'middle and the path; upstream',
  },
  {
    name: 'by path outside of the workspace, from the configuration',
    config: '[patch.crates-io]\nleaf = { path = "../beside/leaf" }',
    says: 'middle and beside; upstream',
  },
  {
    name: 'the configuration wins over the manifest',
    manifest: '[patch.crates-io]\nleaf = { path = "mine/leaf" }',
    config: '[patch.crates-io]\nleaf = { path = "../beside/leaf" }',
    files: leaf('the path', '1.2.3', 'mine/leaf/'),
    says: 'middle and beside; upstream',
  },
  {
    name: 'by a branch of a repository, in a sub-directory of it',
    manifest: '[patch.crates-io]\nleaf = { git = "URL/fork", branch = "feature/slash" }',
    says: 'middle and the fork; upstream',
  },
  {
    name: 'by a repository, from the configuration',
    config: '[patch.crates-io]\nleaf = { git = "URL/fork" }',
    says: 'middle and the fork; upstream',
  },
  {
    name: 'of a repository, by path',
    manifest: '[patch."URL/upstream"]\nleaf = { path = "mine/leaf" }',
    files: leaf('the path', '1.2.3', 'mine/leaf/'),
    says: 'middle and published; the path',
  },
  {
    name: 'of a repository, by another one',
    manifest: '[patch."URL/upstream"]\nleaf = { git = "URL/fork" }',
    says: 'middle and published; the fork',
  },
  {
    name: 'of both sources, one under another name',
    manifest: `[patch.crates-io]\nother = { package = "leaf", path = "mine/leaf" }
[patch."URL/upstream"]\nleaf = { git = "URL/fork" }`,
    files: leaf('the path', '1.2.3', 'mine/leaf/'),
    says: 'middle and the path; the fork',
  },
  {
    name: 'that nothing uses',
    manifest: '[patch.crates-io]\nleaf = { path = "mine/leaf" }',
    files: leaf('the path', '2.0.0', 'mine/leaf/'),
    says: 'middle and published; upstream',
    warns: 'leaf v2.0.0',
  },
  {
    name: 'replaced by path',
    manifest: '[replace]\n"leaf:1.0.0" = { path = "mine/leaf" }',
    files: leaf('the path', '1.0.0', 'mine/leaf/'),
    says: 'middle and the path; upstream',
  },
  {
    name: 'replaced by a repository',
    manifest:
      '[replace]\n"https://github.com/rust-lang/crates.io-index#leaf:1.0.0" = { git = "URL/fork", branch = "feature/slash" }',
    says: 'middle and the fork; upstream',
  },
]

const missing = (await nixIsMissing()) ? 'no nix-build on this machine' : cargoMissing

describe.skipIf(missing !== undefined)(`patches (${missing ?? 'Nix and cargo are there'})`, () => {
  let folder = ''
  let url = ''
  let mirror = ''
  let home = ''
  let set: PackageSet

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-patches-')))
    url = `file://${folder}`
    home = join(folder, 'home')
    const published = registry(join(folder, 'registry'), home)
    mirror = `[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "${published.index}"\n`
    published.publish(leaf('published'), 'leaf', '1.0.0')
    const config = { '.cargo/config.toml': mirror }
    published.publish({ ...middle, ...config }, 'middle', '1.0.0', [{ name: 'leaf', req: '^1' }])
    repository(join(folder, 'upstream'), leaf('upstream'), [])
    repository(join(folder, 'fork'), leaf('the fork', '1.0.0', 'crates/leaf/'), ['refs/heads/feature/slash'])
    writeFiles(join(folder, 'beside/leaf'), leaf('beside', '1.9.0'))
    set = await machinePackageSet()
    set = { ...set, env: { ...set.env, CARGO_HOME: home } }
  })
  afterAll(() => removeFolders([folder]))

  /** The unit graph of cargo must be ours. */
  const compareUnits = async (workspace: string): Promise<void> => {
    const env = { CARGO_HOME: home }
    const request = { subcommand: 'test' } as const
    const expected = await cargoUnitGraph(workspace, request, { env })
    expect(expected.kind).toBe('graph')
    expect(difference(expected, (await askOurs(workspace, { env })).answer(request))).toBeUndefined()
  }

  test.for(cases)('$name', async ({ name, manifest = '', config = '', files = {}, says, warns }) => {
    const here = (text: string): string => text.replaceAll('URL', url)
    const workspace = join(folder, name.replaceAll(/\W+/g, '-'))
    const base = app(url)
    writeFiles(workspace, {
      ...base,
      ...files,
      'Cargo.toml': `${base['Cargo.toml']}${here(manifest)}\n`,
      '.cargo/config.toml': `${mirror}${here(config)}\n`,
    })
    const env = { CARGO_HOME: home, CARGO_TARGET_DIR: join(folder, 'target') }
    const options = { cwd: workspace, env: { ...process.env, ...env } }
    await runOrFail('cargo', ['generate-lockfile'], options)
    const byCargo = await runOrFail('cargo', ['run', '--locked'], options)
    expect(byCargo.stdout).toBe(`${says}\n`)
    expect(byCargo.stderr.includes('was not used')).toBe(warns !== undefined)
    expect(byCargo.stderr).toContain(warns ?? '')

    const generating = await cargo2nix(['generate'], options)
    expect(generating).toMatchObject({ status: 0 })
    expect(generating.stderr.includes('is not used')).toBe(warns !== undefined)
    await compareUnits(workspace)
    const [output] = await nixBuild(set, generated(workspace, set), ['packages.app'])
    expect((await run(`${output}/bin/app`, [])).stdout).toBe(byCargo.stdout)
    expect((await cargo2nix(['check'], options)).status).toBe(0)
  })

  test.for([
    [
      'crates.io, by a registry',
      '[patch.crates-io]\nleaf = { version = "1.1", registry = "mine" }',
      'middle and mine; mine',
    ],
    [
      'a registry, by path',
      '[patch.mine]\nleaf = { path = "../beside/leaf" }',
      'middle and published; beside',
    ],
    [
      'a registry, by a repository',
      '[patch.mine]\nleaf = { git = "URL/fork" }',
      'middle and published; the fork',
    ],
    [
      'a registry, by its address and by crates.io',
      '[patch."INDEX"]\nleaf = "1"',
      'middle and published; published',
    ],
    [
      'a registry, by another one, from the configuration',
      '',
      'middle and published; another',
      '[patch.mine]\nleaf = { version = "1.2", registry = "another" }',
    ],
  ])('of %s', async ([name, manifest, says, inConfig = '']) => {
    const publish = (as: string, version: string): string => {
      const made = registry(join(folder, `${as}-${name}`.replaceAll(/\W+/g, '-')), home)
      // New in every run, so that no store has it.
      const files = { ...leaf(as, version), 'made.txt': `${Date.now()}` }
      made.publish(files, 'leaf', version)
      return made.index
    }
    const [mine, another] = [publish('mine', '1.1.0'), publish('another', '1.2.0')]
    const here = (text: string): string => text.replaceAll('URL', url).replaceAll('INDEX', mine)
    const workspace = join(folder, `of ${name}`)
    const base = app(url)
    const dependencies = base['Cargo.toml']!.replace(
      /leaf = .*/,
      'leaf = { version = "1", registry = "mine" }',
    )
    const registries = `[registries]\nmine.index = "${mine}"\nanother.index = "${another}"\n`
    writeFiles(workspace, {
      ...base,
      'Cargo.toml': `${dependencies}${here(manifest!)}\n`,
      '.cargo/config.toml': `${mirror}${registries}${inConfig}\n`,
    })
    const env = { CARGO_HOME: home, CARGO_TARGET_DIR: join(folder, 'target') }
    const options = { cwd: workspace, env: { ...process.env, ...env } }
    const byCargo = await runOrFail('cargo', ['run', '--quiet'], options)
    expect(byCargo.stdout).toBe(`${says}\n`)
    await compareUnits(workspace)
    expect(await cargo2nix(['generate'], options)).toMatchObject({ status: 0, stderr: '' })
    const [output] = await nixBuild(set, generated(workspace, set), ['packages.app'])
    expect((await run(`${output}/bin/app`, [])).stdout).toBe(byCargo.stdout)
  })
})
