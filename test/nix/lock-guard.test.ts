/** A stale Cargo.nix does not build in silence: evaluation compares the lockfile and what manifests ask for. */
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifestRequests } from '../../src/nix/plan/manifest-requests.ts'
import { checkout, emptyFolder, removeFolders } from '../builds/checkout.ts'
import {
  generated,
  machinePackageSet,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from '../builds/package-set.ts'
import { cargo2nixOrFail, run, type Finished } from '../program.ts'

const root = join(import.meta.dirname, '..', '..')
const missing = await nixIsMissing()

describe.skipIf(missing)(
  `a stale Cargo.nix${missing ? ' (skipped: no nix-build on this machine)' : ''}`,
  () => {
    const directories: string[] = []
    let set: PackageSet
    beforeAll(async () => {
      set = await machinePackageSet()
    })
    afterAll(() => removeFolders(directories))

    async function workspaceWith(change: (workspace: string) => void): Promise<string> {
      const workspace = await checkout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
      await cargo2nixOrFail(['generate'], { cwd: workspace })
      change(workspace)
      return workspace
    }
    const evaluate = (workspace: string, more = '', attribute = 'packages.tool'): Promise<Finished> =>
      run('nix-instantiate', ['--expr', `${generated(workspace, set, more)}.${attribute}`], { env: set.env })

    const edit =
      (path: string, from: string, to: string) =>
      (workspace: string): void => {
        const text = readFileSync(join(workspace, path), 'utf8')
        if (!text.includes(from)) throw new Error(`${path} does not have ${from}`)
        writeFileSync(join(workspace, path), text.replace(from, to))
      }

    test('evaluates without a word where nothing changed', async () => {
      const { status, stderr } = await evaluate(await workspaceWith(() => {}))
      expect({ status, stderr }).toMatchObject({
        status: 0,
        stderr: expect.not.stringContaining('cargo2nix'),
      })
    })

    test.each(['packages.tool', 'tests.base', 'shell', 'checks.clippy-base'])(
      'stops for another lockfile, whatever is asked for: %s',
      async (attribute) => {
        const workspace = await workspaceWith(edit('Cargo.lock', 'version = "0', 'version = "7'))
        const { status, stderr } = await evaluate(workspace, '', attribute)
        expect(status).not.toBe(0)
        expect(stderr).toMatch(/Cargo\.lock is not the one[^]*Run `cargo2nix-ts generate`/)
        expect(await evaluate(workspace, 'ignoreLockHash = true;', attribute)).toMatchObject({ status: 0 })
      },
    )

    test('a source without a lockfile evaluates', async () => {
      const workspace = await workspaceWith((at) => rmSync(join(at, 'Cargo.lock')))
      expect(await evaluate(workspace)).toMatchObject({ status: 0 })
    })

    test.each<readonly [string, (workspace: string) => void]>([
      [
        'a new dependency',
        (at) => appendFileSync(join(at, 'base', 'Cargo.toml'), '\n[dependencies.other]\npath = "o"\n'),
      ],
      ['a feature', (at) => appendFileSync(join(at, 'base', 'Cargo.toml'), '\n[features]\nmore = []\n')],
    ])('a manifest with %s is named in a note, and builds', async (_, change) => {
      const workspace = await workspaceWith(change)
      const { status, stderr } = await evaluate(workspace)
      expect(status).toBe(0)
      expect(stderr).toMatch(
        /base\/Cargo\.toml asks for other dependencies or features[^]*`cargo2nix-ts generate`/,
      )
      expect((await evaluate(workspace, 'ignoreLockHash = true;')).stderr).not.toContain('asks for')
    })

    test.each<readonly [string, (workspace: string) => void]>([
      ['a comment', (at) => appendFileSync(join(at, 'base', 'Cargo.toml'), '\n# more\n')],
      ['an empty line', (at) => appendFileSync(join(at, 'tool', 'Cargo.toml'), '\n\n')],
      ['a description', edit('base/Cargo.toml', '[package]', '[package]\ndescription = "new"')],
    ])('a manifest with %s more says nothing', async (_, change) => {
      const { status, stderr } = await evaluate(await workspaceWith(change))
      expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.not.stringContaining('asks for') })
    })

    describe('the hash of what a manifest asks for is the same in Nix', () => {
      async function changedInNix(texts: Readonly<Record<string, string>>): Promise<unknown> {
        const directory = await emptyFolder()
        directories.push(directory)
        for (const [path, text] of Object.entries(texts)) writeFileSync(join(directory, path), text)
        const requests = Object.entries(texts).map(
          ([path, text]) => `"${path}" = "${manifestRequests(text)}";`,
        )
        return nixEval(
          set,
          `(import ${root}/templates/sources/lock-guard.nix { directory = ${directory}; lockfile = "none"; lockHash = ""; requests = { ${requests.join(' ')} }; }).changedManifests`,
        )
      }

      test('of all fixtures', async () => {
        const fixtures = readdirSync(join(root, 'fixtures'), { recursive: true, encoding: 'utf8' })
        const paths = fixtures.filter((path) => path.endsWith('Cargo.toml'))
        expect(paths.length).toBeGreaterThan(50)
        const texts = paths.map((path, index) => [
          `m${index}`,
          readFileSync(join(root, 'fixtures', path), 'utf8'),
        ])
        expect(await changedInNix(Object.fromEntries(texts) as Record<string, string>)).toEqual([])
      })

      test('of random lines', async () => {
        const line = fc.oneof(
          fc.constantFrom(
            '[dependencies]',
            ' [ features ] ',
            '[target."cfg(unix)".dev-dependencies]',
            '[package]',
            '# x',
            '',
          ),
          fc.string({
            unit: fc.constantFrom(
              'a',
              'é',
              '𝄞',
              '\uFFFD',
              '=',
              '"',
              '[',
              ']',
              '#',
              ' ',
              '\t',
              '\r',
              '.',
              '$',
              '{',
            ),
          }),
        )
        const texts = fc
          .sample(fc.array(line, { maxLength: 12 }), 200)
          .map((lines, index) => [`r${index}`, lines.join('\n')])
        expect(await changedInNix(Object.fromEntries(texts) as Record<string, string>)).toEqual([])
      })

      test('and tells one feature from another', () => {
        expect(manifestRequests('[features]\na = []\n')).not.toBe(manifestRequests('[features]\nb = []\n'))
        expect(manifestRequests('[features]\na = []\nb = []\n')).toBe(
          manifestRequests('[features]\n\nb  = []\n# c\na = []\n'),
        )
      })
    })
  },
)
