/** The newest Nix does what the oldest does: the same derivations, real builds, and the commands that call Nix. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, runOrFail } from '../program.ts'
import { checkout, generatedCheckout, emptyFolder, removeFolders } from './checkout.ts'
import { NEWEST_NIX_MISSING, newestNix, withNix } from './newest-nix.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')
const folder = newestNix()
const missing = (await nixIsMissing())
  ? 'no nix-build on this machine'
  : folder
    ? undefined
    : NEWEST_NIX_MISSING

describe.skipIf(missing !== undefined)(
  `the newest Nix${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let set: PackageSet
    let newest: PackageSet
    let workspace: string

    beforeAll(async () => {
      set = await machinePackageSet()
      newest = { ...set, env: withNix(set.env, folder) }
      workspace = await checkout(join(fixtures, 'chain'), 'chain')
      folders.push(workspace)
      await appendFile(join(workspace, 'base', 'src', 'lib.rs'), `pub const MADE: u128 = ${Date.now()};\n`)
      await cargo2nixOrFail(['generate'], { cwd: workspace })
    })
    afterAll(() => removeFolders(folders))

    test.each(['chain', 'ten-members', 'build-scripts'])('derivations of %s are the same', async (name) => {
      const other = await generatedCheckout(join(fixtures, name), name)
      folders.push(other)
      const derivations = async ({ env }: PackageSet): Promise<string> => {
        const args = ['--expr', generated(other, set), '--attr', 'packages', '--attr', 'tests']
        return (await runOrFail('nix-instantiate', args, { env })).stdout
      }
      expect(await derivations(newest)).toBe(await derivations(set))
    })

    test('the newest Nix builds and tests, and a cache gets what it built', async () => {
      const versions = [set, newest].map(
        async ({ env }) => (await runOrFail('nix-build', ['--version'], { env })).stdout,
      )
      expect(await versions[0]).not.toBe(await versions[1])
      const [program] = await nixBuild(newest, generated(workspace, set), ['packages.tool', 'tests.base'])
      expect((await runOrFail(`${program}/bin/tool`, [])).stdout).toBe('HELLO, WORLD\n')
      const cache = await emptyFolder()
      folders.push(cache)
      const ours = (command: string): ReturnType<typeof cargo2nix> =>
        cargo2nix(
          ['cache', command, '--to', `file://${cache}`, '--pkgs', set.expression, '--attr', 'packages.tool'],
          { cwd: workspace, env: newest.env },
        )
      expect((await ours('status')).status).toBe(1)
      expect(await ours('push')).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('pushed 8 paths'),
      })
      expect((await ours('status')).status).toBe(0)
    })
  },
)
