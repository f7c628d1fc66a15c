/** `packages.<member>` as a nixpkgs package: `meta`, `overrideAttrs`, installation hooks, no references. */
import { readFile } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import {
  generated,
  machinePackageSet,
  mainPackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const FILES = {
  'Cargo.toml': `[package]
name = "speaker"
version = "1.2.3"
edition = "2021"
default-run = "loud"
description = """
Speaks  of
things."""
repository = "https://example.org/speaker"
license = "MIT/Apache-2.0 WITH LLVM-exception OR (Apache-2.0 AND LicenseRef-Ours) or MIT OR AGPL-3.0"

[profile.release]
debug = 1
`,
  'src/bin/loud.rs': 'fn main() {\n    println!("{} {}", env!("CARGO_MANIFEST_DIR"), file!());\n}\n',
  'src/bin/quiet.rs': 'fn main() {}\n',
  'doc/notes': 'manual\n',
}

const missing = await nixIsMissing()

describe.skipIf(missing)(`packages${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let cwd: string
  let main: PackageSet
  let machine: PackageSet
  const speaker = (set: PackageSet, more = ''): string => `${generated(cwd, set, more)}.packages.speaker`

  beforeAll(async () => {
    cwd = folderWith(FILES)
    main = await mainPackageSet()
    machine = await machinePackageSet()
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd })
    await cargo2nixOrFail(['generate'], { cwd })
  })
  afterAll(() => rmSync(cwd, { recursive: true, force: true }))

  test('meta says what the manifest says', async () => {
    const { license, ...meta } = (await nixEval(machine, `${speaker(machine)}.meta`)) as {
      license: readonly { spdxId: string }[]
    }
    expect(meta).toMatchObject({
      description: 'Speaks of things',
      homepage: 'https://example.org/speaker',
      mainProgram: 'loud',
    })
    expect(license.map(({ spdxId }) => spdxId)).toEqual([
      'MIT',
      'Apache-2.0',
      'LLVM-exception',
      'LicenseRef-Ours',
      'AGPL-3.0',
    ])
  })

  test("licences are nixpkgs' own", async ({ skip }) => {
    skip(main.name === machine.name, 'no nixpkgs on this machine')
    const names = (await nixEval(
      main,
      `let pkgs = ${main.expression}; inherit (pkgs.lib) licenses; in map
        (license: builtins.filter (name: licenses.\${name} or null == license) [ "mit" "asl20" "asl20-llvm" "agpl3Only" ])
        ${speaker(main)}.meta.license`,
    )) as readonly (readonly string[])[]
    expect(names).toEqual([['mit'], ['asl20-llvm'], ['asl20'], [], ['agpl3Only']])
  })

  test('programs refer to nothing that they were made from', async () => {
    const [output] = await nixBuild(main, speaker(main), [])
    const { stdout } = await runOrFail('nix-store', ['--query', '--references', output!], { env: main.env })
    expect(stdout.split('\n').filter((path) => /speaker|rustc|source/.test(path))).toEqual([])
    const { stdout: said } = await run(`${output}/bin/loud`, [])
    expect(said).toMatch(/^\/nix\/store\/e{32}-.* src\/bin\/loud\.rs\n$/)
  })

  test('overrideAttrs and crateOverrides reach the installation', async () => {
    const hook = 'install -Dm644 doc/notes $out/share/speaker/notes'
    const override = `crateOverrides.speaker = _: { postInstall = "${hook}"; meta.priority = 3; };`
    const [plain, hooked, stripped] = await Promise.all([
      nixBuild(main, speaker(main), []),
      nixBuild(main, speaker(main, override), []),
      nixBuild(
        main,
        `${speaker(main)}.overrideAttrs (_: { dontStrip = false; postInstall = "${hook}"; })`,
        [],
      ),
    ])
    expect(await readFile(`${hooked[0]}/share/speaker/notes`, 'utf8')).toBe('manual\n')
    expect(await nixEval(main, `${speaker(main, override)}.meta.priority`)).toBe(3)
    expect(await readFile(`${stripped[0]}/share/speaker/notes`, 'utf8')).toBe('manual\n')
    const sections = async (folder: string | undefined): Promise<string> =>
      (await runOrFail('readelf', ['--sections', '--wide', `${folder}/bin/loud`])).stdout
    expect(await sections(plain[0])).toContain('.debug_info')
    if (main.name !== machine.name) expect(await sections(stripped[0])).not.toContain('.debug_info')
  })
})
