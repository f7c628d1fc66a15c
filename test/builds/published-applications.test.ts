/** Published applications: Nix's build from generated Nix behaves like cargo's own build. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installedAs, perform, type Application } from '../applications/application.ts'
import { hexyl } from '../applications/hexyl.ts'
import { just } from '../applications/just.ts'
import { pythonModule } from '../applications/python-module.ts'
import { ripgrep } from '../applications/ripgrep.ts'
import { zoxide } from '../applications/zoxide.ts'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { cargo2nixOrFail, run } from '../program.ts'
import { fetchPublished } from '../published.ts'
import { cargoBuild, checkout, emptyFolder, removeFolders } from './checkout.ts'
import {
  buildAgain,
  generated,
  machinePackageSet,
  mainPackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  referencesOf,
} from './package-set.ts'
import type { PackageSet } from './package-set.ts'

const applications = [hexyl, ripgrep, just, zoxide, pythonModule]

/** Toolchain, sources, other units: nothing that a program needs. */
const isOfTheBuild = (path: string): boolean =>
  /-(?:rustc|cargo)(?:-[\d.]+)?$|-\d+\.\d+\.\d+[^/]*-(?:src|lib|bin-[^/]+|build-script|build-script-run)$/.test(
    path,
  )

const missing = await nixIsMissing()

describe.skipIf(missing)(`published applications${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let main: PackageSet
  let machine: PackageSet

  const newCheckout = async (application: Application, as: string): Promise<string> => {
    const { name, version } = application
    const folder = await checkout(application.folder ?? (await fetchPublished(name, version)), as)
    folders.push(folder)
    return folder
  }

  beforeAll(async () => {
    main = await mainPackageSet()
    machine = await machinePackageSet()
  })
  afterAll(() => removeFolders(folders))

  for (const application of applications) {
    test(`${application.name} ${application.version} does what cargo's build of it does`, async () => {
      const workspace = await newCheckout(application, application.name)
      await cargo2nixOrFail(['generate'], { cwd: workspace })

      const sets = application === hexyl && main.name !== machine.name ? [main, machine] : [main]
      const programs: string[] = []
      for (const set of sets) {
        const attribute = `packages.${application.name}`
        const [output] = await nixBuild(set, generated(workspace, set), [attribute])
        programs.push(`${output}/${installedAs(application)}`)
        expect((await referencesOf(set, output!)).filter(isOfTheBuild)).toEqual([])
      }
      const key = `${application.name}-${application.version}`
      const reference = join(await cargoBuild(workspace, key, []), application.program)

      const folder = join(await emptyFolder(), 'task')
      folders.push(folder)
      const expected = await perform(application, reference, folder)
      expect(expected.map(({ stdout }) => stdout).join('\n')).toMatch(application.says)
      for (const program of programs) expect(await perform(application, program, folder)).toEqual(expected)
    })
  }

  test('every unit of hexyl is built alike twice', async () => {
    const workspace = await newCheckout(hexyl, hexyl.name)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    const hexylPackage = `${generated(workspace, main)}.packages.hexyl`
    await nixBuild(main, hexylPackage, [])
    const derivations = await buildAgain(main, hexylPackage)
    expect(derivations.filter((path) => /-(?:lib-[^/]*|bin-hexyl)\.drv$/.test(path)).length).toBeGreaterThan(
      25,
    )
  })

  test('`overrides` says which build scripts compile C of their own', async () => {
    const workspace = await newCheckout(just, just.name)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    const { stdout } = await cargo2nixOrFail(['overrides', '--json', '--host', hostTriple()], {
      cwd: workspace,
    })
    const rows = JSON.parse(stdout) as readonly { key: string; coveredBy: string }[]
    const said = rows.filter(({ coveredBy }) => coveredBy === 'own sources').map(({ key }) => key)

    const units = `${generated(workspace, main)}.crates`
    const runs = `builtins.filter (unit: unit ? buildScriptRun) (builtins.attrValues ${units})`
    const outputs = await nixBuild(main, `map (unit: unit.buildScriptRun) (${runs})`, [])
    const { stdout: archives } = await run('find', [...outputs, '-name', '*.a'])
    const compiled = archives.matchAll(/^[^-]*-build-run-(.*?)\//gm)
    expect([...new Set([...compiled].map((match) => match[1]!))]).toEqual(said)
    expect(said.join()).toMatch(/^blake3-/)
  })

  test('two checkouts under different names give the same bytes and the same store paths', async () => {
    const first = await newCheckout(hexyl, 'hexyl')
    const second = await newCheckout(hexyl, 'another-name.git')
    const outputs = await Promise.all(
      [first, second].map(async (workspace) => {
        await cargo2nixOrFail(['generate'], { cwd: workspace })
        const { stdout: bytes } = await run('sh', ['-c', 'find . -type f | sort | xargs sha256sum'], {
          cwd: join(workspace, 'nix'),
        })
        const hexylPackage = `${generated(workspace, main)}.packages.hexyl`
        return {
          bytes,
          outPath: await nixEval(main, `${hexylPackage}.outPath`),
          drvPath: await nixEval(main, `${hexylPackage}.drvPath`),
        }
      }),
    )
    expect(outputs[0]?.bytes).toContain('./Cargo.nix')
    expect(outputs[0]?.outPath).toMatch(/^\/nix\/store\//)
    expect(outputs[1]).toEqual(outputs[0])
  })
})
