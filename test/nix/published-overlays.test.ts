/**
 * docs/toolchain.md's Nix with rust-overlay and fenix themselves, evaluated: CARGO2NIX_OVERLAYS names a directory with a
 * checkout of each.
 */
import { existsSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  mainPackageSet,
  nixEval,
  nixIsMissing,
  wholePackageSet,
  type PackageSet,
} from '../builds/package-set.ts'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'

const directory = process.env['CARGO2NIX_OVERLAYS'] ?? ''
const overlays = ['rust-overlay', 'fenix'].map((name) => join(directory, name))
const isMissing = (await nixIsMissing()) || directory === '' || !overlays.every((path) => existsSync(path))
const set: PackageSet | undefined = isMissing ? undefined : await mainPackageSet()

const WORKSPACE = {
  'Cargo.toml':
    '[package]\nname = "greeter"\nversion = "1.0.0"\nedition = "2021"\n[workspace.metadata.cargo2nix]\ntargets = ["x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"]\n',
  'Cargo.lock': 'version = 4\n[[package]]\nname = "greeter"\nversion = "1.0.0"\n',
  'rust-toolchain.toml': '[toolchain]\nchannel = "stable"\n',
  'src/main.rs': 'fn main() {}\n',
}

describe.skipIf(isMissing)(
  `published overlays${isMissing ? ' (skipped: CARGO2NIX_OVERLAYS names no rust-overlay and fenix)' : ''}`,
  () => {
    let workspace: string
    let blocks: readonly string[]
    beforeAll(async () => {
      workspace = folderWith(WORKSPACE)
      await cargo2nixOrFail(['generate'], { cwd: workspace })
      const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'toolchain.md'), 'utf8')
      blocks = [...page.matchAll(/^```nix\n([\s\S]+?)^```/gm)].map(([, text]) => text!)
    })
    afterAll(() => isMissing || rmSync(workspace, { recursive: true, force: true }))

    test.each([
      [
        'rust-overlay',
        'rust-bin',
        // The set at hand lacks what libsecret needs, which only cargo's credential helper links.
        (pkgs: string) =>
          `{ pkgs = (${pkgs}).appendOverlays [ (import ${overlays[0]}) (_: prev: { libsecret = prev.zlib; }) ]; }`,
      ],
      [
        'fenix',
        'fenix.packages',
        (pkgs: string) =>
          `(let pkgs = ${pkgs}; in { inherit pkgs; fenix.packages.\${pkgs.stdenv.hostPlatform.system} = import ${overlays[1]} { inherit pkgs; rust-analyzer-src = ./.; }; })`,
      ],
    ])('%s compiles for all targets', async (name, words, args) => {
      const file = join(workspace, `${name}.nix`)
      await writeFile(
        file,
        blocks.find((text) => text.includes(words))!,
      )
      const targets = ['packages', 'targets.x86_64-unknown-linux-musl.packages']
      const paths = (await nixEval(
        set!,
        `let cargo = import ${file} ${args(wholePackageSet(set!))}; in map (each: each.greeter.drvPath) [ ${targets.map((each) => `cargo.${each}`).join(' ')} ]`,
      )) as readonly string[]
      for (const path of paths) {
        const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', path], { env: set!.env })
        expect(stdout).toMatch(/-rust(?:c|-default|-minimal|-mixed)?[-_a-z]*[\d.]*.*\.drv/)
        expect(stdout).toMatch(/rust-std/)
      }
      expect(new Set(paths).size).toBe(2)
    })
  },
)
