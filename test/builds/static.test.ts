/** How binaries are linked: like rustc by default, or by a target's settings. Checked in the binaries themselves. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { cargo2nix, cargo2nixOrFail, runOrFail } from '../program.ts'
import { checkout, removeFolders } from './checkout.ts'
import { elfFacts } from './elf-facts.ts'
import { generated, machinePackageSet, nixBuild, nixEval, nixIsMissing } from './package-set.ts'

const host = hostTriple()
const hasStaticLibc =
  !(await nixIsMissing()) &&
  existsSync(execFileSync('cc', ['-print-file-name=libc.a'], { encoding: 'utf8' }).trim())
const missing = hasStaticLibc ? undefined : 'there is no nix-build, or no static libc'

describe.skipIf(missing !== undefined)(
  `static programs${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    afterAll(() => removeFolders(folders))

    async function workspaceWith(settings: string): Promise<string> {
      const workspace = await checkout(join(import.meta.dirname, '..', '..', 'fixtures', 'cross'), 'cross')
      folders.push(workspace)
      if (settings !== '') {
        appendFileSync(
          join(workspace, 'Cargo.toml'),
          `\n[workspace.metadata.cargo2nix.target.${host}]\n${settings}\n`,
        )
      }
      return workspace
    }

    const cases = [
      { settings: '', type: 'DYN', isStatic: false },
      { settings: 'static = true', type: 'DYN', isStatic: true },
      { settings: 'static = true\nrelocation-model = "static"', type: 'EXEC', isStatic: true },
    ]
    test.each(cases)('$settings', async ({ settings, type, isStatic }) => {
      const workspace = await workspaceWith(settings)
      await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
      const set = await machinePackageSet()
      const [output] = await nixBuild(set, generated(workspace, set), ['packages.app', 'tests.app'])
      const program = join(output!, 'bin', 'app')
      const facts = await elfFacts(program)
      expect(facts.type).toBe(type)
      expect(facts.interpreter === undefined).toBe(isStatic)
      expect(facts.needed.length === 0).toBe(isStatic)
      expect((await runOrFail(program, [])).stdout).toContain('unwound: true')
      const table = (await cargo2nixOrFail(['targets', '--json', '--host', host], { cwd: workspace })).stdout
      expect((JSON.parse(table) as readonly { static: boolean }[])[0]?.static).toBe(isStatic)
    })

    test('build scripts and proc macros stay as they are without the setting', async () => {
      const set = await machinePackageSet()
      const [plain, linked] = await Promise.all(
        ['', 'static = true'].map(async (settings) => {
          const workspace = await workspaceWith(settings)
          await cargo2nixOrFail(['generate', '--host', host], { cwd: workspace })
          const crates = `${generated(workspace, set)}.crates`
          return nixEval(
            set,
            `[ ${crates}."app-0.1.0".buildScript.drvPath ${crates}."macros-0.1.0".lib.drvPath ${crates}."app-0.1.0".bins.app.drvPath ]`,
          )
        }),
      )
      const [script, macro, program] = plain as readonly string[]
      expect(linked).toEqual([script, macro, expect.not.stringMatching(program!)])
    })

    test('link settings that rustc does not support are refused', async () => {
      const workspace = await workspaceWith('')
      appendFileSync(
        join(workspace, 'Cargo.toml'),
        '\n[workspace.metadata.cargo2nix.target.aarch64-darwin]\nstatic = true\n',
      )
      const { status, stderr } = await cargo2nix(['generate'], { cwd: workspace })
      expect(status).toBe(2)
      expect(stderr).toContain('metadata.cargo2nix.target.aarch64-darwin.static')
    })
  },
)
