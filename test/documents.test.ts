/** README, ARCHITECTURE and `docs` are right about commands, arguments, files and each other. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderWith } from './folder.ts'
import { cargo2nixOrFail } from './program.ts'

const root = join(import.meta.dirname, '..')
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))
const documents = [...readdirSync(root), ...filesBelow('docs')].filter((path) => path.endsWith('.md'))
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

const all = (pattern: RegExp, text: string): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found!)
const blocks = (language: string, text: string): readonly string[] =>
  all(new RegExp(`^\`\`\`${language}\n([\\s\\S]+?)^\`\`\``, 'gm'), text)

describe('commands', () => {
  const lines = documents.flatMap((path) =>
    blocks('sh', textOf(path)).flatMap((block) => all(/^cargo2nix-ts (.*?)(?:\s+#.*)?$/gm, block)),
  )

  test('the documents contain commands', () => expect(lines.length).toBeGreaterThan(10))

  test.each([...new Set(lines)])('cargo2nix-ts %s: every flag exists', async (line) => {
    const words = line.split(/\s+/)
    const names = /^(?:cache|release|targets|toolchain) (?:[a-z][a-z-]+)\b/.test(line) ? 2 : 1
    const { stdout } = await cargo2nixOrFail([...words.slice(0, names), '--help'], { cwd: root })
    for (const flag of words.filter((word) => word.startsWith('--')))
      expect(stdout).toMatch(new RegExp(`^ .*${flag}\\b`, 'm'))
  })

  test('the README lists every command', async () => {
    const { stdout } = await cargo2nixOrFail(['--help'], { cwd: root })
    const names = all(/^ {2}([a-z][\w-]+)/gm, stdout.slice(stdout.indexOf('Commands:')))
    const table = textOf('README.md').split('| command |')[1]!.split('\n\n')[0]!
    expect(names.filter((name) => name !== 'help').toSorted()).toEqual(
      [...new Set(all(/^\| `([\w-]+)/gm, table))].toSorted(),
    )
  })
})

describe('arguments of Cargo.nix', () => {
  let workspace: string
  let generated: readonly string[]
  const argumentsOf = (nix: string): readonly string[] =>
    all(/^ {2}(\w+)(?: \?|,)/gm, nix.slice(0, nix.indexOf('\n}:')))

  beforeAll(async () => {
    workspace = folderWith({
      'Cargo.toml': '[package]\nname = "one"\nversion = "1.0.0"\n',
      'Cargo.lock': 'version = 4\n[[package]]\nname = "one"\nversion = "1.0.0"\n',
      'src/main.rs': 'fn main() {}\n',
    })
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    generated = argumentsOf(readFileSync(join(workspace, 'nix', 'Cargo.nix'), 'utf8'))
    expect(generated).toContain('crateOverrides')
  })
  afterAll(() => rmSync(workspace, { recursive: true, force: true }))

  test('the README lists every argument of Cargo.nix', () => {
    const table = textOf('README.md').split('| argument |')[1]!.split('\n\n')[0]!
    expect(all(/^\| `(\w+)`/gm, table).toSorted()).toEqual(generated.toSorted())
  })

  test("the README's number of lines of the runtime is right to 5 %", () => {
    const said = Number(/, ([\d,]+) of runtime/.exec(textOf('README.md'))![1]!.replace(',', ''))
    const lines = readFileSync(join(workspace, 'nix', 'cargo2nix.nix'), 'utf8').split('\n').length
    expect(Math.abs(said - lines) / lines).toBeLessThan(0.05)
  })

  test('ARCHITECTURE lists the arguments of Cargo.nix in order', () => {
    const block = blocks('nix', textOf('ARCHITECTURE.md')).find((text) =>
      text.includes('(import ./cargo2nix.nix).workspace {'),
    )
    expect(argumentsOf(block!)).toEqual(generated)
  })
})

describe('pages', () => {
  const pages = readdirSync(join(root, 'docs')).filter(
    (name) => name.endsWith('.md') && name !== 'SUMMARY.md',
  )
  const linked = (path: string): readonly string[] => all(/\]\(([\w./-]+\.md)\)/g, textOf(path))

  test('SUMMARY lists every page of docs once, and those beside it', () => {
    const expected = [...pages, '../README.md', '../ARCHITECTURE.md', '../CHANGELOG.md']
    expect(linked('docs/SUMMARY.md').toSorted()).toEqual(expected.toSorted())
  })

  test('the README lists every page of docs', () => {
    const table = textOf('README.md').split('| page | about |')[1]!.split('\n\n')[0]!
    const names = all(/\(docs\/([\w-]+\.md)\)/g, table)
    expect([...new Set(names)].toSorted()).toEqual(pages.toSorted())
  })

  const [ours = '', others = ''] = textOf('docs/faq.md').split('## From Nix')
  test.each(all(/^### `(.*?)`/gm, ours))('an error of ours in the FAQ is one that we print: %s', (text) => {
    const sources = ['src', 'templates'].flatMap(filesBelow).filter((path) => /\.(?:ts|nix|sh)$/.test(path))
    const words = text
      .replaceAll(/'?\b[A-Z]{4,}\b'?/g, '\n')
      .split('\n')
      .map((part) => part.trim())
    for (const part of words.filter((each) => each !== '' && each !== ':'))
      expect(sources.some((path) => textOf(path).includes(part))).toBe(true)
  })
  test('the FAQ has errors of others, too', () =>
    expect(all(/^### (.*)/gm, others).length).toBeGreaterThan(5))
})

test('the files that ARCHITECTURE names exist', () => {
  const folders = ['src', 'templates', 'test', 'scripts', 'bench']
  const names = new Set(folders.flatMap(filesBelow).map((path) => basename(path)))
  const named = all(/`((?:[\w-]+\/)*[\w-]+\.(?:ts|mjs|nix|sh))`/g, textOf('ARCHITECTURE.md'))
  expect(named.length).toBeGreaterThan(50)
  const there = (path: string): boolean =>
    path.includes('/') ? existsSync(join(root, path)) : names.has(path)
  const generated = new Set([
    'nix/Cargo.nix',
    'nix/toolchain.nix',
    'nix/cargo2nix.nix',
    'Cargo.nix',
    'cargo2nix.nix',
  ])
  expect(named.filter((path) => !there(path) && !generated.has(path))).toEqual([])
})

describe('links', () => {
  /** As GitHub makes them of headings. */
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')

  test.each(documents)('no link in %s is broken', (path) => {
    const links = all(/\]\(([^)\s]+)\)/g, textOf(path)).filter((link) => !/^https?:/.test(link))
    const broken = links.filter((link) => {
      const [file = '', place] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      if (!existsSync(join(root, target))) return true
      return (
        place !== undefined &&
        !all(/^#+ (.*)$/gm, textOf(target))
          .map(anchor)
          .includes(place)
      )
    })
    expect(broken).toEqual([])
  })
})
