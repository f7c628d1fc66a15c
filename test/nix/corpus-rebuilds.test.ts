/**
 * Like test/nix/rebuilds.test.ts, for real workspaces; `scripts/compare-rebuilds` runs it. Their sources are empty, so
 * there are few edits, and the same ones for all.
 */
import { appendFileSync, cpSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeFolders } from '../builds/checkout.ts'
import { mainPackageSet, nixIsMissing, wholePackageSet } from '../builds/package-set.ts'
import { corpusFolder, corpusMissing } from '../corpus.ts'
import { cargoMissing } from '../oracle/cargo.ts'
import { corpusEdits } from '../rebuilds/corpus-edits.ts'
import { rebuilds, watch, type Watched } from '../rebuilds/rebuilds.ts'
import { moreOften } from '../rebuilds/units.ts'

const missing =
  (process.env['CORPUS_REBUILDS'] === undefined ? 'scripts/compare-rebuilds runs it' : undefined) ??
  corpusMissing ??
  cargoMissing ??
  ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const asked = process.env['CORPUS_REBUILDS'] ?? 'mini-redis'
const workspaces = asked === 'all' ? ['mini-redis', 'ripgrep', 'bat', 'garage'] : asked.split(',')

/** A proc macro that is asked for, and what is compiled for documentation tests alone: test/recorder/differences.ts. */
const LEFT_OUT = / lib /

describe.skipIf(missing !== undefined).each(workspaces)(
  `as many rebuilds as cargo in %s${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  (name) => {
    let watched: Watched
    beforeAll(async () => {
      // vendored crates lie beside the workspace
      const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-corpus-rebuilds-'))
      for (const shared of ['.cargo', 'vendor'])
        symlinkSync(join(corpusFolder(), shared), join(folder, shared))
      cpSync(join(corpusFolder(), name), join(folder, name), { recursive: true })
      // a first one would become CARGO_PKG_README
      appendFileSync(join(folder, name, 'README.md'), '')
      const set = await mainPackageSet()
      const whole = { ...set, expression: wholePackageSet(set) }
      watched = await watch(join(folder, name), whole, {}, ['--offline'])
    })
    afterAll(() => removeFolders([watched.state.workspace, watched.cargo.folder]))

    test('the first build builds everything', async () => {
      const { cargo, nix } = await rebuilds(watched)
      expect(moreOften(nix, cargo)).toEqual([])
      expect(moreOften(cargo, nix).filter((unit) => !LEFT_OUT.test(unit))).toEqual([])
    })

    test('after an edit, Nix rebuilds what cargo rebuilds, or less', async () => {
      const problems: string[] = []
      for (const edit of corpusEdits(watched.state.workspace)) {
        edit.apply(watched.state.workspace, watched.state)
        const { cargo, nix, told } = await rebuilds(watched)
        const smaller = moreOften(cargo, nix)
        console.log(`${name}: ${edit.name}: cargo ${cargo.length}, Nix ${nix.length}`, smaller.slice(0, 3))
        const wrong = {
          larger: moreOften(nix, cargo).filter((unit) => edit.larger?.units.test(unit) !== true),
          untold: edit.untold === undefined ? moreOften(nix, told) : [],
          overtold: moreOften(told, nix),
        }
        for (const [what, units] of Object.entries(wrong)) {
          if (units.length > 0) problems.push(`${edit.name}: ${what}: ${units.slice(0, 9).join(', ')}`)
        }
      }
      expect(problems.join('\n')).toBe('')
    })
  },
)
