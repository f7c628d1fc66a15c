/**
 * No source lacks a file that is read (fixtures/what-targets-read names files in all common ways): everything in dep-info is
 * there, and everything builds and passes its tests.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { generatedCheckout, removeFolders } from '../builds/checkout.ts'
import {
  generated,
  machinePackageSet,
  nixBuild,
  nixIsMissing,
  type PackageSet,
} from '../builds/package-set.ts'
import { cargoMissing } from '../oracle/cargo.ts'
import { filesReadByCargo, missingFiles } from '../rebuilds/files-read.ts'
import { nixUnits } from '../rebuilds/nix-units.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'what-targets-read')

describe.skipIf(missing !== undefined)(
  `what targets read${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let set: PackageSet
    let workspace: string
    beforeAll(async () => {
      set = await machinePackageSet()
      workspace = await generatedCheckout(fixture, 'reading', ['--host', hostTriple()])
      folders.push(workspace)
    })
    afterAll(() => removeFolders(folders))

    test("every file that cargo reads is in the target's source", async () => {
      const target = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-reads-'))
      folders.push(target)
      const read = await filesReadByCargo(workspace, [['check', '--all-targets', '--locked']], target, {})
      expect(read.size).toBeGreaterThan(20)
      const cargo = `(${generated(workspace, set)})`
      const expression = `builtins.concatMap builtins.attrValues [ ${cargo}.packages ${cargo}.tests ]`
      const units = await nixUnits(set, expression, new Map())
      expect([...read.keys()].filter((name) => ![...units.values()].includes(name))).toEqual([
        'declared 0.1.0 test speed',
      ])
      const folderOf = (name: string): string => `members/${name.split(' ')[0]}`
      expect(await missingFiles(set, units, read, folderOf)).toEqual([])
    })

    test('every file is there when targets are compiled and run', async () => {
      const members = ['declared', 'embedding', 'hidden', 'scripted', 'walking']
      await nixBuild(set, generated(workspace, set), [
        ...members.map((name) => `packages.${name}`),
        ...members.map((name) => `tests.${name}`),
      ])
    })
  },
)
