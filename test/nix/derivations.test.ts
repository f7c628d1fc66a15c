/** The generated Nix agrees with cargo's unit graph: read from the derivations, checked against cargo. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { mainPackageSet, nixIsMissing, wholePackageSet, type PackageSet } from '../builds/package-set.ts'
import { corpusFolder, corpusMissing } from '../corpus.ts'
import { cargoUnitGraph } from '../oracle/unit-graph.ts'
import { cargo2nixOrFail } from '../program.ts'
import { unitsOfDerivations, unitsOfGraph } from './derivations.ts'

const host = hostTriple()
const targets = [host, 'x86_64-unknown-linux-musl', 'x86_64-pc-windows-gnu']
const missing = corpusMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)

describe.skipIf(missing !== undefined)(
  `derivations are cargo's units${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let set: PackageSet
    let folder: string
    beforeAll(async () => {
      set = await mainPackageSet()
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-derivations-'))
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    for (const workspace of ['ripgrep', 'garage', 'coreutils']) {
      test(`of ${workspace}`, async () => {
        const cwd = join(corpusFolder(), workspace)
        const out = join(folder, workspace, 'nix')
        const flags = targets.flatMap((target) => ['--target', target])
        await cargo2nixOrFail(['generate', '--offline', '--out', out, '--host', host, ...flags], { cwd })
        for (const target of targets) {
          const request = { subcommand: 'build', workspace: true, release: true } as const
          const answer = await cargoUnitGraph(
            cwd,
            target === host ? request : { ...request, target: [target] },
          )
          if (answer.kind !== 'graph') throw new Error(answer.message)
          const ours = await unitsOfDerivations(set, everyPackage(set, out, target))
          const cargos = unitsOfGraph(answer.graph)
          expect
            .soft(
              [...ours].filter((line) => !cargos.has(line)),
              `not cargo's, ${target}`,
            )
            .toEqual([])
          expect
            .soft(
              [...cargos].filter((line) => !ours.has(line)),
              `only cargo's, ${target}`,
            )
            .toEqual([])
        }
      })
    }
  },
)

/** The whole of nixpkgs where it is at hand, since nothing is built here: the set that builds lacks some packages. */
function everyPackage(set: PackageSet, out: string, target: string): string {
  const pkgs = wholePackageSet(set)
  const file = `(/. + ${JSON.stringify(`${out}/Cargo.nix`)})`
  return `builtins.attrValues (import ${file} { pkgs = ${pkgs}; }).targets.${target}.packages`
}
