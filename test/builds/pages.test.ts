/** The README and pages of `docs`: their Nix evaluates in a workspace as they describe it. */
import { readFile, writeFile } from 'node:fs/promises'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith } from '../folder.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'
import { mainPackageSet, nixEval, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()
const set: PackageSet | undefined = missing ? undefined : await mainPackageSet()
const PAGES = ['README', 'docs/checks', 'docs/coming-from-other-tools', 'docs/deployment', 'docs/settings']

/** What the set over the machine's tools has not. */
const NIXPKGS_ONLY = /mkShell|dockerTools|windows|release|deploy/

/** For evaluation: the sets at hand lack them. */
const withMore = (pkgs: string): string =>
  `(let pkgs = ${pkgs}; in pkgs // { runit = "/runit"; buildPackages = { cargo-audit = "/audit"; cargo-deny = "/deny"; } // pkgs.buildPackages; })`

/** Modules for other tools: not derivations, but settings that name some. */
const MODULES = ['docs/with-other-tools']

describe.each([...PAGES, ...MODULES])(
  `%s${missing ? ' (no nix-build on this machine)' : ''}`,
  async (name) => {
    const page = await readFile(join(import.meta.dirname, '../..', `${name}.md`), 'utf8')
    const blocksOf = (language: string): readonly string[] =>
      [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]+?)^\`\`\``, 'gm'))].map(
        (found) => found[1]!,
      )
    const settingsOf = (table: string): string =>
      blocksOf('toml')
        .filter((text) => text.startsWith(`[${table}.`))
        .join('')
    let cwd: string

    beforeAll(async () => {
      if (missing) return
      cwd = folderWith({
        'Cargo.toml': `[workspace]\nmembers = ["program"]\nresolver = "3"\n${settingsOf('workspace')}`,
        'program/Cargo.toml': `[package]\nname = "my-program"\nversion = "1.0.0"\n[features]\nextra = []\n${settingsOf('package')}`,
        'program/src/main.rs': 'fn main() {}\n',
        'program/assets/picture.svg': '',
        'proto/service.proto': '',
        'deploy/my-program.toml': '',
        '.sqlx/query.json': '{}\n',
        'advisory-db/crates/none.md': '',
      })
      await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd })
      await cargo2nixOrFail(['generate'], { cwd })
    })
    afterAll(() => missing || rmSync(cwd, { recursive: true, force: true }))

    // A flake wants a network.
    const expressions = blocksOf('nix').filter((text) => !text.includes('outputs ='))
    test('there is something to evaluate', () => expect(expressions).not.toEqual([]))

    for (const [index, text] of expressions.entries()) {
      test.skipIf(missing)(`Nix in block ${index + 1}`, async ({ skip }) => {
        const hasNixpkgs = set!.expression.includes('<nixpkgs>')
        skip(NIXPKGS_ONLY.test(text) && !hasNixpkgs, 'no nixpkgs on this machine')
        const file = join(cwd, 'default.nix')
        await writeFile(file, text)
        if (MODULES.includes(name)) {
          const pkgs = `(${set!.expression} // { cargo2nix-ts = "/cargo2nix-ts"; })`
          const settings = await nixEval(set!, `import ${file} { pkgs = ${pkgs}; }`)
          expect(JSON.stringify(settings)).toMatch(/\/nix\/store\/|\/cargo2nix-ts\/bin/)
          return
        }
        const args = [file, '--arg', 'pkgs', withMore(set!.expression)]
        const { stdout } = await runOrFail('nix-instantiate', args, { env: set!.env })
        expect(stdout).toMatch(/^\/nix\/store\/.*\.drv/)
      })
    }
  },
)
