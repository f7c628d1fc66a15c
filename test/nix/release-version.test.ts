/** The version and the class of a release in Nix are those that regular expressions of JavaScript give. */
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_CLASSES, type ReleaseClass } from '../../src/nix/settings/release-settings.ts'
import { nixIsMissing } from '../builds/package-set.ts'
import { runOrFail } from '../program.ts'

/** What is built: a tag, a commit, or both. */
interface ReleaseSource {
  readonly ref: string | null
  readonly commit: string | null
}

const releaseVersion = ({ ref, commit }: ReleaseSource): string => ref ?? commit ?? 'unreleased'

/** The name of the first class that matches; undefined: none does. */
const releaseClass = (classes: readonly ReleaseClass[], { ref }: ReleaseSource): string | undefined =>
  classes.find(({ pattern }) =>
    ref === null ? pattern === undefined : pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(ref),
  )?.name

const missing = await nixIsMissing()
const file = join(import.meta.dirname, '../../templates/release/release-version.nix')

/** For each source: `[version, class]`, or null where evaluation stops. */
async function inNix(
  classes: readonly ReleaseClass[],
  sources: readonly ReleaseSource[],
): Promise<readonly (readonly [string, string] | null)[]> {
  const given = JSON.stringify({ classes, sources })
  const expression = `
    let
      given = builtins.fromJSON (builtins.getEnv "GIVEN");
      of = source:
        let named = import (/. + ${JSON.stringify(file)}) { inherit (given) classes; inherit (source) ref commit; };
            tried = builtins.tryEval [ named.version named.class ];
            deep = builtins.tryEval (builtins.deepSeq tried.value tried.value);
        in if tried.success && deep.success then deep.value else null;
    in map of given.sources`
  const args = ['--eval', '--strict', '--json', '--expr', expression]
  const { stdout } = await runOrFail('nix-instantiate', args, { env: { ...process.env, GIVEN: given } })
  return JSON.parse(stdout) as readonly (readonly [string, string] | null)[]
}

const COMMIT = '9f1c2b3a4d5e6f708192a3b4c5d6e7f8091a2b3c'

describe.skipIf(missing)(`versions of releases${missing ? ' (skipped: no Nix on this machine)' : ''}`, () => {
  test.each([
    ['v1.2.3', 'stable'],
    ['v10.20.30', 'stable'],
    ['v1.2.3-rc1', 'extra'],
    ['v1.2', 'extra'],
    ['1.2.3', 'extra'],
    ['nightly', 'extra'],
    [null, 'development'],
  ])('%s is %s by default', async (ref, name) => {
    const source = { ref, commit: COMMIT }
    expect(releaseClass(DEFAULT_CLASSES, source)).toBe(name)
    expect(await inNix(DEFAULT_CLASSES, [source])).toEqual([[ref ?? COMMIT, name]])
  })

  test('the same for random tags and classes', async () => {
    const tag = fc.stringMatching(/^[a-c][a-c0-2.+_-]{0,6}$/)
    const pattern = fc.constantFrom('.*', 'a.*', '[ab]+', '(a|b)c?', 'b[.]c', 'a[^0-9]*', 'c{2}.*', undefined)
    const classes = fc.uniqueArray(fc.record({ name: fc.constantFrom('x', 'y', 'z'), pattern }), {
      selector: ({ name }) => name,
      minLength: 1,
    })
    const source = fc.record({ ref: fc.option(tag), commit: fc.option(fc.constant(COMMIT)) })
    await fc.assert(
      fc.asyncProperty(
        classes,
        fc.array(source, { minLength: 20, maxLength: 40 }),
        async (given, sources) => {
          const expected = sources.map((each) => {
            const name = releaseClass(given, each)
            return name === undefined ? null : [releaseVersion(each), name]
          })
          expect(await inNix(given, sources)).toEqual(expected)
        },
      ),
      { numRuns: 10 },
    )
  })

  test('a tag that cannot name a directory is refused', async () => {
    expect(await inNix(DEFAULT_CLASSES, [{ ref: 'release/1.0', commit: null }])).toEqual([null])
  })
})
