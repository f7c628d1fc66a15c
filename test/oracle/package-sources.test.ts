/**
 * Packages of registries, repositories and their replacements: found where cargo keeps them, and equal to the output of
 * `cargo metadata`. Everything comes from the local disk, so no network is needed.
 */
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readWorkspace } from '../../src/io/workspace/read-workspace.ts'
import { filesIn, type Files } from '../folder.ts'
import { registry, repository, writeFiles } from '../registry.ts'
import { cargoMetadata, ourMetadata, runCargo, type MetadataView } from './metadata-view.ts'

const longFolder = 'a-folder-with-a-rather-long-name'.repeat(4)

const leaf = (description: string): Files => ({
  'Cargo.toml': `[package]
name = "leaf"
version = "1.2.3"
edition = "2018"
description = "${description}"
license = "MIT"
[lib]
path = "${longFolder}/${'deep'.repeat(30)}.rs"
`,
  [`${longFolder}/${'deep'.repeat(30)}.rs`]: '',
  'src/main.rs': 'fn main() {}',
  'src/bin/tool/main.rs': 'fn main() {}',
  'examples/show.rs': 'fn main() {}',
  'tests/check.rs': '',
  'build.rs': 'fn main() {}',
  'README.md': '',
})

const twig = (index: string): Files => ({
  'Cargo.toml': `[package]
name = "twig"
version = "0.3.0-beta.2+build"
edition = "2021"
description = "x"
license = "MIT"
[dependencies]
leaf = { version = "1", registry = "mine" }
`,
  '.cargo/config.toml': `[registries.mine]\nindex = "${index}"\n`,
  'src/lib.rs': '',
})

const tree: Files = {
  'Cargo.toml': `[workspace]
members = ["crates/*"]
resolver = "2"
[workspace.package]
version = "5.6.7"
edition = "2021"
[workspace.dependencies]
helper = { path = "crates/helper", features = ["fast"] }
`,
  'README.md': '',
  'crates/inner/Cargo.toml': `[package]
name = "inner"
version.workspace = true
edition.workspace = true
readme = "../../README.md"
[dependencies]
helper = { workspace = true, optional = true }
`,
  'crates/inner/src/lib.rs': '',
  'crates/helper/Cargo.toml': '[package]\nname = "helper"\nversion = "0.1.0"\n[features]\nfast = []\n',
  'crates/helper/src/lib.rs': '',
  'templates/broken/Cargo.toml': '{{ no toml }}',
  // Cargo looks for packages everywhere, and takes the first of two that are the same.
  'tests/fixture/Cargo.toml': '[package]\nname = "helper"\nversion = "0.1.0"\nedition = "2021"\n',
  'tests/fixture/src/lib.rs': '',
  'target/old/Cargo.toml': '[package]\nname = "inner"\nversion = "5.6.7"\n',
  'target/old/src/lib.rs': '',
}

/** What differs between lines that name one repository. */
const references = {
  branch: 'branch = "feature/slash"',
  tag: 'tag = "v1.0+meta"',
}

describe('package sources', () => {
  let folder = ''
  let config = ''
  let manifest = ''
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-sources-')))
    const publishing = join(folder, 'publishing')
    const mine = registry(join(folder, 'mine'), publishing)
    const other = registry(join(folder, 'other'), publishing)
    mine.publish(leaf('of mine'), 'leaf', '1.2.3')
    other.publish(leaf('of another registry'), 'leaf', '1.2.3')
    repository(join(folder, 'Tree.git'), tree, ['refs/heads/feature/slash', 'refs/tags/v1.0+meta'])
    config = `[registries.mine]\nindex = "${mine.index}"\n[registries.other]\nindex = "${other.index}"\n`
    mine.publish(twig(mine.index), 'twig', '0.3.0-beta.2+build', [{ name: 'leaf', req: '^1' }])
    manifest = `[package]
name = "app"
version = "0.1.0"
edition = "2021"
[dependencies]
twig = { version = "0.3.0-beta", registry = "mine" }
leaf = { version = "1", registry = "other" }
inner = { git = "file://${folder}/Tree.git", ${references.branch} }
helper = { git = "file://${folder}/Tree.git/", ${references.tag} }
`
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** A workspace with its lockfile, and the environment with a cargo home of its own. */
  const workspace = (name: string, text = manifest): { cwd: string; env: NodeJS.ProcessEnv } => {
    const cwd = join(folder, name)
    writeFiles(cwd, { 'Cargo.toml': text, 'src/lib.rs': '', '.cargo/config.toml': config })
    const env = { ...process.env, CARGO_HOME: join(folder, `${name}-home`) }
    runCargo(['generate-lockfile'], cwd, env)
    return { cwd, env }
  }

  const ours = async (cwd: string, env: NodeJS.ProcessEnv, offline = true): Promise<MetadataView> =>
    ourMetadata(await readWorkspace({ cwd, env, offline }))

  const cargos = (cwd: string, env: NodeJS.ProcessEnv): MetadataView =>
    cargoMetadata(cwd, ['--all-features'], env)

  test('what is missing is downloaded by cargo, or named when that is not allowed', async () => {
    const { cwd, env } = workspace('fresh')
    rmSync(join(folder, 'fresh-home', 'registry'), { recursive: true })
    await expect(ours(cwd, env)).rejects.toMatchObject({ code: 'network', message: /leaf 1\.2\.3.*twig/ })
    const messages: string[] = []
    const read = await readWorkspace({ cwd, env, onProgress: (message) => messages.push(message) })
    expect(messages[0]).toContain('cargo fetch --locked')
    expect(messages.at(-1)).toMatch(/^downloaded 3 of 3 packages, /)
    expect(ourMetadata(read)).toEqual(cargos(cwd, env))
  })

  test('two registries of one host, with the same package: the locked checksum decides', async () => {
    const { cwd, env } = workspace('host')
    runCargo(['fetch', '--locked'], cwd, env)
    const read = await ours(cwd, env)
    expect(read).toEqual(cargos(cwd, env))
    const descriptions = Object.values(read.packages).map(
      (one) => (one as { description: string }).description,
    )
    expect(descriptions).toEqual(expect.arrayContaining(['of mine', 'of another registry']))
  })

  test('a package is read from an archive that is not unpacked', async () => {
    const { cwd, env } = workspace('archive')
    runCargo(['fetch', '--locked'], cwd, env)
    const unpacked = join(folder, 'archive-home', 'registry', 'src')
    const expected = cargos(cwd, env)
    rmSync(unpacked, { recursive: true })
    expect(await ours(cwd, env)).toEqual(expected)
  })

  test.for(['--versioned-dirs', '--no-delete'])('packages vendored with %s are read', async (flag) => {
    const { cwd, env } = workspace(`vendored${flag}`, manifest.replaceAll(/^(leaf|helper) .*\n/gm, ''))
    const replacement = runCargo(['vendor', '--locked', flag], cwd, env)
    writeFiles(cwd, { '.cargo/config.toml': `${config}${replacement}` })
    const home = { ...env, CARGO_HOME: join(folder, 'empty-home') }
    const expected = cargos(cwd, home)
    rmSync(join(folder, 'empty-home'), { recursive: true, force: true })
    expect(await ours(cwd, home)).toEqual(expected)
  })

  test('a local registry replaces another registry', async () => {
    const { cwd, env } = workspace('local', manifest.replace(/^leaf .*\n/m, ''))
    const local = join(folder, 'local-registry')
    cpSync(join(folder, 'mine'), local, { recursive: true })
    const mine = /index = "(.*)"/.exec(config)?.[1]
    const replacement = `[source.mine]\nregistry = "${mine}"\nreplace-with = "copy"\n[source.copy]\nlocal-registry = "../local-registry"\n`
    writeFiles(cwd, { '.cargo/config.toml': `${config}${replacement}` })
    const expected = cargos(cwd, env)
    // Cargo unpacks a local registry's archives into its home; we read them where they are.
    const inPlace = JSON.stringify(expected).replaceAll(/[^"]*\/registry\/src\/[^/]*\//g, `${local}/`)
    rmSync(join(folder, 'local-home', 'registry'), { recursive: true })
    expect(await ours(cwd, env)).toEqual(JSON.parse(inPlace))
  })

  test('a mirror replaces a registry', async () => {
    const { cwd, env } = workspace('mirrored', manifest.replace(/^leaf .*\n/m, ''))
    cpSync(join(folder, 'mine'), join(folder, 'mirror'), { recursive: true })
    const mine = /index = "(.*)"/.exec(config)?.[1]
    const replacement = `[source.mine]\nregistry = "${mine}"\nreplace-with = "mirror"\n[source.mirror]\nregistry = "file://${folder}/mirror/index"\n`
    writeFiles(cwd, { '.cargo/config.toml': `${config}${replacement}` })
    const home = { ...env, CARGO_HOME: join(folder, 'mirror-home') }
    runCargo(['fetch', '--locked'], cwd, home)
    expect(await ours(cwd, home)).toEqual(cargos(cwd, home))
    expect(Object.keys(filesIn(join(folder, 'mirror-home', 'registry'))).join('\n')).toContain(
      'leaf-1.2.3.crate',
    )
  })
})
