/** Git dependencies that differ only in their reference: separate packages, which package ID specs tell apart. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProgram, makeRepositories } from '../git-workspace.ts'
import { git, repository, writeFiles } from '../registry.ts'
import { isOlder } from '../../src/cargo/workspace/newer-rules.ts'
import { cargoMissing, cargos, newestCargo, runCargo } from './cargo.ts'
import { askOurs, cargoUnitGraph, difference, type UnitRequest } from './unit-graph.ts'

const leaf = {
  'Cargo.toml': `[package]
name = "leaf"
version = "1.0.0"
[features]
default = ["on"]
on = []
f = []
[dependencies]
twig = { path = "twig", optional = true }
`,
  'src/lib.rs': '',
  'twig/Cargo.toml': '[package]\nname = "twig"\nversion = "0.1.0"\n',
  'twig/src/lib.rs': '',
}

describe.skipIf(cargoMissing !== undefined)(
  `units of git dependencies (${cargoMissing ?? 'cargo is there'})`,
  () => {
    let folder = ''
    let address = ''
    let workspace = ''
    let env: Record<string, string> = {}

    beforeAll(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-git-units-')))
      env = { CARGO_HOME: join(folder, 'home') }
      workspace = join(folder, 'app')
      repository(join(folder, 'Leaf.git'), leaf, [
        'refs/heads/feature/slash',
        'refs/tags/v1.0+meta',
        'refs/heads/master',
      ])
      address = `file://${folder}/Leaf.git`
      const commit = git(join(folder, 'Leaf.git'), 'rev-parse', 'HEAD')
      const line = (name: string, rest: string): string =>
        `${name} = { package = "leaf", git = "${address}", ${rest} }\n`
      writeFiles(workspace, {
        'Cargo.toml': `[package]
name = "app"
version = "0.1.0"
edition = "2021"
[dependencies]
${line('branched', 'branch = "feature/slash"')}${line('tagged', 'tag = "v1.0+meta", features = ["f"]')}
${line('revised', `rev = "${commit}", default-features = false`)}${line('plain', 'features = ["twig"]')}
[profile.dev.package."git+${address}?tag=v1.0%2Bmeta#leaf@1.0.0"]
opt-level = 2
[profile.dev.package."git+${address}?branch=feature%2Fslash#leaf"]
opt-level = 3
`,
        'src/lib.rs': '',
      })
      const { stderr, status } = await runCargo(['fetch'], workspace, env)
      if (status !== 0) throw new Error(stderr)
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    const differenceOf = async (request: UnitRequest): Promise<string | undefined> => {
      const expected = await cargoUnitGraph(workspace, request, { env })
      const ours = await askOurs(workspace, { env })
      return expected.kind === 'broken' ? expected.message : difference(expected, ours.answer(request))
    }

    const requests: readonly UnitRequest[] = [
      { subcommand: 'build' },
      { subcommand: 'test', allFeatures: true },
      { subcommand: 'doc' },
      { subcommand: 'build', package: ['leaf'] },
    ]

    test.for(requests)('%j', async (request) => {
      expect(await differenceOf(request)).toBeUndefined()
    })

    test.for([
      '?branch=feature/slash',
      '?branch=feature%2Fslash',
      '?tag=v1.0%2Bmeta',
      '?tag=v1.0+meta',
      '',
      '?rev=0',
    ])('--package git+URL%s#leaf', async (query) => {
      const request: UnitRequest = { subcommand: 'build', package: [`git+${address}${query}#leaf`] }
      expect(await differenceOf(request)).toBeUndefined()
    })

    test('--package with an address that names no kind', async () => {
      const request: UnitRequest = { subcommand: 'build', package: [`${address}#leaf@1.0.0`] }
      expect(await differenceOf(request)).toBeUndefined()
    })

    test.for(['My Repo', 'My%20Repo/', 'My Repo/.git', 'My%20Repo/.git/'])(
      'an address that ends in %s',
      async (end) => {
        const other = join(folder, `app-${end.replaceAll(/\W/g, '-')}`)
        rmSync(join(folder, 'My Repo'), { recursive: true, force: true })
        repository(join(folder, 'My Repo'), leaf, [])
        const manifest = `[package]\nname = "app"\nversion = "0.1.0"\n[dependencies]\nleaf.git = "file://${folder}/${end}"\n`
        writeFiles(other, { 'Cargo.toml': manifest, 'src/lib.rs': '' })
        expect((await runCargo(['fetch'], other, env)).stderr).not.toContain('error')
        const expected = await cargoUnitGraph(other, { subcommand: 'build' }, { env })
        expect(expected.kind).toBe('graph')
        const ours = await askOurs(other, { env })
        expect(difference(expected, ours.answer({ subcommand: 'build' }))).toBeUndefined()
      },
    )

    test('a registry beside the repository counts for publishing alone, since cargo 1.96', async ({
      skip,
    }) => {
      if (isOlder(newestCargo!.version, '1.96'))
        skip('no cargo at hand has the rule: run scripts/newer-cargo')
      const other = join(folder, 'app-registry')
      writeFiles(other, {
        'Cargo.toml': `[package]\nname = "app"\nversion = "0.1.0"\n[dependencies]\nleaf = { git = "${address}", registry = "mine" }\n`,
        'src/lib.rs': '',
        '.cargo/config.toml': `[registries.mine]\nindex = "file://${folder}/index"\n`,
      })
      expect((await runCargo(['fetch'], other, env, newestCargo)).stderr).not.toContain('error')
      const ours = await askOurs(other, { env })
      expect(ours.rules.map(({ since }) => since)).toEqual(['1.96'])
      for (const cargo of cargos) {
        const expected = await cargoUnitGraph(other, { subcommand: 'build' }, { env }, cargo)
        if (isOlder(cargo.version, '1.96')) expect(expected.kind).toBe('refused')
        else expect(difference(expected, ours.answer({ subcommand: 'build' }))).toBeUndefined()
      }
    })

    test('version 3 of the lockfile writes references as they are', async () => {
      const path = join(workspace, 'Cargo.lock')
      const text = readFileSync(path, 'utf8')
      expect(text).toContain('branch=feature%2Fslash')
      const old = text.replace('version = 4', 'version = 3').replaceAll('%2F', '/').replaceAll('%2B', '+')
      writeFileSync(path, old)
      expect(await differenceOf({ subcommand: 'build' })).toBeUndefined()
      writeFileSync(path, text)
    })

    test('two names for one package are refused, those for two references to one commit are not', async () => {
      const path = join(workspace, 'Cargo.toml')
      const text = readFileSync(path, 'utf8')
      const second = `\n[target.'cfg(unix)'.dependencies]\nsecond = { package = "leaf", git = "${address}" }\n[profile`
      writeFileSync(path, text.replace('\n[profile', second))
      expect(await differenceOf({ subcommand: 'build' })).toBeUndefined()
      const expected = await cargoUnitGraph(workspace, { subcommand: 'build' }, { env })
      expect(expected).toMatchObject({ kind: 'refused', message: expect.stringContaining('multiple times') })
      writeFileSync(path, text)
    })

    test('another reference in the manifest needs another lockfile', async () => {
      const path = join(workspace, 'Cargo.toml')
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.replace('branch = "feature/slash"', 'branch = "main"'))
      expect(await differenceOf({ subcommand: 'build' })).toBeUndefined()
      const expected = await cargoUnitGraph(workspace, { subcommand: 'build' }, { env })
      expect(expected.kind).toBe('refused')
      writeFileSync(path, text)
    })
  },
)

describe.skipIf(cargoMissing !== undefined)(
  `units of a repository with a workspace, submodules and links (${cargoMissing ?? 'cargo is there'})`,
  () => {
    let folder = ''
    let env: Record<string, string> = {}
    beforeAll(async () => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-git-tree-')))
      env = { CARGO_HOME: join(folder, 'home') }
      makeRepositories(folder, `file://${folder}`)
      makeProgram(join(folder, 'app'), `file://${folder}`)
      const { stderr, status } = await runCargo(['fetch'], join(folder, 'app'), env)
      if (status !== 0) throw new Error(stderr)
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    test.for<UnitRequest>([
      { subcommand: 'build' },
      { subcommand: 'test', release: true },
      { subcommand: 'build', package: ['inner', 'under'] },
    ])('%j', async (request) => {
      const expected = await cargoUnitGraph(join(folder, 'app'), request, { env })
      expect(expected.kind).toBe('graph')
      const ours = await askOurs(join(folder, 'app'), { env })
      expect(difference(expected, ours.answer(request))).toBeUndefined()
    })
  },
)
