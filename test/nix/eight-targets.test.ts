/**
 * One generated file for all targets: every member is instantiated for each of eight targets, with a package set that
 * builds and with plain nixpkgs. Host units are the same derivations for all targets, and every build platform uses the
 * same file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  generated,
  mainPackageSet,
  nixEval,
  nixIsMissing,
  TREE,
  type PackageSet,
} from '../builds/package-set.ts'
import { corpusFolder, corpusMissing } from '../corpus.ts'
import { cargoUnitGraph } from '../oracle/unit-graph.ts'
import { cargo2nixOrFail, run } from '../program.ts'
import { isHostUnit, unitsByPath, unitsOfGraph } from './derivations.ts'

const NATIVE = 'x86_64-unknown-linux-gnu'
const TARGETS = [
  NATIVE,
  'aarch64-unknown-linux-gnu',
  'aarch64-unknown-linux-musl',
  'arm-unknown-linux-musleabihf',
  'i686-unknown-linux-musl',
  'x86_64-unknown-linux-musl',
  'i686-pc-windows-gnu',
  'x86_64-pc-windows-gnu',
]

const missing =
  corpusMissing ??
  ((await nixIsMissing())
    ? 'there is no nix-instantiate'
    : process.arch === 'x64'
      ? undefined
      : 'the machine is no x86_64')
const set: PackageSet | undefined = missing === undefined ? await mainPackageSet() : undefined
const why =
  missing ??
  (set?.name === 'nixpkgs beside the project' ? undefined : 'there is no nixpkgs beside the project')

type Packages = Readonly<Record<string, Readonly<Record<string, string>>>>

describe.skipIf(why !== undefined)(
  `one file, eight targets${why === undefined ? '' : ` (skipped: ${why})`}`,
  () => {
    let folder: string
    let file: string
    const over = (pkgs: string): PackageSet => ({ ...set!, expression: pkgs })
    /** Target -> member -> derivation. */
    const packagesOver = async (pkgs: string, targets: readonly string[]): Promise<Packages> => {
      const names = targets.map((target) => JSON.stringify(target)).join(' ')
      const expression = `let cargo = import ${file} { pkgs = ${pkgs}; }; in builtins.listToAttrs (map (name: {
      inherit name; value = builtins.mapAttrs (_: package: package.drvPath) cargo.targets.\${name}.packages; }) [ ${names} ])`
      return (await nixEval(over(pkgs), expression)) as Packages
    }

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-eight-'))
      file = join(folder, 'nix', 'Cargo.nix')
      const flags = TARGETS.flatMap((target) => ['--target', target])
      const cwd = join(corpusFolder(), 'garage')
      await cargo2nixOrFail(['generate', '--offline', '--out', join(folder, 'nix'), ...flags], { cwd })
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test('every member is instantiated, over the set that builds', async () => {
      const packages = await packagesOver('import <nixpkgs> { }', TARGETS)
      expect(Object.keys(packages).toSorted()).toEqual(TARGETS.toSorted())
      for (const target of TARGETS) expect(Object.keys(packages[target] ?? {}), target).toHaveLength(15)
      const all = TARGETS.flatMap((target) => packages[target]?.['garage'] ?? [])
      expect(new Set(all).size).toBe(TARGETS.length)
    })

    test('every member is instantiated, over plain nixpkgs', async ({ annotate }) => {
      const tree = TREE
      // A tree that cannot compile C for a target by itself is no judge of ours.
      const asked = await run(
        'nix-instantiate',
        ['--eval', '--expr', `(${tree}).pkgsCross.aarch64-multiplatform.stdenv.cc.outPath`],
        { env: set!.env },
      )
      const isAble = asked.status === 0
      if (!isAble) await annotate('the tree has no C compiler for another target with glibc: left out')
      const targets = TARGETS.filter((target) => isAble || target !== 'aarch64-unknown-linux-gnu')
      const packages = await packagesOver(tree, targets)
      for (const target of targets) expect(Object.keys(packages[target] ?? {}), target).toHaveLength(15)
    })

    test('what differs is what cargo says, and host units are the same derivations', async () => {
      const cwd = join(corpusFolder(), 'garage')
      const known = new Map<string, string>()
      let native: ReadonlyMap<string, string> = new Map()
      for (const target of TARGETS) {
        const request = { subcommand: 'build', workspace: true, release: true } as const
        const answer = await cargoUnitGraph(
          cwd,
          target === NATIVE ? request : { ...request, target: [target] },
        )
        if (answer.kind !== 'graph') throw new Error(answer.message)
        const expression = `builtins.attrValues ${generated(folder, set!)}.targets.${target}.packages`
        const units = await unitsByPath(set!, expression)
        expect([...new Set(units.values())].toSorted(), target).toEqual(
          [...unitsOfGraph(answer.graph)].toSorted(),
        )
        if (target === NATIVE) native = units
        const hosts = [...units].filter(([, line]) => target !== NATIVE && isHostUnit(line))
        if (target !== NATIVE) expect(hosts.length, target).toBeGreaterThan(80)
        for (const [path, line] of hosts) {
          expect(known.get(line) ?? path, `${line} for ${target}`).toBe(path)
          known.set(line, path)
        }
      }
      // Natively, what is linked into programs has such lines, too: a line may stand for two units.
      const lines = new Set(native.values())
      const shared = [...known].filter(([line]) => lines.has(line))
      expect(shared.length).toBeGreaterThan(80)
      expect(shared.filter(([, path]) => !native.has(path)).map(([line]) => line)).toEqual([])
    })

    test('crates of static programs get static libraries, those of others do not', async () => {
      const name = (target: string): string =>
        `(builtins.head cargo.targets.${target}.crates."zstd-sys-2.0.14+zstd.1.5.7".buildScriptRun.buildInputs).name`
      const names = await nixEval(
        over(TREE),
        `let cargo = import ${file} {
           pkgs = ${TREE};
           crateOverrides = pkgs: { zstd-sys = _: { buildInputs = [ pkgs.zlib ]; }; };
         }; in [ ${name('aarch64-unknown-linux-musl')} ${name('x86_64-pc-windows-gnu')} ${name(NATIVE)} ]`,
      )
      expect(names).toEqual([
        expect.stringMatching(/^zlib-static-aarch64-unknown-linux-musl-/),
        expect.stringMatching(/^zlib-x86_64-w64-mingw32-/),
        expect.stringMatching(/^zlib-\d/),
      ])
    })

    test('pkgs made by crossSystem gives what a target gives', async () => {
      const crossed = `import <nixpkgs> { crossSystem = { config = "x86_64-w64-mingw32"; }; }`
      const paths = await nixEval(
        set!,
        `[ ${generated(folder, over(crossed))}.packages.garage.drvPath
         ${generated(folder, set!)}.targets.x86_64-pc-windows-gnu.packages.garage.drvPath ]`,
      )
      const [ofSet, ofTarget] = paths as readonly string[]
      expect(ofSet).toBe(ofTarget)
    })
  },
)
