/** A member whose targets all require features that are off: cargo builds nothing of it, nor do we. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generated, mainPackageSet, nixEval, nixIsMissing, type PackageSet } from '../builds/package-set.ts'
import { folderWith, type Files } from '../folder.ts'
import { cargo2nixOrFail } from '../program.ts'

const GATED = '[features]\nx = []\n[[bin]]\nname = "gated"\npath = "src/main.rs"\nrequired-features = ["x"]\n'
const OVERRIDES = '[profile.release.package."*"]\nopt-level = 1\n'
const member = (name: string, more: string): Files => ({
  [`${name}/Cargo.toml`]: `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n${more}`,
  [`${name}/src/main.rs`]: 'fn main() {}\n',
})
const workspace = (...members: string[]): string =>
  `[workspace]\nmembers = ${JSON.stringify(members)}\nresolver = "2"\n${OVERRIDES}`
const BUILD = '[workspace.metadata.cargo2nix.builds.more]\nfeatures = ["gated/x"]\n'

/** The packages of `set`, all of which evaluate, as do their tests. */
const NAMES =
  'builtins.deepSeq (map (builtins.mapAttrs (_: package: package.drvPath)) [ set.packages set.tests set.clippy ])' +
  ' (builtins.attrNames set.packages)'

describe.skipIf(await nixIsMissing())('idle members', () => {
  const folders: string[] = []
  let set: PackageSet
  beforeAll(async () => {
    set = await mainPackageSet()
  })
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

  test.each([
    { title: 'one of two', manifest: workspace('plain', 'gated') },
    { title: 'the only one', manifest: workspace('gated') },
  ])('$title', async ({ manifest }) => {
    const folder = folderWith({ 'Cargo.toml': manifest, ...member('plain', ''), ...member('gated', GATED) })
    folders.push(folder)
    execFileSync('cargo', ['generate-lockfile', '--offline', '--quiet'], { cwd: folder })
    const said = async (): Promise<string> => (await cargo2nixOrFail(['generate'], { cwd: folder })).stderr
    const packages = (attributes: string): Promise<unknown> =>
      nixEval(set, `let set = ${generated(folder, set)}${attributes}; in ${NAMES}`)

    expect(await said()).toMatch(/`gated` is skipped.*gated \(x\)/)
    expect(await packages('')).toEqual(await programsOfCargo(folder, []))

    await writeFile(join(folder, 'Cargo.toml'), manifest + BUILD)
    expect(await said()).toBe('')
    expect(await packages('')).toEqual(await programsOfCargo(folder, []))
    expect(await packages('.builds.more')).toEqual(await programsOfCargo(folder, ['--features=gated/x']))
  })
})

async function programsOfCargo(folder: string, features: readonly string[]): Promise<readonly string[]> {
  await rm(join(folder, 'target'), { recursive: true, force: true })
  execFileSync('cargo', ['build', '--workspace', '--offline', '--quiet', ...features], { cwd: folder })
  const debug = join(folder, 'target', 'debug')
  const names = (await readdir(debug).catch(() => [])).filter((name) => /^\w+$/.test(name))
  const files = await Promise.all(names.map(async (name) => (await stat(join(debug, name))).isFile()))
  return names.filter((_, index) => files[index]).toSorted()
}
