/** `crates` of Cargo.nix: each package has what cargo finds in it and nothing else, and all of it evaluates. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { mainPackageSet, nixEval, nixIsMissing, type PackageSet } from '../builds/package-set.ts'
import { cargo2nixOrFail, runOrFail } from '../program.ts'

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')
const isNixMissing = await nixIsMissing()
const set: PackageSet | undefined = isNixMissing ? undefined : await mainPackageSet()

interface Metadata {
  readonly packages: readonly {
    readonly name: string
    readonly version: string
    readonly targets: readonly { readonly kind: readonly string[]; readonly name: string }[]
  }[]
}

/** Every attribute of a package that is a derivation, with the derivation's path. */
const EVALUATED = `let
  paths = value:
    if value ? drvPath then value.drvPath
    else if builtins.isAttrs value then builtins.mapAttrs (_: paths) value
    else toString value;
in builtins.mapAttrs (_: paths)`

const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-crates-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(isNixMissing)(
  `crates${isNixMissing ? ' (skipped: there is no nix-instantiate)' : ''}`,
  () => {
    test.each(['asks-cargo', 'build-scripts', 'profiles', 'roles', 'shared-libraries', 'targets-outside'])(
      '%s',
      async (name) => {
        const cwd = join(fixtures, name)
        const nix = join(folder, name)
        await cargo2nixOrFail(['generate', '--out', nix], { cwd })
        const { stdout } = await runOrFail('cargo', ['metadata', '--format-version=1', '--locked'], { cwd })
        const { packages } = JSON.parse(stdout) as Metadata
        const crates = (await nixEval(
          set!,
          `${EVALUATED} (import (/. + ${JSON.stringify(`${nix}/Cargo.nix`)}) { pkgs = ${set!.expression}; }).crates`,
        )) as Record<string, Record<string, unknown>>
        for (const { name: crate, version, targets } of packages) {
          const has = (...kinds: readonly string[]): boolean =>
            targets.some(({ kind }) => kind.some((each) => kinds.includes(each)))
          const isLibrary = has('lib', 'rlib', 'dylib', 'cdylib', 'staticlib', 'proc-macro')
          const units = [
            'bins',
            'src',
            ...(isLibrary ? ['lib'] : []),
            ...(has('custom-build') ? ['buildScript', 'buildScriptRun'] : []),
          ]
          const found = crates[`${crate}-${version}`]
          // No target needs it.
          if (found === undefined) continue
          expect(Object.keys(found).toSorted(), crate).toEqual([...units, 'asBuildDependency'].toSorted())
          expect(Object.keys(found['asBuildDependency']!).toSorted(), crate).toEqual(units.toSorted())
          expect(Object.keys(found['bins']!).length, crate).toBeLessThanOrEqual(
            targets.filter(({ kind }) => kind.includes('bin')).length,
          )
        }
      },
    )
  },
)
