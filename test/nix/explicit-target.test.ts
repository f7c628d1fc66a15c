/**
 * `build.target` set to the build platform, and the setting `explicit-target`: rustflags reach what cargo gives them to with
 * `--target`, but neither build scripts nor proc macros.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { checkout, generatedCheckout, removeFolders } from '../builds/checkout.ts'
import { generated, machinePackageSet, nixIsMissing } from '../builds/package-set.ts'
import { cargoMissing } from '../oracle/cargo.ts'
import { cargo2nix, cargo2nixOrFail } from '../program.ts'
import { cargoCalls } from '../recorder/cargo-calls.ts'
import { compareCalls } from '../recorder/compare-calls.ts'
import { derivationCalls } from '../recorder/derivation-calls.ts'
import { LEFT_OUT } from '../recorder/differences.ts'
import { plainCalls } from '../recorder/plain-call.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const host = hostTriple()
const FLAGS = `rustflags = ["--cfg", "of_build"]\n`

const CASES = [
  { name: 'no target', config: `[build]\n${FLAGS}`, setting: '', args: [], reaches: 'scripts' },
  {
    name: 'the builder',
    config: `[build]\ntarget = "${host}"\n${FLAGS}`,
    setting: '',
    args: [],
    reaches: 'no scripts',
  },
  {
    name: 'a list',
    config: `[build]\ntarget = ["${host}"]\n${FLAGS}`,
    setting: '',
    args: [],
    reaches: 'no scripts',
  },
  {
    name: 'host-tuple',
    config: `[build]\ntarget = "host-tuple"\n${FLAGS}`,
    setting: '',
    args: [],
    reaches: 'no scripts',
  },
  {
    name: 'the setting',
    config: `[build]\n${FLAGS}`,
    setting: 'explicit-target = true',
    args: ['--target', host],
    reaches: 'no scripts',
  },
]

describe.skipIf(missing !== undefined)(
  `the builder as an explicit target${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-explicit-'))
    const folders: string[] = []
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true })
      return removeFolders(folders)
    })

    test.each(CASES)('$name: flags reach $reaches', async ({ name, config, setting, args, reaches }) => {
      const set = await machinePackageSet()
      const workspace = await checkout(join(import.meta.dirname, '..', '..', 'fixtures', 'cross'), 'cross')
      folders.push(workspace)
      mkdirSync(join(workspace, '.cargo'))
      writeFileSync(join(workspace, '.cargo', 'config.toml'), config)
      const own = join(folder, name.replaceAll(' ', '-'))
      mkdirSync(own)
      const recorded = await cargoCalls(
        workspace,
        [['build', '--workspace', '--release', ...args]],
        join(own, 'cargo'),
        'registry',
      )
      appendFileSync(join(workspace, 'Cargo.toml'), `\n[workspace.metadata.cargo2nix]\n${setting}\n`)
      await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
      const expression = `builtins.attrValues ${generated(workspace, set)}.packages`
      const calls = plainCalls(await derivationCalls(set, expression, join(own, 'ours')))
      expect(compareCalls(plainCalls(recorded), calls, new Set(), LEFT_OUT).join('\n\n')).toBe('')
      const scripts = calls.filter((call) => call.args.includes('--crate-name=build_script_build'))
      expect(scripts.length).toBeGreaterThan(0)
      const reached = scripts.some((call) => call.args.some((arg) => arg.includes('of_build')))
      expect(reached).toBe(reaches === 'scripts')
    })

    test('check is stale once the configuration names the builder', async () => {
      const workspace = await generatedCheckout(
        join(import.meta.dirname, '..', '..', 'fixtures', 'cross'),
        'cross',
        ['--host', host],
      )
      folders.push(workspace)
      const check = (): Promise<{ status: number }> =>
        cargo2nix(['check', '--host', host], { cwd: workspace })
      expect(await check()).toMatchObject({ status: 0 })
      mkdirSync(join(workspace, '.cargo'))
      writeFileSync(join(workspace, '.cargo', 'config.toml'), `[build]\ntarget = "${host}"\n`)
      expect(await check()).toMatchObject({ status: 1 })
    })
  },
)
