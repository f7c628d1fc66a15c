/**
 * Every workspace of the corpus is generated for the default platforms and one more, formatted as by nixfmt, and each of
 * its members evaluates to a derivation.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpusFolder, corpusMissing, corpusWorkspaces } from '../corpus.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'
import { mainPackageSet, nixIsMissing, wholePackageSet, type PackageSet } from './package-set.ts'

const target = 'x86_64-unknown-linux-gnu'
const missing = corpusMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const formatter = spawnSync('nixfmt', ['--help']).error === undefined ? 'nixfmt' : undefined
const workspaces = missing === undefined ? corpusWorkspaces() : ['all']

describe.skipIf(missing !== undefined)(
  `the corpus${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let set: PackageSet
    let folder: string
    beforeAll(async () => {
      set = await mainPackageSet()
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-corpus-test-'))
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test.each(workspaces)('%s', async (workspace) => {
      const cwd = join(corpusFolder(), workspace)
      const out = join(folder, workspace, 'nix')
      await cargo2nixOrFail(
        ['generate', '--offline', '--out', out, '--target', target, '--target', 'mingwW64'],
        { cwd },
      )
      if (formatter !== undefined)
        await runOrFail(formatter, ['--check', join(out, 'Cargo.nix'), join(out, 'toolchain.nix')])
      const metadata = await runOrFail(
        'cargo',
        ['metadata', '--no-deps', '--format-version', '1', '--offline'],
        {
          cwd,
          env: { ...process.env, RUSTUP_TOOLCHAIN: 'stable' },
        },
      )
      const { packages } = JSON.parse(metadata.stdout) as { packages: readonly { name: string }[] }
      const pkgs = wholePackageSet(set)
      const file = `(/. + ${JSON.stringify(`${out}/Cargo.nix`)})`
      const expression = `let all = (import ${file} { pkgs = ${pkgs}; }).targets.${target}.packages;
      in map (name: all.\${name}) ${'[ ' + packages.map(({ name }) => JSON.stringify(name)).join(' ') + ' ]'}`
      const { stdout } = await runOrFail('nix-instantiate', ['--expr', expression], { env: set.env })
      expect(stdout.trim().split('\n')).toHaveLength(packages.length)
    })
  },
)
