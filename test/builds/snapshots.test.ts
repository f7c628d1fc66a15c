/** Tests that look for the workspace's directory find it: with insta, by walking upward, by asking cargo. */
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { run } from '../program.ts'
import { cacheFolder } from '../published.ts'
import { generatedCheckout, removeFolders } from './checkout.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'snapshots')
const missing = await nixIsMissing()

describe.skipIf(missing)(`snapshots${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  afterAll(() => removeFolders(folders))

  test('tests that pass with cargo pass', async () => {
    const set = await machinePackageSet()
    const workspace = await generatedCheckout(fixture, 'snapshots')
    folders.push(workspace)
    const { status, stdout } = await run('cargo', ['test', '--workspace', '--locked'], {
      cwd: workspace,
      env: { ...process.env, CARGO_TARGET_DIR: join(cacheFolder, 'target', 'snapshots'), CI: '1' },
    })
    expect(stdout).toContain('3 passed')
    expect(status).toBe(0)
    const expression = generated(workspace, set, 'profile = "dev";')
    const attributes = ['tests.snapped', 'tests.reads-manifests']
    expect(await nixBuild(set, expression, attributes)).toHaveLength(attributes.length)
  })
})
