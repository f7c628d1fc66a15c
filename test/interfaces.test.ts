/** The `interfaces` setting: what `generate` writes for it, and which libraries it selects. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folderWith } from './folder.ts'
import { cargo2nix, cargo2nixOrFail, runOrFail } from './program.ts'

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

/** A workspace of libraries and one program: name -> names of its dependencies. */
const workspace = async (
  members: Readonly<Record<string, readonly string[]>>,
  settings: string,
  more = '',
): Promise<string> => {
  const files = Object.entries(members).flatMap(([name, dependencies]) => {
    const table = dependencies.map((each) => `${each} = { path = "../${each}" }\n`).join('')
    const manifest = `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n${table}`
    return [
      [`${name}/Cargo.toml`, manifest],
      [`${name}/src/${name === 'app' ? 'main' : 'lib'}.rs`, name === 'app' ? 'fn main() {}\n' : ''],
    ]
  })
  const root = `[workspace]\nresolver = "2"\nmembers = ${JSON.stringify(Object.keys(members))}\n[workspace.metadata.cargo2nix]\n${settings}\n${more}`
  const folder = folderWith({ ...Object.fromEntries(files), 'Cargo.toml': root })
  folders.push(folder)
  await runOrFail('cargo', ['generate-lockfile', '--offline'], { cwd: folder })
  return folder
}

const written = async (folder: string): Promise<string> => {
  await cargo2nixOrFail(['generate'], { cwd: folder })
  const text = readFileSync(join(folder, 'nix', 'Cargo.nix'), 'utf8')
  const [, value = ''] = /^ {2}interfaces \? ([^]*?),\n {2}\w+ \?/m.exec(text) ?? []
  return value.replaceAll(/\s+/g, ' ')
}

const LEAVES = ['a', 'b', 'c', 'd', 'e', 'f']
/** `wide` and `under` use many, `over` uses `wide`, and only the program uses `over`. */
const GRAPH = {
  ...Object.fromEntries(LEAVES.map((name) => [name, []])),
  wide: LEAVES,
  over: ['wide', ...LEAVES],
  app: ['over'],
}

const HEAVY = 'interfaces = "heavy"'

describe('interfaces', () => {
  test.each([
    ['interfaces = "none"', '"none"'],
    ['interfaces = "all"', '"all"'],
    ['interfaces = ["a", "over"]', '[ "a" "over" ]'],
  ])('%s', async (settings, expected) => {
    expect(await written(await workspace(GRAPH, settings))).toBe(expected)
  })

  test.each([
    ['interfaces = "most"', /metadata\.cargo2nix\.interfaces: /],
    ['interfaces = [1]', /metadata\.cargo2nix\.interfaces/],
  ])('%s is refused', async (settings, message) => {
    const { status, stderr } = await cargo2nix(['generate'], { cwd: await workspace(GRAPH, settings) })
    expect([status, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('without the setting, heavy libraries have one', async () => {
    expect(await written(await workspace(GRAPH, ''))).toBe('[ "wide" ]')
    expect(await written(await workspace({ a: [], app: ['a'] }, ''))).toBe('[ ]')
  })

  test('libraries that use many others and are used by one are found', async () => {
    expect(await written(await workspace(GRAPH, HEAVY))).toBe('[ "wide" ]')
  })

  test('small libraries are not worth a second call of rustc', async () => {
    expect(await written(await workspace({ a: [], b: ['a'], c: ['b'], app: ['c'] }, HEAVY))).toBe('[ ]')
    expect(await written(await workspace({ a: [] }, HEAVY))).toBe('[ ]')
  })

  test('libraries that only a program or a proc macro uses wait for their code anyway', async () => {
    const graph = { ...GRAPH, over: LEAVES, app: ['over', 'wide'] }
    expect(await written(await workspace(graph, HEAVY))).toBe('[ ]')
  })

  // `wide` is on the longest path until `under` has an interface. Then `alone`, which only the program uses, takes longer.
  test('a library that no longer matters once another has one is left out', async () => {
    const leaves = Array.from({ length: 21 }, (_, index) => `leaf${index}`)
    const graph = {
      ...Object.fromEntries(leaves.map((name) => [name, []])),
      wide: leaves.slice(0, 12),
      chain1: leaves.slice(0, 3),
      chain2: ['chain1', ...leaves.slice(0, 2)],
      chain3: ['chain2', ...leaves.slice(0, 2)],
      chain4: ['chain3'],
      under: ['wide', 'chain4', ...leaves.slice(0, 6)],
      over: ['under', 'leaf0'],
      alone: leaves,
    }
    expect(await written(await workspace({ ...graph, app: ['over', 'alone'] }, HEAVY))).toBe('[ "under" ]')
    expect(await written(await workspace({ ...graph, app: ['over'] }, HEAVY))).toBe('[ "under" "wide" ]')
  })

  test('without optimization, less is gained', async () => {
    const release = '[profile.release]\nopt-level = 0\n'
    expect(await written(await workspace(GRAPH, HEAVY, release))).toBe('[ ]')
  })
})
