/** A stale Cargo.nix does not build silently: evaluation compares the lockfile and the manifests. */
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textHash, manifestHash } from '../../src/nix/plan/workspace-hashes.ts'
import { checkout, generatedCheckout, emptyFolder, removeFolders } from '../builds/checkout.ts'
import { generated, machinePackageSet, nixIsMissing, type PackageSet } from '../builds/package-set.ts'
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
      const workspace = await generatedCheckout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
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

    test('an unchanged workspace evaluates without notes', async () => {
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

    test('a source without a lockfile evaluates, with a note', async () => {
      const workspace = await workspaceWith((at) => rmSync(join(at, 'Cargo.lock')))
      expect(await evaluate(workspace)).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/there is no Cargo\.lock in .*, so nix\/Cargo\.nix is not checked/),
      })
      const { status, stderr } = await evaluate(workspace, 'ignoreLockHash = true;')
      expect({ status, stderr }).toMatchObject({
        status: 0,
        stderr: expect.not.stringContaining('cargo2nix'),
      })
    })

    test('the line ends of a checkout do not count', async () => {
      const workspace = await checkout(join(root, 'fixtures', 'chain'), 'chain')
      directories.push(workspace)
      const files = ['Cargo.lock', 'base/Cargo.toml', 'tool/Cargo.toml'].map((path) => join(workspace, path))
      const texts = files.map((path) => readFileSync(path, 'utf8'))
      files.forEach((path, index) => writeFileSync(path, texts[index]!.replaceAll('\n', '\r\n')))
      await cargo2nixOrFail(['generate'], { cwd: workspace })
      files.forEach((path, index) => writeFileSync(path, texts[index]!))
      await cargo2nixOrFail(['check'], { cwd: workspace })
      const isSilent = { status: 0, stderr: expect.not.stringContaining('cargo2nix') }
      expect(await evaluate(workspace)).toMatchObject(isSilent)
      // Nor do those of the machine that evaluates.
      files.forEach((path, index) => writeFileSync(path, texts[index]!.replaceAll('\n', '\r\n')))
      expect(await evaluate(workspace)).toMatchObject(isSilent)
      appendFileSync(files[0]!, '# more\r\n')
      expect((await evaluate(workspace)).stderr).toContain('Cargo.lock is not the one')
    })

    test.each<readonly [string, (workspace: string) => void]>([
      [
        'a new dependency',
        (at) => appendFileSync(join(at, 'base', 'Cargo.toml'), '\n[dependencies.other]\npath = "o"\n'),
      ],
      ['a feature', (at) => appendFileSync(join(at, 'base', 'Cargo.toml'), '\n[features]\nmore = []\n')],
      ['a description', edit('base/Cargo.toml', '[package]', '[package]\ndescription = "new"')],
      [
        'dates and what only TOML 1.1 has',
        (at) =>
          appendFileSync(
            join(at, 'base', 'Cargo.toml'),
            '\n[dependencies]\nother = {\n  path = "o",\n}\n[package.metadata]\nday = 2026-11-25\n',
          ),
      ],
    ])('a manifest with %s more is named in a note, and evaluates', async (_, change) => {
      const workspace = await workspaceWith(change)
      const { status, stderr } = await evaluate(workspace)
      expect(status).toBe(0)
      expect(stderr).toMatch(
        /base\/Cargo\.toml is not as it was when nix\/Cargo\.nix was generated: run `cargo2nix-ts generate`/,
      )
      expect((await evaluate(workspace, 'ignoreLockHash = true;')).stderr).not.toContain('as it was')
    })

    test.each<readonly [string, (workspace: string) => void]>([
      ['a comment', (at) => appendFileSync(join(at, 'base', 'Cargo.toml'), '\n# more\n')],
      ['an empty line', (at) => appendFileSync(join(at, 'tool', 'Cargo.toml'), '\n\n')],
      ['indentation', edit('base/Cargo.toml', 'name =', '  name   =')],
      [
        'the table of another tool',
        (at) =>
          appendFileSync(join(at, 'base', 'Cargo.toml'), '\n[package.metadata.docs.rs]\nfeatures = []\n'),
      ],
    ])('a manifest with %s more says nothing', async (_, change) => {
      const { status, stderr } = await evaluate(await workspaceWith(change))
      expect({ status, stderr }).toMatchObject({
        status: 0,
        stderr: expect.not.stringContaining('as it was'),
      })
    })

    describe('the hashes are the same in Nix', () => {
      /** Names of manifests of which Nix finds that they have changed. */
      async function changedInNix(
        texts: Readonly<Record<string, string>>,
        hashes: Readonly<Record<string, string>>,
      ): Promise<readonly string[]> {
        const directory = await emptyFolder()
        directories.push(directory)
        const lock = 'version = 4\n'
        writeFileSync(join(directory, 'Cargo.lock'), lock)
        for (const [path, text] of Object.entries(texts)) writeFileSync(join(directory, path), text)
        const manifests = Object.entries(hashes).map(([path, hash]) => `"${path}" = "${hash}";`)
        const expression = `import ${root}/templates/sources/unless-stale.nix {
          lockfile = "Cargo.lock"; root = ${directory}; isIgnored = false; lockHash = "${textHash(lock)}"; manifests = { ${manifests.join(' ')} };
        } "evaluated"`
        const { stdout, stderr } = await run('nix-instantiate', ['--eval', '--expr', expression], {
          env: set.env,
        })
        expect(stdout).toContain('"evaluated"')
        return [...stderr.matchAll(/cargo2nix-ts: (\S+) is not as it was/g)].map(([, name]) => name!)
      }
      const hashesOf = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
        Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, manifestHash(text)]))

      test('manifest hashes of all fixtures are the same in Nix', async () => {
        const fixtures = readdirSync(join(root, 'fixtures'), { recursive: true, encoding: 'utf8' })
        const paths = fixtures.filter((path) => path.endsWith('Cargo.toml'))
        expect(paths.length).toBeGreaterThan(50)
        const texts = paths.map((path, index) => [
          `m${index}`,
          readFileSync(join(root, 'fixtures', path), 'utf8'),
        ])
        const byName = Object.fromEntries(texts) as Record<string, string>
        expect(await changedInNix(byName, hashesOf(byName))).toEqual([])
        expect(await changedInNix(byName, { ...hashesOf(byName), m0: '0' })).toEqual(['m0'])
      })

      test('manifest hashes of random lines are the same in Nix', async () => {
        const line = fc.oneof(
          fc.constantFrom(
            '[dependencies]',
            ' [ features ] ',
            '[target."cfg(unix)".dev-dependencies]',
            '[package]',
            '[package.metadata.other]',
            '[[package.metadata.other.list]]',
            '[workspace.metadata.cargo2nix]',
            '[badges]',
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
        const byName = Object.fromEntries(texts) as Record<string, string>
        expect(await changedInNix(byName, hashesOf(byName))).toEqual([])
        expect(await changedInNix(byName, { ...hashesOf(byName), r0: '0' })).toEqual(['r0'])
      })

      test('manifest hashes distinguish features', () => {
        expect(manifestHash('[features]\na = []\n')).not.toBe(manifestHash('[features]\nb = []\n'))
        expect(manifestHash('[features]\na = []\nb = []\n')).toBe(
          manifestHash('[features]\n\nb  = []\n# c\na = []\n'),
        )
      })
    })
  },
)
