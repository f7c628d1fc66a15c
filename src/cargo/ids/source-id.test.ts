/** Strings of sources: read, printed, compared. The encodings are those that cargo's own tests freeze. */
import { expect, test } from 'vitest'
import { canonicalUrl, gitSource, parseSourceId, printSourceId, sameSource } from './source-id.ts'

const git = (text: string) => {
  const source = parseSourceId(text, 'encoded')
  if (source?.kind !== 'git') throw new Error(`no git source: ${text}`)
  return source
}

test('a branch of all odd characters is printed as cargo prints it, and read back', () => {
  const value = '*-._+20%30 Z/z#foo=bar&zap[]?to\\()\'"'
  const source = gitSource('https://host/path', { kind: 'branch', value })!
  const text = printSourceId(source, 'encoded')
  const encoded = '*-._%2B20%2530+Z%2Fz%23foo%3Dbar%26zap%5B%5D%3Fto%5C%28%29%27%22'
  expect(text).toBe(`git+https://host/path?branch=${encoded}`)
  expect(parseSourceId(text!, 'encoded')).toEqual(source)
})

test('before version 4 a reference stands as it is', () => {
  const plain = 'git+https://host/path?tag=v1.0+meta#0123'
  const encoded = 'git+https://host/path?tag=v1.0%2Bmeta#0123'
  expect(parseSourceId(plain, 'plain')).toEqual(parseSourceId(encoded, 'encoded'))
  expect(parseSourceId(plain, 'plain')).toMatchObject({ reference: { kind: 'tag', value: 'v1.0+meta' } })
  expect(printSourceId(git(encoded), 'plain')).toBe(plain)
})

test('the old word `ref` means a branch', () => {
  expect(git('git+https://host/path?ref=main').reference).toEqual({ kind: 'branch', value: 'main' })
})

test.for([
  ['https://github.com/Foo/Bar.git', 'https://github.com/foo/bar', true],
  ['http://github.com/foo/bar/', 'https://github.com/foo/bar', true],
  ['https://gitlab.com/Foo/Bar', 'https://gitlab.com/foo/bar', false],
  ['https://gitlab.com/foo/bar.git', 'https://gitlab.com/foo/bar', true],
  ['https://gitlab.com/foo/bar/', 'https://gitlab.com/foo/bar', true],
  ['ssh://git@gitlab.com/foo/bar.git', 'ssh://gitlab.com/foo/bar', false],
  ['ssh://git@gitlab.com:22/foo/bar.git', 'ssh://git@gitlab.com/foo/bar', false],
] as const)('%s and %s are the same repository: %s', ([left, right, same]) => {
  expect(canonicalUrl(left) === canonicalUrl(right)).toBe(same)
  expect(sameSource(git(`git+${left}#abc`), git(`git+${right}`))).toBe(same)
})

test('the reference counts, the commit does not', () => {
  expect(sameSource(git('git+https://h/p?branch=a#1'), git('git+https://h/p?branch=a#2'))).toBe(true)
  expect(sameSource(git('git+https://h/p?branch=a'), git('git+https://h/p?tag=a'))).toBe(false)
  expect(sameSource(git('git+https://h/p?branch=main'), git('git+https://h/p'))).toBe(false)
})

test.for([
  'registry+https://h/index',
  'sparse+https://h/index/',
  'git+ssh://git@h/p.git?rev=refs%2Fpull%2F1%2Fhead#0',
])('%s is printed as it was', (text) => {
  expect(printSourceId(parseSourceId(text, 'encoded')!, 'encoded')).toBe(text)
})

test.for([
  '',
  'https://h/p',
  'ftp+https://h/p',
  'git+git@host:path',
  'registry+nothing',
  'git+relative/path',
])('%j is no source', (text) => {
  expect(parseSourceId(text, 'encoded')).toBeUndefined()
})
