/** The hash of a checkout, checked against `nix-hash`, and the contents of its index, checked against git. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { checkoutTree } from '../../src/io/git/checkout-tree.ts'
import { parseGitIndex } from '../../src/io/git/git-index.ts'
import { narHash } from '../../src/io/git/nar-hash.ts'
import { git } from '../registry.ts'

const missing = spawnSync('nix-hash', ['--version']).status === 0 ? undefined : 'no nix-hash on this machine'

interface Entry {
  readonly path: readonly string[]
  readonly kind: 'file' | 'program' | 'link'
  readonly content: string
}

// Names that sort differently by bytes, by UTF-16 and as paths; sizes around the eight bytes to which archives are filled.
const name = fc.constantFrom(
  'a',
  'a.b',
  'a-b',
  'a b',
  'A',
  'ab',
  'ä',
  'ﬀ',
  '😀',
  '.gitattributes',
  'x'.repeat(70),
)
const entry = fc.record<Entry>({
  path: fc.array(name, { minLength: 1, maxLength: 4 }),
  kind: fc.constantFrom('file', 'program', 'link'),
  content: fc.string({ minLength: 1, maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
})

/** Many small trees side by side: one repository costs more than all of its files. */
const forest = fc
  .array(entry, { minLength: 40, maxLength: 120 })
  .map((entries) => entries.map((each, index) => ({ ...each, path: [String(index % 12), ...each.path] })))

/** Writes what can be written; names of one path may stand in each other's way. */
function write(folder: string, { path, kind, content }: Entry): void {
  const place = join(folder, ...path)
  // Git's own files, and a link into nothing must name something.
  const text = path.at(-1) === '.gitattributes' ? '*.b text eol=crlf\nab ident\n' : content
  try {
    mkdirSync(dirname(place), { recursive: true })
    if (kind === 'link' && text !== '' && path.at(-1) !== '.gitattributes') symlinkSync(text, place)
    else writeFileSync(place, `${text}\n$Id$\n`, { flag: 'wx' })
    if (kind === 'program') chmodSync(place, 0o755)
  } catch {
    // there is something else already
  }
}

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

/** A clone of a repository with these files. */
function checkout(entries: readonly Entry[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-checkout-'))
  folders.push(folder)
  const repository = join(folder, 'repository')
  git(folder, 'init', '--quiet', repository)
  for (const each of entries) write(repository, each)
  git(repository, 'add', '--all')
  git(repository, 'commit', '--quiet', '--allow-empty', '--message=one')
  git(folder, 'clone', '--quiet', repository, join(folder, 'clone'))
  return join(folder, 'clone')
}

const hashOf = async (folder: string): Promise<string> =>
  narHash((await checkoutTree(folder, git(folder, 'rev-parse', 'HEAD'))).tree)

const nixHash = (folder: string): string => {
  const { stdout } = spawnSync('nix-hash', ['--type', 'sha256', folder], { encoding: 'utf8' })
  return `sha256-${Buffer.from(stdout.trim(), 'hex').toString('base64')}`
}

describe.skipIf(missing !== undefined)(`checkouts (${missing ?? 'nix-hash is there'})`, () => {
  test('the hash is that of Nix', async () => {
    await fc.assert(
      fc.asyncProperty(forest, async (entries) => {
        const folder = checkout(entries)
        const ours = await hashOf(folder)
        rmSync(join(folder, '.git'), { recursive: true })
        expect(ours).toBe(nixHash(folder))
      }),
      { numRuns: 4 },
    )
  })
})

test.skipIf(missing !== undefined)('mixed line ends that attributes even out', async () => {
  const folder = checkout([{ path: ['a'], kind: 'file', content: 'one\r\ntwo' }])
  const repository = join(folder, '..', 'repository')
  writeFileSync(join(repository, '.gitattributes'), 'a text eol=crlf\n')
  git(repository, 'add', '.gitattributes')
  git(repository, 'commit', '--quiet', '--message=two')
  const second = join(folder, '..', 'second')
  git(folder, 'clone', '--quiet', repository, second)
  expect(readFileSync(join(second, 'a'), 'latin1')).toBe('one\r\ntwo\r\n$Id$\r\n')
  const ours = await hashOf(second)
  rmSync(join(second, '.git'), { recursive: true })
  expect(ours).toBe(nixHash(second))
})

test.skipIf(missing !== undefined)('an encoding, which git writes and cargo does not', async () => {
  const repository = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-checkout-'))
  folders.push(repository)
  git(repository, 'init', '--quiet')
  mkdirSync(join(repository, 'ä'))
  writeFileSync(
    join(repository, '.gitattributes'),
    '*.a working-tree-encoding=UTF-16LE-BOM\n*.b working-tree-encoding=utf-8\n',
  )
  writeFileSync(join(repository, 'ä/1.a'), Buffer.from('\uFEFFä\n', 'utf16le'))
  writeFileSync(join(repository, '2.b'), 'ä\n')
  git(repository, 'add', '--all')
  git(repository, 'commit', '--quiet', '--message=one')
  const folder = join(repository, 'clone')
  git(repository, 'clone', '--quiet', '.', folder)
  // as libgit2 leaves it
  writeFileSync(join(folder, 'ä/1.a'), 'ä\n')
  // as in a hook of git
  vi.stubEnv('GIT_INDEX_FILE', join(repository, 'no index'))
  const ours = await hashOf(folder)
  vi.unstubAllEnvs()
  git(folder, 'checkout', '--quiet', '--force', 'HEAD')
  expect(readFileSync(join(folder, 'ä/1.a'))).toHaveLength(6)
  rmSync(join(folder, '.git'), { recursive: true })
  expect(ours).toBe(nixHash(folder))
})

test('the index holds what git lists', () => {
  fc.assert(
    fc.property(forest, (entries) => {
      const folder = checkout(entries)
      const kinds = { '100644': 'file', '100755': 'program', '120000': 'link', '160000': 'submodule' }
      const listed = git(folder, 'ls-files', '--stage', '-z').split('\0').slice(0, -1)
      const expected = listed.map((line) => {
        const [, mode, id, path] = /^(\d+) (\w+) 0\t(.*)$/s.exec(line)!
        return { path, kind: kinds[mode as keyof typeof kinds], id }
      })
      const found = parseGitIndex(readFileSync(join(folder, '.git/index')))
      expect(
        found?.map(({ path, kind, id }) => ({ path: Buffer.from(path, 'latin1').toString(), kind, id })),
      ).toEqual(expected)
      for (const version of ['4', '3']) {
        git(folder, 'update-index', '--index-version', version)
        expect(parseGitIndex(readFileSync(join(folder, '.git/index')))).toEqual(found)
      }
    }),
    { numRuns: 2 },
  )
})

/** What git may make of an index when an editor asks it for changes; and what is cargo's no more, and refused. */
test.for([
  ['of version 4', ['update-index', '--index-version', '4'], 'read'],
  ['that is split', ['update-index', '--split-index'], 'asked'],
  ['with extensions', ['update-index', '--untracked-cache', '--fsmonitor'], 'read'],
  ['without checksum', ['-c', 'index.skipHash=true', 'update-index', '--force-write-index'], 'read'],
  ['that is sparse', ['sparse-checkout', 'set', '--cone', '--sparse-index', 'b'], 'asked'],
  ['that git cannot read', ['config', 'core.repositoryFormatVersion', '9'], 'asked'],
] as const)('an index %s', async ([, change, how]) => {
  const entries = ['a', 'b', 'naïve'].map((name): Entry => ({
    path: [name, 'x'],
    kind: 'file',
    content: name,
  }))
  const folder = checkout(entries)
  const expected = await hashOf(folder)
  const commit = git(folder, 'rev-parse', 'HEAD')
  git(folder, ...change)
  const index = join(folder, '.git/index')
  if (change[0] === 'config') writeFileSync(index, 'DIRC')
  expect(parseGitIndex(readFileSync(index)) === undefined).toBe(how === 'asked')
  const hash = checkoutTree(folder, commit).then(({ tree }) => narHash(tree))
  if (change[0] === 'sparse-checkout')
    await expect(hash).rejects.toThrow(/`a\/x` is not what the commit holds/)
  else if (change[0] === 'config') await expect(hash).rejects.toThrow(/index` cannot be read/)
  else expect(await hash).toBe(expected)
})

test('a submodule whose repository git keeps in that of the whole', async () => {
  const whole = checkout([{ path: ['a'], kind: 'file', content: 'a' }])
  const part = checkout([{ path: ['b'], kind: 'file', content: 'b' }])
  git(whole, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', part, 'part')
  git(whole, 'commit', '--quiet', '--message=two')
  expect(readFileSync(join(whole, 'part/.git'), 'utf8')).toMatch(/^gitdir: /)
  const { tree, hasSubmodules } = await checkoutTree(whole, git(whole, 'rev-parse', 'HEAD'))
  const inner = tree.entries.get('part')
  expect([hasSubmodules, inner?.kind === 'folder' && [...inner.entries.keys()]]).toEqual([true, ['b']])
})

test('an index that is cut off is none', () => {
  const index = readFileSync(join(checkout([{ path: ['a'], kind: 'file', content: 'a' }]), '.git/index'))
  for (let length = 0; length < index.length; length += 1)
    expect(parseGitIndex(index.subarray(0, length))).toBeUndefined()
})

test.for([
  ['another commit', (folder: string) => git(folder, 'commit', '--quiet', '--allow-empty', '--message=two')],
  ['another content', (folder: string) => writeFileSync(join(folder, 'a'), 'changed')],
  ['other line ends', (folder: string) => writeFileSync(join(folder, 'a'), 'a\r\n$Id$\r\n')],
  ['a missing file', (folder: string) => rmSync(join(folder, 'a'))],
] as const)('a checkout with %s is refused', async ([, change]) => {
  const folder = checkout([{ path: ['a'], kind: 'file', content: 'a' }])
  const commit = git(folder, 'rev-parse', 'HEAD')
  narHash((await checkoutTree(folder, commit)).tree)
  change(folder)
  const hash = checkoutTree(folder, commit).then(({ tree }) => narHash(tree))
  await expect(hash).rejects.toThrow(/checkout was changed/)
})
