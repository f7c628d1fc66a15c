/** The page "Coming from another tool": its Nix evaluates in a workspace as it describes. */
import { readFile, writeFile } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'
import { mainPackageSet, nixIsMissing, type PackageSet } from './package-set.ts'

const page = await readFile(join(import.meta.dirname, '../../docs/coming-from-other-tools.md'), 'utf8')
const blocksOf = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\n([^\`]+)\`\`\``, 'g'))].map((found) => found[1]!)

const missing = await nixIsMissing()

describe.skipIf(missing)(`the page${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let cwd: string
  let set: PackageSet

  beforeAll(async () => {
    cwd = folderWith({
      'Cargo.toml': `[workspace]\nmembers = ["program"]\nresolver = "3"\n${blocksOf('toml').join('')}`,
      'program/Cargo.toml': '[package]\nname = "my-program"\nversion = "1.0.0"\n[features]\nextra = []\n',
      'program/src/main.rs': 'fn main() {}\n',
    })
    set = await mainPackageSet()
    await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd })
    await cargo2nixOrFail(['generate'], { cwd })
  })
  afterAll(() => rmSync(cwd, { recursive: true, force: true }))

  for (const text of blocksOf('nix')) {
    test(`block that ends in ${text.trim().split('\n').at(-1)}`, async ({ skip }) => {
      skip(text.includes('mkShell') && !set.expression.includes('<nixpkgs>'), 'no nixpkgs on this machine')
      const file = join(cwd, 'default.nix')
      await writeFile(file, text)
      const args = [file, '--arg', 'pkgs', set.expression]
      const { stdout } = await runOrFail('nix-instantiate', args, { env: set.env })
      expect(stdout).toMatch(/^\/nix\/store\/.*\.drv/)
    })
  }
})
