/**
 * Programs for other platforms, built and run. Needs the nixpkgs beside the project, and a folder with a rustc that has
 * std for the targets, C cross compilers and runners: `CARGO2NIX_CROSS` (made by `../shared/machine/get-cross`).
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { cacheFolder, fetchPublished } from '../published.ts'
import { cargoBuild, checkout, emptyFolder, removeFolders } from './checkout.ts'
import { generated, nixBuild, nixEval, nixIsMissing, type PackageSet } from './package-set.ts'

const setup = join(import.meta.dirname, '..', '..', '..', 'shared', 'nixpkgs', 'setup')
const cross = process.env['CARGO2NIX_CROSS'] ?? ''
const missing = (await nixIsMissing())
  ? 'no nix-build on this machine'
  : !existsSync(setup)
    ? 'no nixpkgs beside the project'
    : cross === ''
      ? 'CARGO2NIX_CROSS names no folder with cross compilers'
      : undefined

/** Target -> what runs its programs, and their ending. */
const TARGETS: Readonly<Record<string, { readonly runner: readonly string[]; readonly ending: string }>> = {
  'x86_64-pc-windows-gnu': { runner: ['wine'], ending: '.exe' },
  'aarch64-unknown-linux-gnu': { runner: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'], ending: '' },
  'x86_64-unknown-linux-musl': { runner: [], ending: '' },
}

describe.skipIf(missing !== undefined)(
  `other platforms${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let set: PackageSet
    let workspace: string

    beforeAll(async () => {
      const script = `. "$1/env.sh"; eval "$("$0" "$2" "$1")"; env -0`
      const { stdout } = await runOrFail('bash', [
        '-ec',
        script,
        setup,
        cross,
        join(cacheFolder, 'nixpkgs-cross'),
      ])
      const pairs = stdout.split('\0').filter((line) => line !== '')
      const env = Object.fromEntries(
        pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
      set = { name: 'nixpkgs with cross compilers', expression: 'import <nixpkgs> { }', env }
      workspace = await checkout(await fetchPublished('hexyl', '0.16.0'), 'hexyl')
      folders.push(workspace)
      const flags = Object.keys(TARGETS).flatMap((target) => ['--target', target])
      await cargo2nixOrFail(['generate', '--host', 'x86_64-unknown-linux-gnu', ...flags], { cwd: workspace })
    })
    afterAll(() => removeFolders(folders))

    test.each(Object.entries(TARGETS))('%s', async (target, { runner, ending }) => {
      const folder = await emptyFolder()
      folders.push(folder)
      await writeFile(
        join(folder, 'bytes'),
        Uint8Array.from({ length: 200 }, (_, index) => index),
      )
      const [output] = await nixBuild(set, generated(workspace, set), [`targets.${target}.packages.hexyl`])
      const [program, ...args] = [...runner, `${output}/bin/hexyl${ending}`, '--color=never', 'bytes']
      const actual = await run(program!, args, { cwd: folder, env: set.env })
      const native = join(await cargoBuild(workspace, 'hexyl-0.16.0', []), 'hexyl')
      const expected = await run(native, ['--color=never', 'bytes'], { cwd: folder })
      expect(expected.stdout).toContain('000000c0')
      expect(actual.stdout.replaceAll('\r\n', '\n')).toBe(expected.stdout)
    })

    test('proc macros and what they are made of are the same derivations for all targets', async () => {
      const macro = (target: string): string =>
        `${generated(workspace, set)}.targets.${target}.crates."clap_derive-4.5.18".lib.drvPath`
      const paths = await Promise.all(
        ['x86_64-unknown-linux-gnu', ...Object.keys(TARGETS)].map((target) => nixEval(set, macro(target))),
      )
      expect(new Set(paths).size).toBe(1)
    })
  },
)
