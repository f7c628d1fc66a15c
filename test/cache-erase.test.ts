/** `cache erase`: deletes a binary cache that Nix filled, after asking, and nothing else. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { filesIn, folderWith } from './folder.ts'
import { nixIsMissing } from './builds/package-set.ts'
import { cargo2nix, run, runOrFail, type Finished } from './program.ts'
import { missingPrograms } from './release/servers.ts'

const missing = (await nixIsMissing()) ? ' (no nix-build on this machine)' : missingPrograms('rclone')

describe.skipIf(missing !== '')(`cache erase${missing}`, () => {
  const folders: string[] = []
  let cache: string
  let url: string
  beforeEach(async () => {
    const folder = folderWith({ content: 'something to cache\n' })
    folders.push(folder)
    cache = join(folder, 'cache')
    url = `file://${cache}`
    const { stdout } = await runOrFail('nix-store', ['--add', join(folder, 'content')])
    const nix = ['--extra-experimental-features', 'nix-command', 'copy', '--to', url, stdout.trim()]
    await runOrFail('nix', nix)
    writeFileSync(join(cache, 'index.html'), 'ours')
    mkdirSync(join(cache, 'docs'))
    writeFileSync(join(cache, 'docs', 'page.html'), 'ours')
  })
  afterAll(() => {
    for (const each of folders) rmSync(each, { recursive: true, force: true })
  })

  const erase = (...args: readonly string[]): Promise<Finished> => cargo2nix(['cache', 'erase', ...args])
  const OURS = ['docs/page.html', 'index.html']
  const left = (): readonly string[] =>
    Object.keys(filesIn(cache))
      .filter((path) => !path.endsWith('/'))
      .toSorted()

  test('--yes deletes what Nix wrote, and leaves other files', async () => {
    expect(left().some((path) => path.endsWith('.narinfo'))).toBe(true)
    const { status, stdout, stderr } = await erase('--to', url, '--yes')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^erased 1 path in 3 files \(\d+\.\d kB\) of file:/)
    expect(stderr).toContain('note: 2 files in it belong to no cache and stay')
    expect(left()).toEqual(OURS)
  })

  test('a dry run, and a run that nobody confirms, delete nothing', async () => {
    const before = left()
    expect((await erase('--to', url, '--dry-run')).stdout).toMatch(/^would erase 1 path in 3 files/)
    expect(await erase('--to', url)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('hint: pass --yes'),
    })
    expect(left()).toEqual(before)
  })

  test.each([
    ['y', 0],
    ['yes', 0],
    ['', 1],
    ['no', 1],
  ])('on a terminal it asks; %j exits with %d', async (answer, code) => {
    const before = left()
    const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')
    const command = `${process.execPath} ${cli} cache erase --to ${url}`
    const { status, stdout } = await run(
      'script',
      ['--quiet', '--return', '--command', command, '/dev/null'],
      {
        input: `${answer}\n`,
      },
    )
    expect(stdout).toMatch(/Erase 1 path in 3 files .*\? \[y\/N\]/)
    expect(status).toBe(code)
    expect(left()).toEqual(code === 0 ? OURS : before)
  })

  test.each([
    ['https://cache.example.org', 'cannot be erased over HTTP'],
    [`file://${import.meta.dirname}`, 'is not a binary cache'],
    ['file:///', 'is not a directory'],
  ])('%s is refused', async (to, message) => {
    expect(await erase('--to', to, '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(message),
    })
  })
})
