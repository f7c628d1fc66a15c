/**
 * No more rebuilds than cargo: for each of many edits, the derivations that Nix would build are the units that cargo would
 * recompile, except for written differences. Nothing is compiled: cargo decides with stand-ins, Nix only evaluates.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkout, removeFolders } from '../builds/checkout.ts'
import { machinePackageSet, nixIsMissing } from '../builds/package-set.ts'
import { cargoMissing } from '../oracle/cargo.ts'
import { cargoRebuilds } from '../rebuilds/cargo-rebuilds.ts'
import type { Difference } from '../rebuilds/edit.ts'
import { rebuilds, unitsOf, watch, type Watched } from '../rebuilds/rebuilds.ts'
import { TEN_MEMBERS_EDITS } from '../rebuilds/ten-members-edits.ts'
import { moreOften } from '../rebuilds/units.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'ten-members')

describe.skipIf(missing !== undefined)(
  `as many rebuilds as cargo${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let watched: Watched
    beforeAll(async () => {
      const set = await machinePackageSet()
      watched = await watch(
        await checkout(fixture, 'almanac'),
        set,
        { CARGO_HOME: process.env['CARGO_HOME'] },
        [],
      )
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    test('the first build builds everything, the second one nothing', async () => {
      const { cargo, nix } = await rebuilds(watched)
      expect(nix.toSorted()).toEqual(cargo.toSorted())
      expect(nix.length).toBeGreaterThan(40)
      expect(await rebuilds(watched)).toEqual({ cargo: [], nix: [], told: [] })
    })

    test('builds and tests share what cargo shares', async () => {
      const { state, cargo } = watched
      const other = { ...cargo, folder: `${cargo.folder}/other` }
      await mkdir(other.folder)
      const [built, tested] = await cargoRebuilds(state.workspace, other, state.toolchain)
      const [packages, tests] = [await unitsOf(watched, ['packages']), await unitsOf(watched, ['tests'])]
      expect([...packages.values()].toSorted()).toEqual(built!.toSorted())
      const more = [...tests].filter(([path]) => !packages.has(path)).map(([, name]) => name)
      expect(more.toSorted()).toEqual(tested!.toSorted())
    })

    test.each(TEN_MEMBERS_EDITS)('$name', async ({ apply, smaller, larger, untold }) => {
      apply(watched.state.workspace, watched.state)
      const { cargo, nix, told } = await rebuilds(watched)
      expectDifference(moreOften(nix, cargo), larger, 'only Nix builds again')
      expectDifference(moreOften(cargo, nix), smaller, 'only cargo builds again')
      if (untold === undefined) expect(told.toSorted(), 'what `why` tells').toEqual(nix.toSorted())
    })
  },
)

function expectDifference(found: readonly string[], expected: Difference | undefined, what: string): void {
  const unexpected = found.filter((unit) => expected === undefined || !expected.units.test(unit))
  expect(unexpected, what).toEqual([])
  expect(found.length > 0, `${what}: ${expected?.reason}`).toBe(expected !== undefined)
}
