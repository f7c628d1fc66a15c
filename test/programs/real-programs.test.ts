/** Real programs: Nix's build of each behaves like cargo's. `scripts/real-programs` runs this. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installedAs, perform, type Application } from '../applications/application.ts'
import { bat } from '../applications/bat.ts'
import { cargoNextest } from '../applications/cargo-nextest.ts'
import { fdFind } from '../applications/fd-find.ts'
import { gitui } from '../applications/gitui.ts'
import { hexyl } from '../applications/hexyl.ts'
import { hyperfine } from '../applications/hyperfine.ts'
import { just } from '../applications/just.ts'
import { mcfly } from '../applications/mcfly.ts'
import { mdbook } from '../applications/mdbook.ts'
import { pythonModule } from '../applications/python-module.ts'
import { ripgrep } from '../applications/ripgrep.ts'
import { sccache } from '../applications/sccache.ts'
import { starship } from '../applications/starship.ts'
import { tokei } from '../applications/tokei.ts'
import { zoxide } from '../applications/zoxide.ts'
import { cargoBuild, checkout, emptyFolder, removeFolders } from '../builds/checkout.ts'
import { generated, machinePackageSet, nixBuild, type PackageSet } from '../builds/package-set.ts'
import { cargo2nixOrFail } from '../program.ts'
import { fetchPublished } from '../published.ts'

// The quick ones first.
const applications: readonly Application[] = [
  pythonModule,
  hexyl,
  zoxide,
  ripgrep,
  hyperfine,
  tokei,
  fdFind,
  mcfly,
  just,
  bat,
  mdbook,
  gitui,
  starship,
  sccache,
  cargoNextest,
]

const wanted = (process.env['PROGRAMS'] ?? '').split(' ').filter((name) => name !== '')
const unknown = wanted.filter((name) => !applications.some((application) => application.name === name))
if (unknown.length > 0) {
  const known = applications.map(({ name }) => name).join(', ')
  throw new Error(`unknown: ${unknown.join(', ')}; there are: ${known}`)
}

const seconds = async <T>(work: Promise<T>): Promise<readonly [T, string]> => {
  const start = performance.now()
  const result = await work
  return [result, `${((performance.now() - start) / 1000).toFixed(1)} s`]
}

describe('real programs', () => {
  const folders: string[] = []
  let set: PackageSet

  beforeAll(async () => {
    set = await machinePackageSet()
  })
  afterAll(() => removeFolders(folders))

  for (const application of applications) {
    const { name, version, program, profile } = application
    test.skipIf(wanted.length > 0 && !wanted.includes(name))(`${name} ${version} (${profile})`, async () => {
      const workspace = await checkout(application.folder ?? (await fetchPublished(name, version)), name)
      folders.push(workspace)
      await cargo2nixOrFail(['generate'], { cwd: workspace })

      const environment = application.buildEnvironment ?? {}
      const override = `crateOverrides.${name} = _: builtins.fromJSON ''${JSON.stringify(environment)}'';`
      const expression = generated(workspace, set, `profile = "${profile}"; ${override}`)
      const [[output], nixTook] = await seconds(nixBuild(set, expression, [`packages.${name}`]))
      const [reference, cargoTook] = await seconds(
        cargoBuild(workspace, `${name}-${version}-${profile}`, [], { profile, environment }),
      )
      console.log(`${name} ${version} (${profile}): nix-build ${nixTook}, cargo build ${cargoTook}`)

      const folder = join(await emptyFolder(), 'task')
      folders.push(folder)
      const expected = await perform(application, join(reference, program), folder)
      const said = expected.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n')
      expect(said).toMatch(application.says)
      const built = `${output}/${installedAs(application)}`
      expect(await perform(application, built, folder)).toEqual(expected)
    })
  }
})
