/** Manifests that Nix reads itself: TOML 1.1 and dates, which its own parser refuses, and all that it accepts. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, TomlDate } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeFolders } from '../builds/checkout.ts'
import { generated, machinePackageSet, nixIsMissing } from '../builds/package-set.ts'
import { corpusFolder, corpusMissing } from '../corpus.ts'
import { folderWith } from '../folder.ts'
import { cargoMissing, runCargo } from '../oracle/cargo.ts'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'

const missing = (await nixIsMissing()) ? 'there is no nix-instantiate' : undefined
const reader = join(import.meta.dirname, '..', '..', 'templates', 'sources', 'read-toml.nix')

const DOCUMENTS: readonly string[] = [
  '',
  '# only a comment, with { and "',
  'a = 1\n[b]\nc = { d = 1, # x }\n  e = [\n 1, # ]\n 2, ],\n}\nf = 2\n',
  'a = {\n}\nb = {\n  # nothing\n\n}\nc = [\n]\n',
  'a = { b = { c = 1, }, d = [ { x = 1 , }, { y = [ { z = { } , } , ] , } ], }',
  'x = "\\e[1m \\x41\\x7e \\\\e \\\\x41 \\" \\u00e9"\ny = \'\\e \\x41 \\\'\nz = "\\\\"\n',
  'z = """a\\\n   \\e "q" ""\n# { [ \n\\x41"""\nw = \'\'\'it\'s # { \\\'\'\' # c\nv = """"quoted""""\n',
  'a = ""\nb = """"""\nc = \'\'\nd = \'\'\'\'\'\'\ne = [ "", \'\', "#", "{" ]\n',
  'd = 1979-05-27 # c\ne = [ 1979-05-27T07:32:00Z, 07:32:10,\n 1979-05-27 07:32:00.5+01:00\n]\nt = { a = 07:32:00, b = 1979-05-27t07:32:00z }\n',
  '2026-01-02 = 3\n[x.2026-01-02]\nk = "2026-01-02" # 2026-01-02\n[[y]]\n07 = 1\n[[y]]\n"a=b" = "c = 2026-01-02"\n',
  'a.b.c = 1\n"d.e" . f = 1_000\ng = 0xdead_beef\nh = -1.5e3\ni = true\n[ j . k ]\nl = [ [ 1 ], [ "a" ] ]\n',
  '[package]\r\nname = "x"\r\n[dependencies]\r\na = {\r\n version = "1",\r\n}\r\n',
  '[a]\nb = { c = "x, }", d = \'}, \' ,\n}\n[target.\'cfg(all(unix, not(target_os = "macos")))\'.dependencies]\ne = "1"\n',
]

/** As Nix has it: dates are strings. */
function plain(value: unknown): unknown {
  if (value instanceof TomlDate) return expect.any(String)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

/** Undefined for what is no manifest, but an example of one. */
function valueOf(path: string): unknown {
  try {
    return plain(parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

async function readByNix(paths: readonly string[]): Promise<readonly unknown[]> {
  const list = paths.map((path) => `(/. + ${JSON.stringify(path)})`).join(' ')
  const expression = `map (path: import ${reader} (builtins.readFile path)) [ ${list} ]`
  const { stdout } = await runOrFail('nix-instantiate', [
    '--eval',
    '--strict',
    '--json',
    '--expr',
    expression,
  ])
  return JSON.parse(stdout) as readonly unknown[]
}

describe.skipIf(missing !== undefined)(`manifests in Nix (${missing ?? 'Nix is there'})`, () => {
  const folder = folderWith({})
  afterAll(() => removeFolders([folder]))

  test('TOML 1.1 and dates', async () => {
    const paths = DOCUMENTS.map((text, index) => {
      const path = join(folder, `${index}.toml`)
      writeFileSync(path, text)
      return path
    })
    expect(await readByNix(paths)).toEqual(DOCUMENTS.map((text) => plain(parse(text))))
  })

  test('what is no TOML is still refused', async () => {
    const path = join(folder, 'bad.toml')
    for (const text of ['a = { b = 1,, }', 'a = {', 'a = "b', 'a = 1 b = 2', 'a = { b = 1 c = 2 }']) {
      writeFileSync(path, text)
      const expression = `import ${reader} (builtins.readFile (/. + ${JSON.stringify(path)}))`
      const { status } = await run('nix-instantiate', ['--eval', '--strict', '--expr', expression])
      expect([text, status]).toEqual([text, 1])
    }
  })

  test.skipIf(corpusMissing !== undefined)('real manifests', async () => {
    const names = readdirSync(corpusFolder(), { recursive: true, encoding: 'utf8' })
    const documents = names
      .filter((name) => /(^|\/)Cargo\.toml$/.test(name) && !name.startsWith('vendor/'))
      .map((name) => ({ path: join(corpusFolder(), name), value: valueOf(join(corpusFolder(), name)) }))
      .filter(({ value }) => value !== undefined)
    expect(documents.length).toBeGreaterThan(100)
    expect(await readByNix(documents.map(({ path }) => path))).toEqual(documents.map(({ value }) => value))
  })
})

describe.skipIf((missing ?? cargoMissing) !== undefined)('packages whose macros read manifests', () => {
  let workspace: string
  beforeAll(async () => {
    workspace = folderWith({
      'Cargo.toml': `[workspace]
members = ["app", "macros", "parser"]
resolver = "2"
[workspace.package]
edition = "2021"
description = "\\e[1m"
[workspace.metadata]
since = 2026-01-02
[workspace.dependencies]
macros = {
  path = "macros", # more later
}
`,
      'app/Cargo.toml': `[package]
name = "app"
version = "0.1.0"
edition.workspace = true
[package.metadata]
at = 07:32
[dependencies]
macros = {
  workspace = true,
}
`,
      'app/src/lib.rs': '',
      'macros/Cargo.toml': `[package]
name = "macros"
version = "0.1.0"
edition.workspace = true
[lib]
proc-macro = true
[dependencies]
proc-macro-crate = { path = "../parser" }
`,
      'macros/src/lib.rs': '',
      'parser/Cargo.toml': '[package]\nname = "proc-macro-crate"\nversion = "0.1.0"\n',
      'parser/src/lib.rs': '',
    })
    await runCargo(['generate-lockfile', '--offline'], workspace)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  })
  afterAll(() => removeFolders([workspace]))

  test('their workspace may be written in TOML 1.1, with dates', async () => {
    const set = await machinePackageSet()
    const expression = `${generated(workspace, set)}.packages.app.drvPath`
    const { stdout } = await runOrFail('nix-instantiate', ['--eval', '--expr', expression], { env: set.env })
    expect(stdout).toContain('.drv')
  })
})
