/** Cargo in the shell takes dependencies from the store: all of them, but only if everything is equal. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail } from '../program.ts'
import { packagesOf } from '../warm/packages.ts'
import { warmWorkspace, type WarmRun, type WarmWorkspace } from '../warm/workspace.ts'
import { generated, nixBuild, nixIsMissing } from './package-set.ts'

const missing = await nixIsMissing()
const skipped = missing ? ' (no nix-build on this machine)' : ''

describe.skipIf(missing)(`a warm shell${skipped}`, () => {
  let work: WarmWorkspace
  beforeAll(async () => {
    work = await warmWorkspace()
  })
  afterAll(() => work.remove())

  const succeed = (finished: WarmRun): WarmRun => {
    expect(finished.status, finished.stderr).toBe(0)
    return finished
  }

  test.each([
    ['build', '--workspace'],
    ['check', '--workspace'],
    ['test', '--workspace'],
    ['test', '--workspace', '--no-run'],
    ['clippy', '--workspace', '--all-targets'],
    ['build', '--workspace', '--release'],
    ['doc', '--workspace'],
  ])('all dependencies of `cargo %s %s` are answered', async (...args) => {
    const { misses, hits } = succeed(await work.cargo(args))
    expect(misses).toEqual({})
    expect(hits.length).toBeGreaterThan(9)
  })

  test.each(['app', 'loader', 'solo'])(
    '`cargo run` of %s prints what cargo alone has it print',
    async (name) => {
      await work.cargo(['build', '--workspace'], { target: 'warm' })
      await work.cargo(['build', '--workspace'], { target: 'plain', isPlain: true })
      const program = (target: string) => join(work.targetOf(target), 'debug', name)
      const warm = succeed(await work.cargo(['run', '--quiet', '--bin', name], { target: 'warm' }))
      const plain = succeed(
        await work.cargo(['run', '--quiet', '--bin', name], { target: 'plain', isPlain: true }),
      )
      expect(program('warm')).not.toBe(program('plain'))
      expect(warm.stdout).toBe(plain.stdout)
    },
  )

  test('a member alone is answered if its build is listed', async () => {
    const alone = ['build', '--package', 'solo']
    expect(Object.keys(succeed(await work.cargo(alone)).misses)).toEqual(['plain-0.1.0 plain'])
    const env = await work.enter('cargo.shell.override { warm = true; builds = [ "default" "alone" ]; }')
    for (const args of [alone, ['build', '--workspace']]) {
      expect(succeed(await work.cargo(args, { env })).misses).toEqual({})
    }
    const unknown = work.enter('cargo.shell.override { warm = true; builds = [ "other" ]; }')
    await expect(unknown).rejects.toThrow("this workspace has no build 'other'; it has: alone, default.")
  })

  test('a colleague takes all dependencies from a cache', async () => {
    const { folder, path, set } = work
    writeFileSync(
      join(path, 'shell.nix'),
      `(${generated(path, set)}).shell.override { warm = true; profiles = [ "dev" "release" ]; }\n`,
    )
    const cache = `file://${join(folder, 'cache')}`
    // Of a shell, this is what can be built.
    await nixBuild(set, `import ${join(path, 'shell.nix')}`, ['inputDerivation'])
    const selection = [
      '--to',
      `${cache}?compression=none`,
      '--file',
      'shell.nix',
      '--attr',
      'inputDerivation',
    ]
    await cargo2nixOrFail(['cache', 'push', ...selection], { cwd: path, env: set.env })
    await cargo2nixOrFail(['cache', 'status', ...selection], { cwd: path, env: set.env })

    const index = work.shell['RUSTC_WRAPPER']!.replace('/bin/warm-rustc', '')
    const store = join(folder, 'colleague')
    const substituters = `substituters = ${cache}\nrequire-sigs = false\nbuild-users-group =\nsandbox = false`
    const env = { ...set.env, NIX_CONFIG: substituters }
    const args = ['--store', `local?root=${store}`, '--max-jobs', '0', '--realise', index]
    await runOrFail('nix-store', args, { env })
    const units = readdirSync(join(index, 'units'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.split('/').length === 3)
      .map((name) => /^folder=(.*)$/m.exec(readFileSync(join(index, 'units', name), 'utf8'))![1]!)
    expect(units.length).toBeGreaterThan(9)
    expect(units.filter((unit) => !existsSync(join(store, unit)))).toEqual([])
    // Cargo has sources, and no shell runs a build script that Nix has run. One such script names a directory of its package.
    const fetched = readdirSync(join(store, 'nix/store')).map((path) => path.slice(33))
    expect(fetched.filter((name) => /^build-script-.*-record$/.test(name)).length).toBeGreaterThan(1)
    expect(fetched.filter((name) => /^build-script-.*[0-9]$|-src$/.test(name))).toEqual([
      'crate-native-sys-0.1.0-src',
    ])
  })

  // As for builds and documentation, if cargo tells the scripts apart and Nix does not.
  test('several OUT_DIRs that stand for one run of a build script', async () => {
    const build = ['build', '--workspace']
    succeed(await work.cargo(build, { target: 'several' }))
    const below = join(work.targetOf('several'), 'debug', 'build')
    const ran = readdirSync(below).find(
      (name) => name.startsWith('searched-sys-') && existsSync(join(below, name, 'run.warm')),
    )!
    const stamp = readFileSync(join(below, ran, 'run.warm'), 'utf8')
    for (const digit of '01234567') {
      const copy = `searched-sys-${digit.repeat(16)}`
      cpSync(join(below, ran), join(below, copy), { recursive: true })
      writeFileSync(join(below, copy, 'run.warm'), stamp.replace(`/${ran}/`, `/${copy}/`))
    }
    succeed(await work.cargo(['clean', '--package', 'searches'], { target: 'several', isPlain: true }))
    const { hits, misses } = succeed(await work.cargo(build, { target: 'several' }))
    expect(misses).toEqual({})
    expect(hits.filter((hit) => hit.startsWith('searches-'))).toHaveLength(3)
  })

  test('a second build is fresh, in the shell and outside of it, and an edit compiles members only', async () => {
    const build = ['build', '--workspace', '--verbose']
    const compiled = ({ stderr }: WarmRun) =>
      [...stderr.matchAll(/^ *(?:Compiling|Dirty) (\S+)/gm)].map(([, name]) => name)
    succeed(await work.cargo(build, { target: 'again' }))
    expect(compiled(succeed(await work.cargo(build, { target: 'again' })))).toEqual([])
    expect(compiled(succeed(await work.cargo(build, { target: 'again', isPlain: true })))).toEqual([])
    const path = join(work.path, 'core/src/lib.rs')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, `${text}// edited\n`)
    try {
      const edited = succeed(await work.cargo(build, { target: 'again' }))
      expect([...new Set(compiled(edited))].toSorted()).toEqual(['app', 'core'])
      expect(edited.hits).toEqual([])
    } finally {
      writeFileSync(path, text)
    }
  })
})

/** Something that is not as it was when Nix compiled, and the package whose units are therefore compiled by cargo. */
interface Difference {
  readonly missed: string
  readonly why: RegExp
  readonly env?: (work: WarmWorkspace) => NodeJS.ProcessEnv
  readonly args?: readonly string[]
  /** Of the workspace or of cargo's home, until the end of the test. */
  readonly edits?: (work: WarmWorkspace) => Readonly<Record<string, (text: string) => string>>
}

const source = ({ home }: WarmWorkspace, name: string): string => {
  const [registry] = readdirSync(join(home, 'registry/src'))
  return join(home, 'registry/src', registry!, `${name}-0.1.0`)
}
const variable = (name: string, value: string, missed: string, why: RegExp): Difference => ({
  missed,
  why,
  env: () => ({ [name]: value }),
})

const differences: Readonly<Record<string, Difference>> = {
  'a flag of rustc': variable('RUSTFLAGS', '--cfg flagged', 'plain', /only cargo has .*--cfg flagged/),
  'a search path in RUSTFLAGS': variable('RUSTFLAGS', '-L /tmp', 'plain', /looks into \/tmp/),
  'more output of rustc': variable('RUSTFLAGS', '--emit=asm', 'plain', /--emit again --emit=asm/),
  'unstable features': variable('RUSTC_BOOTSTRAP', '1', 'plain', /RUSTC_BOOTSTRAP/),
  'the optimisation of a profile': variable('CARGO_PROFILE_DEV_OPT_LEVEL', '1', 'plain', /opt-level=1/),
  'debuginfo of a profile': variable('CARGO_PROFILE_DEV_DEBUG', '1', 'plain', /debuginfo=1/),
  'overflow checks of a profile': variable(
    'CARGO_PROFILE_DEV_OVERFLOW_CHECKS',
    'false',
    'plain',
    /overflow-checks/,
  ),
  'assertions of a profile': variable(
    'CARGO_PROFILE_DEV_DEBUG_ASSERTIONS',
    'false',
    'plain',
    /debug-assertions/,
  ),
  'a variable that code reads': variable('PLAIN_WISH', 'wished', 'plain', /PLAIN_WISH is Some/),
  'a variable that a build script asks for': variable('NATIVE_MODE', 'other', 'native-sys', /NATIVE_MODE/),
  'another rustc': {
    missed: 'plain',
    why: /another compiler/,
    env: ({ folder, shell }) => {
      const rustc = join(folder, 'rustc')
      const real = shell['PATH']!.split(':')
        .map((each) => join(each, 'rustc'))
        .find((each) => existsSync(each))
      writeFileSync(rustc, `#!/bin/sh\nexec ${real} "$@"\n`, { mode: 0o755 })
      return { RUSTC: rustc }
    },
  },
  'a target that is named': {
    missed: 'plain',
    why: /--target/,
    args: ['--target', execFileSync('rustc', ['--print', 'host-tuple'], { encoding: 'utf8' }).trim()],
  },
  'warnings of dependencies that are shown': { missed: 'plain', why: /warnings are shown/, args: ['-vv'] },
  'edited code of a registry': {
    missed: 'plain',
    why: /src\/lib.rs was changed/,
    edits: (work) => ({
      [join(source(work, 'plain'), 'src/lib.rs')]: (text) =>
        text.replace('"bare"', '"edited"').replace('"extra";', '"EXTRA";'),
    }),
  },
  'an edited file that code includes': {
    missed: 'plain',
    why: /src\/note.txt was changed/,
    edits: (work) => ({ [join(source(work, 'plain'), 'src/note.txt')]: () => 'another note\n' }),
  },
  'an edited file that a build script reads, and does not say so': {
    missed: 'native-sys',
    why: /data\/table.txt was changed/,
    edits: (work) => ({ [join(source(work, 'native-sys'), 'data/table.txt')]: () => 'table two\n' }),
  },
  'the features of a single member': {
    missed: 'plain',
    why: /arguments/,
    args: ['--package', 'solo'],
  },
  'an updated dependency': {
    missed: 'plain',
    why: /not in the index/,
    edits: ({ path }) => ({
      [join(path, 'Cargo.lock')]: (text) => {
        const newer = packagesOf('x').find(({ name, version }) => name === 'plain' && version === '0.1.1')!
        return text.replace(
          /(name = "plain"\nversion = )"0.1.0"(\nsource = .*\nchecksum = )".*"/,
          `$1"0.1.1"$2"${newer.checksum}"`,
        )
      },
    }),
  },
  'a dependency that is patched': {
    missed: 'maker',
    why: /plain is not from the store/,
    edits: ({ path }) => ({
      [join(path, 'Cargo.toml')]: (text) => `${text}[patch.mine]\nplain = { path = "patched" }\n`,
    }),
  },
}

describe.skipIf(missing)(`what is not equal is compiled${skipped}`, () => {
  let work: WarmWorkspace
  beforeAll(async () => {
    work = await warmWorkspace()
    // fills cargo's home
    expect((await work.cargo(['check', '--workspace'])).misses).toEqual({})
    cpSync(source(work, 'plain'), join(work.path, 'patched'), { recursive: true })
  })
  afterAll(() => work.remove())

  test.each(Object.entries(differences))('%s', async (_, { missed, why, env, args = [], edits }) => {
    const changes = Object.entries(edits?.(work) ?? {})
    const before = [...changes.map(([path]) => path), join(work.path, 'Cargo.lock')].map(
      (path) => [path, readFileSync(path, 'utf8')] as const,
    )
    for (const [path, change] of changes) {
      const text = readFileSync(path, 'utf8')
      expect(change(text)).not.toBe(text)
      writeFileSync(path, change(text))
    }
    const programs = ['app', 'solo', 'loader'].filter(
      (name) => !args.includes('--package') || args.includes(name),
    )
    const outputs = async (isPlain: boolean) => {
      const target = `${missed}-${Math.random()}`
      const options = { target, isPlain, env: env?.(work) ?? {} }
      const built = await work.cargo(
        ['build', ...(args.includes('--package') ? [] : ['--workspace']), ...args],
        options,
      )
      expect(built.status, built.stderr).toBe(0)
      const inside = args.includes('--target') ? [args[1]!, 'debug'] : ['debug']
      const libraries = await run('rustc', ['--print', 'target-libdir'])
      const texts = await Promise.all(
        programs.map((name) => {
          const folder = join(work.targetOf(target), ...inside)
          return run(join(folder, name), [], {
            env: { LD_LIBRARY_PATH: `${join(folder, 'deps')}:${libraries.stdout.trim()}` },
          })
        }),
      )
      expect(texts.map(({ status }) => status)).toEqual(programs.map(() => 0))
      return { built, texts: texts.map(({ stdout }) => stdout) }
    }
    try {
      const warm = await outputs(false)
      const plain = await outputs(true)
      expect(warm.texts).toEqual(plain.texts)
      const reasons = Object.entries(warm.built.misses)
        .concat(warm.built.plain.map((line) => [line, line]))
        .filter(([name]) => name.startsWith(`${missed}-`))
      expect(reasons.map(([, reason]) => reason).join('\n')).toMatch(why)
    } finally {
      for (const [path, text] of before) writeFileSync(path, text)
    }
  })

  // Rustc refuses some of these, and writes more for others.
  test.each([
    '--emit=asm',
    '--emit llvm-ir',
    '--emit=obj',
    '--emit mir,link',
    '--emit link=OUT/x.rlib',
    '--emit dep-info=OUT/x.d',
    '--emit=link',
    '--out-dir=OUT',
    '--error-format=short',
    '--json=unused-externs',
    '--color=always',
    '--crate-name other',
    '--edition=2021',
    '-C extra-filename=-x',
    '-C metadata=x',
    '--cap-lints=warn',
    '--extern other',
    '-o OUT/x.o',
    '--check-cfg none',
    '--diagnostic-width=wide',
  ])('a dependency for which `cargo rustc` adds `%s`', async (text) => {
    const flags = text.split(' ')
    const outputs = async (isPlain: boolean) => {
      const target = `rustc-${Math.random()}`
      const out = join(work.folder, target)
      mkdirSync(out)
      const args = [
        'rustc',
        '--package',
        'plain',
        '--lib',
        '--',
        ...flags.map((flag) => flag.replace('OUT', out)),
      ]
      const { status, hits } = await work.cargo(args, { target, isPlain })
      const files = [join(work.targetOf(target), 'debug', 'deps'), out].flatMap((folder) =>
        readdirSync(folder),
      )
      const kinds = files
        .map((name) => name.replace(/-[0-9a-f]{16}/, ''))
        .filter((name) => !name.startsWith('rustc'))
      return { status, kinds: kinds.toSorted(), hits }
    }
    const warm = await outputs(false)
    const plain = await outputs(true)
    expect(warm).toEqual({ ...plain, hits: [] })
  })
})
