/** `rust-project`: each crate is what cargo has rustc compile, and none is missing; rust-analyzer can read the file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostTriple } from '../src/io/toolchain/host-triple.ts'
import { corpusFolder, corpusMissing } from './corpus.ts'
import { folderWith, type Files } from './folder.ts'
import { cargoMissing } from './oracle/cargo.ts'
import { cargo2nix, cargo2nixOrFail } from './program.ts'
import { cargoCalls } from './recorder/cargo-calls.ts'
import type { Call } from './recorder/recorded.ts'

/** What we use of the format that rust-analyzer documents. */
interface Project {
  readonly sysroot?: string
  readonly sysroot_src?: string
  readonly crates: readonly Crate[]
}

interface Crate {
  readonly display_name: string
  readonly root_module: string
  readonly edition: string
  readonly deps: readonly { readonly crate: number; readonly name: string }[]
  readonly is_workspace_member: boolean
  readonly source: { readonly include_dirs: readonly string[]; readonly exclude_dirs: readonly string[] }
  readonly cfg: readonly string[]
  readonly target: string
  readonly env: Readonly<Record<string, string>>
  readonly is_proc_macro: boolean
}

async function projectOf(workspace: string, args: readonly string[] = []): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
  try {
    const out = join(folder, 'project.json')
    await cargo2nixOrFail(['rust-project', '--out', out, ...args], { cwd: workspace })
    return JSON.parse(readFileSync(out, 'utf8')) as Project
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function inWorkspace(files: Files, check: (folder: string) => Promise<void>): Promise<void> {
  const folder = folderWith(files)
  try {
    await check(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Indices of crates that depend on themselves. */
function cycles({ crates }: Project): readonly number[] {
  const state = new Map<number, 'open' | 'done'>()
  const found: number[] = []
  const visit = (index: number): void => {
    if (state.get(index) === 'open') found.push(index)
    if (state.has(index)) return
    state.set(index, 'open')
    for (const { crate } of crates[index]!.deps) visit(crate)
    state.set(index, 'done')
  }
  crates.forEach((_, index) => visit(index))
  return found
}

/** A call of rustc in the terms of a crate. */
interface Compilation {
  readonly root: string
  readonly edition: string
  readonly target: string
  readonly features: readonly string[]
  readonly externs: readonly string[]
  readonly isTest: boolean
  /** Build scripts of other packages, and what only they use, are not in the project. */
  readonly isLocal: boolean
  readonly variables: Readonly<Record<string, string>>
}

function compilationOf({ args, variables }: Call, workspace: string): Compilation {
  const valuesOf = (flag: string): readonly string[] =>
    args.flatMap((arg, index) =>
      arg === flag ? [args[index + 1]!] : arg.startsWith(`${flag}=`) ? [arg.slice(flag.length + 1)] : [],
    )
  const root = args.find((arg) => arg.endsWith('.rs'))!
  return {
    root: isAbsolute(root) ? root : join(workspace, root),
    edition: valuesOf('--edition')[0] ?? '2015',
    target: valuesOf('--target')[0] ?? hostTriple(),
    features: valuesOf('--cfg').filter((cfg) => cfg.startsWith('feature=')),
    externs: valuesOf('--extern')
      .filter((extern) => extern.includes('='))
      .map((extern) => extern.slice(0, extern.indexOf('='))),
    isTest: args.includes('--test'),
    isLocal: valuesOf('--cap-lints').length === 0,
    variables: Object.fromEntries(
      // A path of cargo's, or of the machine.
      Object.entries(variables).filter(
        ([name]) =>
          /^CARGO_(?:PKG|MANIFEST|CRATE|BIN_NAME|PRIMARY)/.test(name) && name !== 'CARGO_MANIFEST_LINKS',
      ),
    ),
  }
}

const featuresOf = ({ cfg }: Crate): readonly string[] => cfg.filter((each) => each.startsWith('feature='))
const namesOf = ({ deps }: Crate): readonly string[] => deps.map(({ name }) => name).toSorted()

/** Crates of the project that a compilation is of. */
function sameCrates({ crates }: Project, wanted: Compilation): readonly Crate[] {
  return crates.filter(
    (crate) =>
      crate.root_module === wanted.root &&
      crate.target === wanted.target &&
      crate.env['CARGO_CRATE_NAME'] === wanted.variables['CARGO_CRATE_NAME'] &&
      featuresOf(crate).join() === wanted.features.toSorted().join(),
  )
}

const fixtures = join(import.meta.dirname, '..', 'fixtures')
const workspaces = [
  ...['ten-members', 'build-scripts', 'roles'].map((name) => ({
    name,
    above: () => fixtures,
    crates: 'registry' as const,
  })),
  ...(corpusMissing === undefined ? ['ripgrep'] : []).map((name) => ({
    name,
    above: corpusFolder,
    crates: 'vendored' as const,
  })),
]
const skipped = cargoMissing === undefined ? '' : ` (${cargoMissing})`

describe.skipIf(cargoMissing !== undefined)(`crates are cargo's compilations${skipped}`, () => {
  describe.each(workspaces)('of $name', ({ name, above, crates: from }) => {
    test.each([[[]], [['--target', 'aarch64-unknown-linux-gnu']]])('with flags %j', async (flags) => {
      const workspace = join(above(), name)
      const folder = mkdtempSync(join(tmpdir(), 'cargo2nix-ts-'))
      try {
        const command = ['check', '--workspace', '--all-targets', ...flags]
        const calls = await cargoCalls(workspace, [command], folder, from)
        const project = await projectOf(workspace, flags)
        expect(cycles(project)).toEqual([])
        const found = new Set<Crate>()
        const compilations = calls
          .filter(({ tool }) => tool === 'rustc')
          .map((call) => compilationOf(call, workspace))
        for (const wanted of compilations) {
          const same = sameCrates(project, wanted).filter(
            (crate) =>
              crate.edition === wanted.edition &&
              wanted.externs.every((extern) => namesOf(crate).includes(extern)) &&
              (!wanted.isTest ||
                (crate.cfg.includes('test') && namesOf(crate).join() === wanted.externs.toSorted().join())),
          )
          expect(
            same.length,
            `${wanted.variables['CARGO_PKG_NAME']} ${wanted.root} ${wanted.externs.join()}`,
          ).toBeGreaterThanOrEqual(wanted.isLocal ? 1 : 0)
          for (const crate of same) {
            found.add(crate)
            expect(crate.env).toMatchObject(wanted.variables)
          }
        }
        const unfound = project.crates.filter((crate) => !found.has(crate))
        expect(unfound.map(({ root_module }) => root_module)).toEqual([])
        expect(found.size).toBeGreaterThan(9)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  })
})

const member = (name: string, more = ''): Files => ({
  [`${name}/Cargo.toml`]: `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`,
  [`${name}/src/lib.rs`]: '',
})
const lock = (packages: Readonly<Record<string, readonly string[]>>): string =>
  `version = 4\n${Object.entries(packages)
    .map(
      ([name, dependencies]) =>
        `[[package]]\nname = "${name}"\nversion = "0.1.0"\ndependencies = ${JSON.stringify(dependencies)}\n`,
    )
    .join('')}`

describe('tests and libraries', () => {
  const cratesNamed = ({ crates }: Project, name: string): readonly Crate[] =>
    crates.filter((crate) => crate.display_name === name)

  test('a library and its tests are one crate, with dev-dependencies', () =>
    inWorkspace(
      {
        'Cargo.toml': '[workspace]\nmembers = ["one", "two"]\nresolver = "2"\n',
        'Cargo.lock': lock({ one: ['two'], two: [] }),
        ...member('one', '[dev-dependencies]\ntwo = { path = "../two" }\n'),
        ...member('two'),
      },
      async (folder) => {
        const project = await projectOf(folder)
        const [one, ...others] = cratesNamed(project, 'one')
        expect(others).toEqual([])
        expect(namesOf(one!)).toEqual(['two'])
        expect(one!.cfg).toContain('test')
        expect(cratesNamed(project, 'two')).toHaveLength(1)
      },
    ))

  test.each([
    ['a dev-dependency uses the library that is tested', '[dependencies]\none = { path = "../one" }\n'],
    ['two libraries test each other', '[dev-dependencies]\none = { path = "../one" }\n'],
  ])('there is no cycle if %s', (_, dependency) =>
    inWorkspace(
      {
        'Cargo.toml': '[workspace]\nmembers = ["one", "two"]\nresolver = "2"\n',
        'Cargo.lock': lock({ one: ['two'], two: ['one'] }),
        ...member('one', '[dev-dependencies]\ntwo = { path = "../two" }\n'),
        ...member('two', dependency),
      },
      async (folder) => {
        const project = await projectOf(folder)
        expect(cycles(project)).toEqual([])
        for (const name of ['one', 'two']) {
          expect(cratesNamed(project, name).some(({ cfg }) => cfg.includes('test'))).toBe(true)
        }
        expect(project.crates.length).toBe(3)
      },
    ),
  )
})

describe('flags', () => {
  const files: Files = {
    'Cargo.toml':
      '[package]\nname = "one"\nversion = "0.1.0"\nedition = "2021"\n[features]\ndefault = ["a"]\na = []\nb = []\n[profile.dev]\ndebug-assertions = false\n',
    'Cargo.lock': lock({ one: [] }),
    'src/lib.rs': '',
    '.cargo/config.toml':
      '[env]\nGREETING = "hello"\nPLACE = { value = "data", relative = true }\n[build]\nrustflags = ["--cfg", "tuned"]\n',
  }
  test.each([
    [[], ['feature="a"', 'feature="default"']],
    [['--no-default-features', '-F', 'b'], ['feature="b"']],
    [['--all-features'], ['feature="a"', 'feature="b"', 'feature="default"']],
  ])('features of %j', (args, features) =>
    inWorkspace(files, async (folder) => {
      const { crates } = await projectOf(folder, args)
      expect(featuresOf(crates[0]!)).toEqual(features)
    }),
  )

  test('the configuration and the profile count', () =>
    inWorkspace(files, async (folder) => {
      const [crate] = (await projectOf(folder)).crates
      expect(crate!.env).toMatchObject({ GREETING: 'hello', PLACE: join(folder, 'data') })
      expect(crate!.cfg).toContain('tuned')
      expect(crate!.cfg).not.toContain('debug_assertions')
      const [released] = (await projectOf(folder, ['--profile', 'test'])).crates
      expect(released!.cfg).not.toContain('debug_assertions')
    }))

  test('the file is written next to the lockfile', () =>
    inWorkspace(files, async (folder) => {
      await cargo2nixOrFail(['rust-project'], { cwd: join(folder, 'src') })
      const { crates } = JSON.parse(readFileSync(join(folder, 'rust-project.json'), 'utf8')) as Project
      expect(crates).toHaveLength(1)
      expect(crates[0]!.source).toEqual({
        include_dirs: [folder],
        exclude_dirs: [join(folder, '.git'), join(folder, 'target')],
      })
    }))

  test('several targets are refused', () =>
    inWorkspace(files, async (folder) => {
      const targets = ['--target', 'aarch64-unknown-linux-gnu', '--target', 'x86_64-unknown-linux-musl']
      const { status, stderr } = await cargo2nix(['rust-project', ...targets], { cwd: folder })
      expect(status).toBe(2)
      expect(stderr).toContain('for one target')
    }))
})
