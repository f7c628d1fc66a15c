/**
 * Each profile setting reaches rustc as cargo passes it: fixtures/profiles has a profile for each, and all units are
 * checked against cargo's calls. Nothing is compiled (test/recorder).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { machinePackageSet, nixIsMissing, type PackageSet } from '../builds/package-set.ts'
import { cargoMissing } from '../oracle/cargo.ts'
import { folderWith } from '../folder.ts'
import { cargo2nix, cargo2nixOrFail, runOrFail } from '../program.ts'
import { cargoCalls } from '../recorder/cargo-calls.ts'
import { compareCalls } from '../recorder/compare-calls.ts'
import { derivationCalls } from '../recorder/derivation-calls.ts'
import { LEFT_OUT } from '../recorder/differences.ts'
import { plainCalls } from '../recorder/plain-call.ts'

const workspace = join(import.meta.dirname, '..', '..', 'fixtures', 'profiles')
const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const manifest = readFileSync(join(workspace, 'Cargo.toml'), 'utf8')
const profiles = [...manifest.matchAll(/^\[profile\.([\w-]+)\]$/gm)].map(([, name]) => name!)

test.skipIf(missing !== undefined)(
  'a build may have the profile `debug`, which is that of `dev`',
  async () => {
    const table = (builds: string): string =>
      `[package]\nname = "app"\nversion = "0.1.0"\n[profile.dev]\nopt-level = 1\n[package.metadata.cargo2nix.builds]\n${builds}\n`
    const own = folderWith({
      'Cargo.toml': table('debug = { profile = "debug" }\ndev = { profile = "dev" }'),
      'Cargo.lock': 'version = 4\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
      'src/lib.rs': '',
    })
    await cargo2nixOrFail(['generate', '--host', hostTriple()], { cwd: own })
    const { expression, env } = await machinePackageSet()
    const asked = `let builds = (import ${own}/nix/Cargo.nix { pkgs = ${expression}; }).builds; in map (build: build.packages.app.drvPath) [ builds.debug builds.dev builds.default ]`
    const { stdout } = await runOrFail('nix-instantiate', ['--eval', '--strict', '--json', '--expr', asked], {
      env,
    })
    const [debug, dev, normal] = JSON.parse(stdout) as readonly string[]
    expect(debug).toBe(dev)
    expect(debug).not.toBe(normal)
    writeFileSync(join(own, 'Cargo.toml'), table('x = { profile = "debuk" }'))
    const { status, stderr } = await cargo2nix(['generate'], { cwd: own })
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('there are: bench, debug, dev, release, test'),
    ])
    rmSync(own, { recursive: true })
  },
)

describe.skipIf(missing !== undefined)(
  `settings of profiles${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let set: PackageSet
    let folder: string
    beforeAll(async () => {
      set = await machinePackageSet()
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-profiles-'))
      await cargo2nixOrFail(['generate', '--out', join(folder, 'nix'), '--host', hostTriple()], {
        cwd: workspace,
      })
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test.each([
      ['packages', 'build'],
      ['tests', 'test'],
    ] as const)('of %s', async (attribute, command) => {
      const own = join(folder, attribute)
      const commands = profiles.map((profile) => [command, '--workspace', `--profile=${profile}`])
      const expected = await cargoCalls(workspace, commands, join(own, 'cargo'), 'registry')
      const file = `(/. + ${JSON.stringify(join(folder, 'nix', 'Cargo.nix'))})`
      const names = profiles.map((name) => JSON.stringify(name)).join(' ')
      const ofProfile = `builtins.attrValues (import ${file} { pkgs = ${set.expression}; inherit profile; }).${attribute}`
      const expression = `builtins.concatMap (profile: ${ofProfile}) [ ${names} ]`
      const actual = await derivationCalls(set, expression, join(own, 'ours'))
      expect(compareCalls(plainCalls(expected), plainCalls(actual), new Set(), LEFT_OUT).join('\n\n')).toBe(
        '',
      )
      expect(profiles.length).toBeGreaterThan(15)
    })
  },
)
