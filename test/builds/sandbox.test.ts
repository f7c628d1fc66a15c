/**
 * Builds see only what their derivations name: they run in a sandbox with its own store, to which only the machine's tools
 * are added.
 */
import { mkdtempSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run, runOrFail } from '../program.ts'
import { generatedCheckout, removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')
const store = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
const home = (name: string, folder: string): string => process.env[name] ?? join(homedir(), folder)
const paths = ['/bin', '/usr', '/lib', '/lib64', '/etc/alternatives', home('RUSTUP_HOME', '.rustup')]
const sandbox: readonly string[] = ['--no-out-link', '--store', store].concat(
  ['--option', 'sandbox', 'true', '--option', 'substituters', ''],
  ['--option', 'sandbox-paths', [...paths, home('CARGO_HOME', '.cargo')].join(' ')],
)

/** A sandbox needs namespaces, which not every machine has. */
async function whyNot(): Promise<string | undefined> {
  if (await nixIsMissing()) return 'no nix-build on this machine'
  const trial =
    'derivation { name = "trial"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo >$out" ]; }'
  const { status } = await run('nix-build', [...sandbox, '--expr', trial])
  return status === 0 ? undefined : 'Nix makes no sandbox on this machine'
}
const missing = await whyNot()

describe.skipIf(missing !== undefined)(
  `in a sandbox${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = [store]
    let set: PackageSet
    beforeAll(async () => {
      set = await machinePackageSet()
    })
    afterAll(async () => {
      await runOrFail('chmod', ['-R', 'u+w', store])
      await removeFolders(folders)
    })

    test.each([
      ['ten-members', ['packages.almanac-cli', 'packages.almanac-ffi', 'tests.almanac-text']],
      ['build-scripts', ['packages.beside-sources', 'packages.cfg-and-env', 'packages.links-user']],
    ])('%s', async (fixture, attributes) => {
      const workspace = await generatedCheckout(join(fixtures, fixture), fixture)
      folders.push(workspace)
      const wanted = attributes.flatMap((attribute) => ['--attr', attribute])
      const { stdout } = await runOrFail(
        'nix-build',
        [...sandbox, '--expr', generated(workspace, set), ...wanted],
        { env: set.env },
      )
      expect(stdout.trim().split('\n').length).toBe(attributes.length)
    })
  },
)
