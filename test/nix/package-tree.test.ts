/**
 * A path package's files as the runtime finds them (`templates/sources/package-tree.nix`) are those that git does not
 * ignore. Evaluation cannot run git, so it reads .gitignore files itself; this test runs git.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nixIsMissing } from '../builds/package-set.ts'

const missing = await nixIsMissing()
const template = join(import.meta.dirname, '..', '..', 'templates', 'sources', 'package-tree.nix')

const FILES = [
  'a',
  'b.rs',
  'c.log',
  'ab/a/b.rs',
  'ab/c.log',
  'b/a',
  'b/b.rs/a',
  'x/a/b/c.log',
  'x/b.rs',
  'x/y/b/a',
  'x y',
  '#a',
  '!a',
  '[a]',
  'x\\y',
]

describe.skipIf(missing)(
  `files of a package${missing ? ' (no nix-instantiate on this machine)' : ''}`,
  () => {
    let repository: string
    beforeAll(() => {
      repository = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-tree-'))
      execFileSync('git', ['init', '--quiet', repository])
      for (const file of FILES) {
        const path = join(repository, 'member', file)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, '')
      }
    })
    afterAll(() => rmSync(repository, { recursive: true, force: true }))

    /** .gitignore files of the workspace, of the package and of a directory in it. */
    type Rules = Readonly<Record<'.' | 'member' | 'member/x', string>>
    const NONE: Rules = { '.': '', member: '', 'member/x': '' }

    function write(rules: Rules): void {
      for (const [folder, text] of Object.entries(rules)) {
        writeFileSync(join(repository, folder, '.gitignore'), text)
      }
    }

    function filesOfGit(): readonly string[] {
      const args = ['ls-files', '-z', '--others', '--exclude-per-directory=.gitignore']
      const answer = execFileSync('git', args, { cwd: join(repository, 'member'), encoding: 'utf8' })
      return answer.split('\0').filter((file) => file !== '' && !file.endsWith('.gitignore'))
    }

    const filesOfRuntime = (): readonly string[] => ask('map (file: file.relative) tree.files')

    function ask(question: string): readonly string[] {
      const expression = `let tree = import ${template} {
      root = "${repository}"; folder = "${repository}/member"; generated = "/nowhere"; exclude = [ ]; readme = "README.md"; documents = [ ];
    }; in ${question}`
      const answer = execFileSync('nix-instantiate', ['--eval', '--strict', '--json', '--expr', expression], {
        encoding: 'utf8',
      })
      return JSON.parse(answer) as readonly string[]
    }

    function isIgnored(path: string): boolean {
      return (
        spawnSync('git', ['check-ignore', '--quiet', '--no-index', path], { cwd: repository }).status === 0
      )
    }

    const single = [
      '# a comment\n\na',
      'a/',
      '/a',
      '/member/a',
      'ab/a',
      '*.log\n!c.log',
      '!*.rs',
      'a*',
      '?b',
      '[ab].rs',
      '[!a].rs',
      '[a-c].*',
      '**/b',
      'x/**',
      'x/**/b',
      'member/**/b.rs/',
      '\\#a\n\\!a',
      '\\[a]',
      'x y',
      'a   ',
      'a\\ ',
      'a\r\nb.rs',
      '*\n!*/\n!b.rs',
      'b\n!b/a',
      'b/*\n!b/a',
      'x\\\\y',
      'a\n!/**',
      '/x/**b',
      '**/**/b',
      'x/**/**',
      '[[:lower:]].rs',
      '[^a].rs',
      '[]a].rs',
    ]

    const FILE = 'shared/words.txt'
    test.each([
      ['include_str!("../shared/words.txt")', FILE],
      ['Path::new("..").join("shared").join("words.txt")', FILE],
      ['Path::new("../shared/").join("words.txt")', 'shared'],
      ['Path::new("..").canonicalize().unwrap().join("shared/words.txt")', FILE],
      ['["..", "shared", "words.txt"].iter().collect::<PathBuf>()', FILE],
      ['["..","shared","words.txt"].join("/")', FILE],
      ['concat!("..", "/shared/words.txt")', FILE],
      ['env::current_dir().unwrap().parent().unwrap().join("shared").join("words.txt")', 'shared'],
      [
        'let mut at = env::current_dir().unwrap(); at.pop(); at.push("shared"); at.push("words.txt");',
        'shared',
      ],
      ['Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(1).unwrap().join("shared/words.txt")', FILE],
      ['Path::new("shared").join("words.txt")', undefined],
      ['("..", "words.txt")', undefined],
    ])('%s leads outside of the package', (code, found) => {
      write(NONE)
      const texts = { [FILE]: '', 'member/reads.rs': `fn main() { ${code}; }\n` }
      for (const [file, text] of Object.entries(texts)) {
        mkdirSync(dirname(join(repository, file)), { recursive: true })
        writeFileSync(join(repository, file), text)
      }
      const paths = ask('tree.outsideOf tree.files [ ]')
      rmSync(join(repository, 'member/reads.rs'))
      expect([...new Set(paths)]).toEqual(found === undefined ? [] : [join(repository, found)])
    })

    test.each(single)('%j in the package', (rules) => {
      write({ ...NONE, member: rules })
      expect(filesOfRuntime().toSorted()).toEqual(filesOfGit().toSorted())
    })

    test.each(single)('%j in the workspace', (rules) => {
      write({ ...NONE, '.': rules })
      expect(filesOfRuntime().toSorted()).toEqual(filesOfGit().toSorted())
    })

    test('random rules in several folders', () => {
      const part = fc.constantFrom('a', 'b', 'x', 'y', '*', '?', '**', '*.rs', '[ab]', 'ab', 'b.rs', 'member')
      const rule = fc
        .tuple(
          fc.constantFrom('', '', '!'),
          fc.constantFrom('', '/'),
          fc.array(part, { minLength: 1, maxLength: 3 }),
          fc.constantFrom('', '/'),
        )
        .map(([negation, start, parts, end]) => `${negation}${start}${parts.join('/')}${end}`)
      const text = fc.array(rule, { maxLength: 3 }).map((rules) => rules.join('\n'))
      fc.assert(
        fc.property(fc.record({ '.': text, member: text, 'member/x': text }), (rules) => {
          write(rules)
          // a package in a directory that git ignores is there for another reason
          fc.pre(!isIgnored('member'))
          expect(filesOfRuntime().toSorted()).toEqual(filesOfGit().toSorted())
        }),
        { numRuns: 60 },
      )
    })
  },
)
