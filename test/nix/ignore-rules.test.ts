/**
 * The rules of .gitignore files as evaluation reads them (`templates/sources/ignore-rules.nix`), checked against git:
 * random files, made of what git treats specially, all evaluated at once.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nixIsMissing } from '../builds/package-set.ts'

const missing = await nixIsMissing()
const template = join(import.meta.dirname, '..', '..', 'templates', 'sources', 'ignore-rules.nix')

// prettier-ignore
const FILES = [
  'a', 'b', 'ab/a', 'ab/b.rs', 'ab/x/a', 'x/a', 'x/ab/b', 'x/b.rs', 'x/y/b/a', 'b.rs', 'c.log', 'a b', 'axb', 'a-', 'z',
  '[a]', '[a', 'a]', 'a\\', '-', '^', '$', '+', '(', '{', '|', '!', '#a', '*', '?', 'x/-', 'x/[', 'a ', 'A', 'é',
]

/** What git's own parser decides on, besides plain names. */
// prettier-ignore
const PIECES = [
  'a', 'b', 'x', '.rs', 'ab', '*', '**', '***', '?', '/', '/', '[ab]', '[!a]', '[^a-c]', '[z-a]', '[!z-a]', '[a\\]', '[a\\]]',
  '[]a]', '[a-', '[a', '[[:lower:]]', '[[:nope:]]', '[[:lower]', '[:a]', '[!]', '[a-c-e]', '[--0]', '[]-a]', '[a-]', '[^-]',
  '[/]', '[[]', '\\a', '\\*', '\\', '\\ ', ' ', '!', '#', '[', ']', '-', '{', '^', '$', '+', '(', '.', '|', 'é',
]
const line = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(''))
const file = fc
  .tuple(
    fc.array(line, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\r', '\n'),
  )
  .map(([lines, separator, end]) => lines.join(separator) + end)

const written = [
  '[z-a]',
  '[a\\]',
  '[a\\]]',
  'a\\\\ ',
  'a\\ ',
  'a \\',
  'x/**b',
  'a**/b',
  '[a',
  '\\',
  '!*\n*\n!a',
  '[^]',
  '',
  '\uFEFFa',
  '\uFEFF#a\nb',
  '\uFEFF',
  'b\n\uFEFFa',
  '\uFEFF\uFEFFa',
]

describe.skipIf(missing)(
  `rules of .gitignore${missing ? ' (no nix-instantiate on this machine)' : ''}`,
  () => {
    let repository: string
    beforeAll(() => {
      repository = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-ignore-'))
      execFileSync('git', ['init', '--quiet', repository])
      for (const path of FILES) {
        mkdirSync(dirname(join(repository, path)), { recursive: true })
        writeFileSync(join(repository, path), '')
      }
    })
    afterAll(() => rmSync(repository, { recursive: true, force: true }))

    function keptByGit(rules: string): readonly string[] {
      writeFileSync(join(repository, '.gitignore'), rules)
      const args = ['ls-files', '-z', '--others', '--exclude-per-directory=.gitignore']
      const answer = execFileSync('git', args, { cwd: repository, encoding: 'utf8' })
      return answer.split('\0').filter((path) => path !== '' && path !== '.gitignore')
    }

    function keptByNix(files: readonly string[]): readonly (readonly string[])[] {
      const input = join(repository, '.git', 'input.json')
      writeFileSync(input, JSON.stringify({ files, paths: FILES }))
      const expression = `let
      input = builtins.fromJSON (builtins.readFile ${input});
      above = path: if dirOf path == "." then [ ] else above (dirOf path) ++ [ (dirOf path) ];
      kept = says: path: builtins.all (folder: says folder true != true) (above path) && says path false != true;
    in map (text: builtins.filter (kept (import ${template} text)) input.paths) input.files`
      const args = ['--eval', '--strict', '--json', '--expr', expression]
      return JSON.parse(execFileSync('nix-instantiate', args, { encoding: 'utf8', maxBuffer: 2 ** 28 }))
    }

    test('300 random files and some written ones', () => {
      const files = [...written, ...fc.sample(file, 300)]
      const actual = keptByNix(files)
      const differing = files.flatMap((rules, index) => {
        const expected = keptByGit(rules).toSorted()
        const found = (actual[index] ?? []).toSorted()
        return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ rules, expected, found }]
      })
      expect(differing).toEqual([])
    })
  },
)
