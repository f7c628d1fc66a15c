/** Nix starts ready derivations in the order of their names, so we name ours by how many others wait for them. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, runOrFail } from '../program.ts'
import { checkout, generatedCheckout, removeFolders } from './checkout.ts'
import { NEWEST_NIX_MISSING, newestNix, withNix } from './newest-nix.ts'
import { generated, machinePackageSet, nixEval, nixIsMissing, type PackageSet } from './package-set.ts'

const missing = await nixIsMissing()
const newest = newestNix()

/** What most others wait for comes first. */
const KINDS = [
  'build-macro-z-1.0.0',
  'build-run-y-1.0.0',
  'build-script-x-1.0.0',
  'crate-w-1.0.0-src',
  'interface-v-1.0.0',
  'lib-u-1.0.0',
  'opt-lib-t-1.0.0',
  'program-s-1.0.0-bin-s',
  'rust-clippy-r-1.0.0-lib',
  'rustdoc-q-1.0.0-lib',
  'test-p-1.0.0-unit-test',
  'test-run-o-1.0.0',
]

describe.skipIf(missing)(`order of builds${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let set: PackageSet
  let workspace: string
  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await generatedCheckout(join(import.meta.dirname, '..', '..', 'fixtures', 'roles'), 'roles')
  })
  afterAll(() => removeFolders([workspace]))

  const nixes = [
    { name: 'the installed Nix', folder: undefined, skipped: false },
    {
      name: `the newest Nix${newest === undefined ? ` (skipped: ${NEWEST_NIX_MISSING})` : ''}`,
      folder: newest,
      skipped: newest === undefined,
    },
  ]
  for (const { name, folder, skipped } of nixes) {
    test.skipIf(skipped)(`${name} starts our kinds of units in the order of their names`, async () => {
      // All are ready at once, when what they need is there.
      const expression = `let
        made = name: needs: derivation { inherit name needs; system = builtins.currentSystem; builder = "/bin/sh";
          salt = "${Date.now()}"; PATH = "/usr/bin:/bin"; args = [ "-c" "echo > $out" ]; };
      in map (name: made name [ (made "first" [ ]) ]) (builtins.fromJSON ''${JSON.stringify(KINDS.toReversed())}'')`
      const { stderr } = await runOrFail(
        'nix-build',
        ['--no-out-link', '--max-jobs', '1', '--expr', expression],
        {
          env: withNix(set.env, folder),
        },
      )
      const started = [...stderr.matchAll(/^building '\S*?-(\S+)\.drv'/gm)].map(([, each]) => each)
      expect(started).toEqual(['first', ...KINDS])
    })
  }

  test('each kind of unit has such a name', async () => {
    const all = `let cargo = ${generated(workspace, set)}; in [ (builtins.attrValues cargo.packages)
      (builtins.attrValues cargo.tests) (builtins.attrValues cargo.clippy) (builtins.attrValues cargo.doc) ]`
    const flat = `builtins.concatLists (${all})`
    const { stdout } = await runOrFail('nix-instantiate', ['--expr', flat], { env: set.env })
    const roots = stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/!.*/, ''))
    const closure = await runOrFail('nix-store', ['--query', '--requisites', ...new Set(roots)], {
      env: set.env,
    })
    const names = closure.stdout.split('\n').flatMap((path) => /^[^-]*-(.*)\.drv$/.exec(path)?.[1] ?? [])
    const kindOf = (name: string): string => name.replace(/-[^-]*-1\.0\.0.*/, '')
    for (const kind of KINDS.map(kindOf).filter((each) => each !== 'crate' && each !== 'interface')) {
      expect(
        names.some((name) => name.startsWith(`${kind}-`)),
        kind,
      ).toBe(true)
    }
  })

  test('an equal unit has the same name and path in another workspace', async () => {
    const other = await checkout(join(import.meta.dirname, '..', '..', 'fixtures', 'roles'), 'other')
    try {
      await cargo2nixOrFail(['generate', '--out', join(other, 'nix')], { cwd: other })
      const paths = (folder: string): Promise<unknown> =>
        nixEval(
          set,
          `builtins.mapAttrs (_: crate: crate.lib.drvPath or null) ${generated(folder, set)}.crates`,
        )
      expect(await paths(other)).toEqual(await paths(workspace))
    } finally {
      await removeFolders([other])
    }
  })
})
