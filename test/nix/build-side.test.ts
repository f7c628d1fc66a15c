/**
 * One generated file for every machine that builds: the build platform decides what build scripts and proc macros are
 * built from, and the target decides what binaries are built from (fixtures/cross).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mainPackageSet, nixIsMissing, type PackageSet } from '../builds/package-set.ts'
import { cargo2nixOrFail } from '../program.ts'
import { unitsOfDerivations } from './derivations.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'cross')
const isNixMissing = await nixIsMissing()
const set: PackageSet | undefined = isNixMissing ? undefined : await mainPackageSet()
const missing = isNixMissing
  ? 'there is no nix-instantiate'
  : set?.name === 'nixpkgs beside the project'
    ? undefined
    : 'there is no nixpkgs beside the project'

/** Nix's system -> what Rust calls it. */
const BUILDERS = {
  'x86_64-linux': { triple: 'x86_64-unknown-linux-gnu', os: 'linux' },
  'aarch64-linux': { triple: 'aarch64-unknown-linux-gnu', os: 'linux' },
  'aarch64-darwin': { triple: 'aarch64-apple-darwin', os: 'macos' },
}

/** Target -> how it is asked for beside `targets`, and which library its programs have. */
const TARGETS = {
  'x86_64-pc-windows-gnu': { config: 'x86_64-w64-mingw32', family: 'windows' },
  'x86_64-unknown-linux-musl': { config: 'x86_64-unknown-linux-musl', family: 'unix' },
}

// What only real nixpkgs has for darwin: a C compiler whose programs are signed, and the program that signs.
const OVERLAY = `(self: super: if super.stdenv.hostPlatform.isDarwin then
  let standIn = name: derivation { inherit name; system = "aarch64-darwin"; builder = "/bin/sh"; }; in {
    stdenv = super.stdenv.override { cc = standIn "cc" // { targetPrefix = ""; }; };
    darwin = super.darwin // { sigtool = standIn "sigtool"; };
  } else { })`

describe.skipIf(missing !== undefined)(
  `what builds${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let folder: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-build-side-'))
      const hosts = Object.values(BUILDERS).flatMap(({ triple }) => ['--host', triple])
      const targets = Object.keys(TARGETS).flatMap((target) => ['--target', target])
      await cargo2nixOrFail(['generate', '--out', join(folder, 'nix'), ...hosts, ...targets], {
        cwd: fixture,
      })
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    const cases = Object.entries(BUILDERS).flatMap(([system, { triple, os }]) => [
      { system, os, how: 'natively', target: triple, family: 'unix', crossSystem: undefined },
      ...Object.entries(TARGETS).flatMap(([target, { config, family }]) =>
        [config, undefined].map((crossSystem) => ({
          system,
          os,
          how: crossSystem === undefined ? `targets.${target}` : `crossSystem ${target}`,
          target,
          family,
          crossSystem,
        })),
      ),
    ])
    test.each(cases)('on $system: $how', async ({ system, os, target, family, crossSystem }) => {
      const cross = crossSystem === undefined ? '' : `crossSystem = { config = "${crossSystem}"; };`
      const pkgs = `import <nixpkgs> { system = "${system}"; ${cross} overlays = [ ${OVERLAY} ]; }`
      const attribute = crossSystem === undefined ? `targets.${target}.packages` : 'packages'
      const file = join(folder, 'nix', 'Cargo.nix')
      const units = await unitsOfDerivations(
        set!,
        `[ (import ${file} { pkgs = ${pkgs}; }).${attribute}.app ]`,
      )
      const isNative = target === BUILDERS[system as keyof typeof BUILDERS].triple
      const lines = [...units].map((line) => line.replace(/ \[.*/, ''))
      const own = lines.filter((line) => /^(?:builder|platform|macros)/.test(line))
      expect(own.toSorted()).toEqual([
        `builder-${os} 0.1.0 lib for host`,
        'macros 0.1.0 lib for host',
        `platform-${family} 0.1.0 lib for ${isNative ? 'host' : target}`,
      ])
      expect(lines).toContain('app 0.1.0 build-script for host')
      expect(lines).toContain(`app 0.1.0 run for ${isNative ? 'host' : target}`)
    })
  },
)
