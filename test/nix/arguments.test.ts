/**
 * Each derivation's rustc call matches cargo's, argument for argument and variable for variable, and so does each run of a
 * build script, except for a written list of differences (test/recorder/differences.ts).
 *
 * Nothing is compiled: stand-ins record the calls of both sides. In our own fixtures, the newest cargo at hand is asked, too.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostTriple } from '../../src/io/toolchain/host-triple.ts'
import { mainPackageSet, nixIsMissing, wholePackageSet, type PackageSet } from '../builds/package-set.ts'
import { corpusFolder, corpusMissing } from '../corpus.ts'
import { cargoMissing, cargos } from '../oracle/cargo.ts'
import { cargo2nixOrFail } from '../program.ts'
import { cargoCalls, clippyMissing } from '../recorder/cargo-calls.ts'
import { compareCalls } from '../recorder/compare-calls.ts'
import { derivationCalls } from '../recorder/derivation-calls.ts'
import {
  ARGUMENT_DIFFERENCES,
  LEFT_OUT,
  LEFT_OUT_OF_CLIPPY,
  VARIABLE_DIFFERENCES,
  type Difference,
  type LeftOut,
} from '../recorder/differences.ts'
import { plainCalls, type PlainCall } from '../recorder/plain-call.ts'
import type { Call, Tool } from '../recorder/recorded.ts'

const missing = cargoMissing ?? ((await nixIsMissing()) ? 'there is no nix-instantiate' : undefined)
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures')

const noCorpus = corpusMissing === undefined ? '' : ` (fixtures only: ${corpusMissing})`
const workspaces = [
  ...['ten-members', 'build-scripts', 'roles'].map((name) => ({
    name,
    above: () => fixtures,
    least: 20,
    crates: 'registry' as const,
  })),
  ...(corpusMissing === undefined ? ['ripgrep', 'bat', 'garage', 'nextest'] : []).map((name) => ({
    name,
    above: corpusFolder,
    least: 50,
    crates: 'vendored' as const,
  })),
]

/** What clippy and rustdoc are told is seen in smaller ones, too. */
const BIG: ReadonlySet<string> = new Set(['bat', 'garage', 'nextest'])

interface Variant {
  readonly name: string
  /** Of cargo, one after the other. */
  readonly commands: readonly (readonly string[])[]
  readonly profile: string
  readonly attribute: string
  readonly leftOut: readonly LeftOut[]
  /** Only these calls are compared. */
  readonly tool?: Tool
  /** Further arguments of Cargo.nix. */
  readonly more?: string
}

const variants: readonly Variant[] = [
  {
    name: 'release',
    commands: [['build', '--workspace', '--release']],
    profile: 'release',
    attribute: 'packages',
    leftOut: LEFT_OUT,
  },
  {
    name: 'dev',
    commands: [['build', '--workspace']],
    profile: 'dev',
    attribute: 'packages',
    leftOut: LEFT_OUT,
  },
  {
    name: 'tests',
    commands: [['test', '--workspace']],
    profile: 'dev',
    attribute: 'tests',
    leftOut: LEFT_OUT,
  },
  {
    name: 'pages',
    commands: [['doc', '--workspace', '--no-deps']],
    profile: 'dev',
    attribute: 'doc',
    leftOut: [],
    tool: 'rustdoc',
  },
  ...(clippyMissing === undefined
    ? [
        {
          name: 'clippy',
          commands: [['clippy', '--workspace']],
          profile: 'dev',
          attribute: 'clippy',
          leftOut: LEFT_OUT_OF_CLIPPY,
          tool: 'clippy' as const,
        },
        {
          name: 'clippy of all targets',
          commands: [['clippy', '--workspace', '--all-targets', '--release']],
          profile: 'release',
          attribute: 'clippy',
          leftOut: LEFT_OUT_OF_CLIPPY,
          tool: 'clippy' as const,
          more: 'clippyAllTargets = true;',
        },
      ]
    : []),
]

describe.skipIf(missing !== undefined)(
  `derivations call rustc as cargo does${missing === undefined ? noCorpus : ` (skipped: ${missing})`}`,
  () => {
    const met = new Set<Difference>()
    let set: PackageSet
    let folder: string
    beforeAll(async () => {
      set = await mainPackageSet()
      folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-arguments-'))
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    describe.each(workspaces)('$name', ({ name, above, least, crates }) => {
      let workspace: string
      let out: string
      beforeAll(async () => {
        workspace = join(above(), name)
        out = join(folder, name, 'nix')
        const offline = crates === 'vendored' ? ['--offline'] : []
        await cargo2nixOrFail(['generate', ...offline, '--out', out, '--host', hostTriple()], {
          cwd: workspace,
        })
      })

      test.each(variants.filter(({ tool }) => tool === undefined || !BIG.has(name)))(
        '$name',
        async (variant) => {
          const own = join(folder, name, variant.name)
          mkdirSync(own)
          const { profile, attribute, more } = variant
          const expression = everyPackage(wholePackageSet(set), out, profile, attribute, more)
          const actual = await derivationCalls(set, expression, join(own, 'ours'))
          const compared = (calls: readonly Call[]): readonly PlainCall[] =>
            plainCalls(calls).filter(({ tool }) => variant.tool === undefined || tool === variant.tool)
          // In the big ones, the newest cargo calls rustc in no other way than in these.
          for (const cargo of crates === 'registry' ? cargos : cargos.slice(0, 1)) {
            const calls = join(own, `cargo-${cargo.version}`)
            const expected = compared(await cargoCalls(workspace, variant.commands, calls, crates, cargo))
            const problems = compareCalls(expected, compared(actual), met, variant.leftOut)
            expect(problems.join('\n\n'), `cargo ${cargo.version}`).toBe('')
            expect(expected.length).toBeGreaterThan(variant.tool === undefined ? least : 0)
          }
        },
      )
    })

    test
      .skipIf(corpusMissing !== undefined)
      .each(['x86_64-apple-darwin', 'x86_64-pc-windows-gnu', 'wasm32-unknown-unknown'])(
      'programs, libraries, build scripts and proc macros of a cross build for %s',
      async (target) => {
        const workspace = join(fixtures, 'roles')
        const own = join(folder, target)
        const out = join(own, 'nix')
        const platforms = ['--host', hostTriple(), '--target', target]
        await cargo2nixOrFail(['generate', '--out', out, ...platforms], { cwd: workspace })
        const commands = [['build', '--workspace', '--release', '--target', target]]
        const expected = await cargoCalls(workspace, commands, join(own, 'cargo'), 'registry')
        // The whole of nixpkgs that lies beside the project cannot evaluate a compiler for macOS, nor the smaller set one for Apple's own processors.
        const expression = everyPackage(set.expression, out, 'release', `targets.${target}.packages`)
        const actual = await derivationCalls(set, expression, join(own, 'ours'))
        const problems = compareCalls(plainCalls(expected), plainCalls(actual), met, LEFT_OUT)
        expect(problems.join('\n\n')).toBe('')
        expect(expected.length).toBeGreaterThan(20)
      },
    )

    test.skipIf(corpusMissing !== undefined)(
      'the list of differences holds nothing that does not occur',
      () => {
        const unmet = [...ARGUMENT_DIFFERENCES, ...VARIABLE_DIFFERENCES].filter((each) => !met.has(each))
        expect(unmet.map(({ pattern }) => String(pattern))).toEqual([])
      },
    )
  },
)

/** Without interfaces, whose calls are those of their libraries (test/builds/interfaces.test.ts). */
function everyPackage(pkgs: string, out: string, profile: string, attribute: string, more = ''): string {
  const file = `(/. + ${JSON.stringify(`${out}/Cargo.nix`)})`
  const args = `pkgs = ${pkgs}; profile = "${profile}"; interfaces = "none"; ${more}`
  return `builtins.attrValues (import ${file} { ${args} }).${attribute}`
}
