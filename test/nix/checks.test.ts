/** `checks` and `hydraJobs` of Cargo.nix: everything about the members, once. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { generatedCheckout, removeFolders } from '../builds/checkout.ts'
import {
  generated,
  machinePackageSet,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from '../builds/package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'ten-members')
const isMissing = await nixIsMissing()

type Derivations = Readonly<Record<string, string>>

describe.skipIf(isMissing)(`checks${isMissing ? ' (skipped: no nix-build on this machine)' : ''}`, () => {
  const directories: string[] = []
  let set: PackageSet
  let workspace: string

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await generatedCheckout(fixture, 'ten-members')
    directories.push(workspace)
  })
  afterAll(() => removeFolders(directories))

  const host = hostTriple()
  const evaluate = (attributes: string): Promise<unknown> =>
    nixEval(set, `with ${generated(workspace, set)}; ${attributes}`)

  test('one check per member and kind, which is the derivation of that kind', async () => {
    const [checks, ...kinds] = (await evaluate(
      '(map (builtins.mapAttrs (_: drv: drv.drvPath)) [ checks packages tests clippy doc ])',
    )) as readonly Derivations[]
    const expected = ['package', 'tests', 'clippy', 'doc'].flatMap((kind, index) =>
      Object.entries(kinds[index] ?? {}).map(([member, path]) => [`${kind}-${member}`, path]),
    )
    expect(expected.length).toBeGreaterThan(40)
    expect(checks).toEqual(Object.fromEntries(expected))
  })

  test("Hydra's jobs are members, not units, also of another target", async () => {
    expect(
      await evaluate(
        'builtins.mapAttrs (_: builtins.attrNames) hydraJobs == builtins.mapAttrs (_: builtins.attrNames) { inherit packages tests clippy doc; }',
      ),
    ).toBe(true)
    expect(await evaluate(`builtins.attrNames targets.${host}.hydraJobs`)).toEqual([
      'clippy',
      'doc',
      'packages',
      'tests',
    ])
  })
})
