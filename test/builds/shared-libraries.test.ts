/** Binaries that link shared libraries of the same build: an installed binary finds them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { run, runOrFail } from '../program.ts'
import { generatedCheckout, removeFolders } from './checkout.ts'
import { elfFacts } from './elf-facts.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, referencesOf } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'shared-libraries')
const host = hostTriple()
const hasPatchelf = await run('patchelf', ['--version']).then(
  ({ status }) => status === 0,
  () => false,
)
const missing = !host.includes('linux')
  ? 'this is no Linux'
  : (await nixIsMissing())
    ? 'there is no nix-build'
    : hasPatchelf
      ? undefined
      : 'there is no patchelf'

describe.skipIf(missing !== undefined)(
  `shared libraries${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let workspace: string
    beforeAll(async () => {
      workspace = await generatedCheckout(fixture, 'shared-libraries', ['--host', host])
      folders.push(workspace)
    })
    afterAll(() => removeFolders(folders))

    test.each([
      { name: 'app', library: 'libengine.so', what: 'a dylib of the workspace' },
      { name: 'with-c', library: 'libcounter.so', what: 'a library that its build script made' },
    ])('$name, linked with $what, runs where it is installed', async ({ name, library }) => {
      const cargos = await runOrFail(
        'cargo',
        ['run', '--quiet', '--release', '--locked', '--package', name],
        {
          cwd: workspace,
          env: { ...process.env, CARGO_TARGET_DIR: join(workspace, 'target') },
        },
      )
      expect(cargos.stdout).not.toBe('')
      const set = await machinePackageSet()
      const [output] = await nixBuild(set, generated(workspace, set), [`packages.${name}`])
      const { LD_LIBRARY_PATH: _, ...env } = process.env
      expect((await runOrFail(`${output}/bin/${name}`, [], { env })).stdout).toBe(cargos.stdout)

      // All that is not the system's lies in the package, and nothing else is referred to.
      expect((await elfFacts(`${output}/bin/${name}`)).needed).toContain(library)
      const installed = readdirSync(`${output}/lib`)
      expect(installed).toEqual(expect.arrayContaining([library, expect.stringMatching(/^libstd-.*\.so$/)]))
      expect(await referencesOf(set, output!)).toEqual([])
    })
  },
)
