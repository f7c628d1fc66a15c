/**
 * What people do in a warm shell: flags, variables, configuration and commands of all kinds, in a directory with an odd name. Cargo's
 * results are those that it has alone; what is asked for as Nix has it comes from the store, everything else does not.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../program.ts'
import { warmWorkspace, type WarmRun, type WarmWorkspace } from '../warm/workspace.ts'
import { nixIsMissing } from './package-set.ts'

const missing = await nixIsMissing()
const skipped = missing ? ' (no nix-build on this machine)' : ''

/** Of the units of dependencies that cargo requests. */
type Answered = 'all' | 'none' | 'some'

interface Use {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Of .cargo/config.toml. */
  readonly config?: string
  readonly answered: Answered
  /** Below the target directory. */
  readonly folder?: string
}

const variables = (answered: Answered, ...all: readonly string[]): Readonly<Record<string, Use>> =>
  Object.fromEntries(
    all.map((text) => {
      const at = text.indexOf('=')
      return [text, { env: { [text.slice(0, at)]: text.slice(at + 1) }, answered }]
    }),
  )
const flags = (answered: Answered, ...all: readonly (readonly string[])[]): Readonly<Record<string, Use>> =>
  Object.fromEntries(all.map((args) => [args.join(' '), { args, answered }]))
const configured = (answered: Answered, ...all: readonly string[]): Readonly<Record<string, Use>> =>
  Object.fromEntries(all.map((config) => [config.replaceAll('\n', ' '), { config, answered }]))

const USES: Readonly<Record<string, Use>> = {
  ...variables(
    'all',
    'CARGO_INCREMENTAL=0',
    'CARGO_TERM_COLOR=always',
    'CARGO_PROFILE_RELEASE_OPT_LEVEL=1',
    'RUST_BACKTRACE=full',
    'CARGO_ENCODED_RUSTFLAGS=',
    'CARGO_BUILD_RUSTC_WRAPPER=/nowhere',
  ),
  ...variables(
    'none',
    'RUSTFLAGS=-C instrument-coverage',
    'RUSTFLAGS=-Clink-arg=-Wl,-O1',
    'RUSTFLAGS=--codegen opt-level=1',
    'RUSTFLAGS=-g',
    'CARGO_ENCODED_RUSTFLAGS=--cfg\u001fflagged',
    'CARGO_BUILD_RUSTFLAGS=--cfg flagged',
    'CARGO_PROFILE_DEV_STRIP=debuginfo',
    'RUSTC_BOOTSTRAP=1',
  ),
  ...variables(
    'some',
    // Build scripts and macros have settings of their own.
    'CARGO_PROFILE_DEV_CODEGEN_UNITS=1',
    'CARGO_PROFILE_DEV_SPLIT_DEBUGINFO=unpacked',
    'CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL=1',
    'NATIVE_MODE=other',
    'PLAIN_WISH=',
  ),
  ...flags('all', ['--keep-going', '--jobs=1', '--timings'], ['--message-format=json']),
  ...flags('none', ['--config', 'build.rustflags=["--cfg","flagged"]']),
  ...flags(
    'some',
    ['--config', 'profile.dev.opt-level=1'],
    ['--config', 'env.PLAIN_WISH="of an argument"'],
    ['--config', 'profile.dev.package.plain.debug-assertions=false'],
  ),
  ...configured(
    'all',
    '[build]\nincremental = false\n',
    '[term]\nquiet = true\n',
    '[build]\nrustc-wrapper = ""\n',
  ),
  ...configured(
    'none',
    '[build]\nrustflags = ["--cfg", "flagged"]\n',
    `[target.'cfg(unix)']\nrustflags = "--cfg flagged"\n`,
    '[profile.dev]\noverflow-checks = false\n',
  ),
  ...configured(
    'some',
    '[env]\nPLAIN_WISH = "of a file"\n',
    '[env]\nNATIVE_MODE = { value = "of a file", force = true }\n',
  ),
  'a target directory with an odd name': {
    args: ['--target-dir', `target's "dir" $HOME é`],
    folder: `target's "dir" $HOME é`,
    answered: 'all',
  },
  'build.target-dir': {
    config: '[build]\ntarget-dir = "other place"\n',
    folder: 'other place',
    answered: 'all',
  },
  'build.build-dir': {
    config: '[build]\ntarget-dir = "results"\nbuild-dir = "between them"\n',
    folder: 'results',
    answered: 'all',
  },
  'a profile of its own, like dev': {
    args: ['--config', 'profile.mine.inherits="dev"', '--profile=mine'],
    answered: 'all',
  },
}

describe.skipIf(missing)(`what people do in a warm shell${skipped}`, () => {
  let work: WarmWorkspace
  let config: string
  /** What programs print that cargo alone has built as usual. */
  let usual: readonly string[]
  beforeAll(async () => {
    work = await warmWorkspace(undefined, undefined, { directory: "somebody's $HOME, (new) é" })
    config = readFileSync(join(work.path, '.cargo/config.toml'), 'utf8')
    succeed(
      await work.cargo(['build', '--workspace', '--exclude=loader'], { target: 'usual', isPlain: true }),
    )
    usual = await prints(join(work.targetOf('usual'), 'debug'))
  })
  afterAll(() => work.remove())

  const succeed = (finished: WarmRun): WarmRun => {
    expect(finished.status, finished.stderr).toBe(0)
    return finished
  }
  const prints = async (folder: string): Promise<readonly string[]> => {
    const { stdout: libraries } = await run('rustc', ['--print', 'target-libdir'])
    const env = {
      LD_LIBRARY_PATH: `${join(folder, 'deps')}:${libraries.trim()}`,
      LLVM_PROFILE_FILE: '/dev/null',
    }
    const finished = await Promise.all(['app', 'solo'].map((name) => run(join(folder, name), [], { env })))
    expect(finished.map(({ status }) => status)).toEqual([0, 0])
    return finished.map(({ stdout }) => stdout)
  }

  test.each(Object.entries(USES))(
    '%s',
    async (name, { args = [], env = {}, config: more, answered, folder }) => {
      const file = join(work.path, '.cargo/config.toml')
      writeFileSync(file, config + (more ?? ''))
      // The loader's libraries are where its own are not. Where nothing is answered, there is nothing to compare.
      const all = [answered === 'none' ? 'check' : 'build', '--workspace', '--exclude=loader', ...args]
      const profile = name.startsWith('a profile') ? 'mine' : 'debug'
      const call = async (target: string, isPlain: boolean): Promise<WarmRun> => {
        const own = folder === undefined ? {} : { CARGO_TARGET_DIR: undefined }
        return succeed(await work.cargo(all, { target, env: { ...env, ...own }, isPlain }))
      }
      const target = join(work.targetOf('use'))
      rmSync(target, { recursive: true, force: true })
      try {
        const { hits, misses } = await call('use', false)
        const found: Answered = hits.length === 0 ? 'none' : Object.keys(misses).length === 0 ? 'all' : 'some'
        expect([found, misses]).toEqual([answered, misses])
        if (answered === 'none') return
        const texts = await prints(join(folder === undefined ? target : join(work.path, folder), profile))
        if (answered === 'all') {
          expect(texts).toEqual(usual)
          expect((await call('use', false)).stderr).not.toMatch(/^ *(?:Compiling|Dirty)/m)
        } else {
          await call('use-plain', true)
          expect(texts).toEqual(await prints(join(work.targetOf('use-plain'), profile)))
        }
      } finally {
        writeFileSync(file, config)
      }
    },
  )

  test.each([
    [['bench', '--workspace', '--exclude=loader', '--no-run'], 'all'],
    [['doc', '--workspace', '--no-deps'], 'all'],
    [['test', '--workspace', '--doc'], 'all'],
    [['check', '--workspace', '--all-targets', '--profile=test'], 'all'],
    [['fix', '--workspace', '--allow-no-vcs', '--lib'], 'all'],
    [['rustc', '--package=core', '--lib', '--', '--cfg', 'flagged'], 'some'],
    [['rustdoc', '--package=core'], 'some'],
  ] as const)('cargo %j', async (args, answered) => {
    const { hits, misses } = succeed(await work.cargo(args))
    expect(hits.length).toBeGreaterThan(0)
    if (answered === 'all') expect(misses).toEqual({})
  })

  test('`cargo install --path` installs what it installs alone', async () => {
    const installed = async (isPlain: boolean): Promise<string> => {
      const root = join(work.folder, `installed ${isPlain}`)
      succeed(await work.cargo(['install', '--locked', '--path', 'app', '--root', root], { isPlain }))
      return (await run(join(root, 'bin/app'), [])).stdout
    }
    expect(await installed(false)).toBe(await installed(true))
  })

  test('a wrapper that a tool sets itself is called instead of ours', async () => {
    const log = join(work.folder, 'tool')
    const tool = join(work.folder, 'cargo-tool')
    writeFileSync(tool, `#!/bin/sh\necho "$3" >>${log}\nexec "$@"\n`, { mode: 0o755 })
    const { hits } = succeed(await work.cargo(['check', '--workspace'], { env: { RUSTC_WRAPPER: tool } }))
    expect(hits).toEqual([])
    expect(readFileSync(log, 'utf8')).toMatch(/^plain$/m)
  })

  test('a path dependency outside of the workspace is compiled, and what it needs is answered', async () => {
    const outside = join(work.folder, 'out side')
    mkdirSync(join(outside, 'src'), { recursive: true })
    const [index] = /index = .*/.exec(config)!
    const registry = index.replace('index =', 'registry-index =')
    writeFileSync(
      join(outside, 'Cargo.toml'),
      `[package]\nname = "outside"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nplain = { version = "0.1", features = ["extra"], ${registry} }\n`,
    )
    writeFileSync(
      join(outside, 'src/lib.rs'),
      'pub fn outside() -> String { format!("out {}", plain::plain()) }\n',
    )
    const files = ['Cargo.lock', 'core/Cargo.toml', 'core/src/lib.rs'].map((name) => join(work.path, name))
    const before = files.map((file) => readFileSync(file, 'utf8'))
    try {
      writeFileSync(files[1]!, `${before[1]}outside = { path = "../../out side" }\n`)
      writeFileSync(
        files[2]!,
        before[2]!
          .replace('{}\\n{}"', '{}\\n{} {}"')
          .replace('user::user()', 'user::user(), outside::outside()'),
      )
      const build = ['build', '--package=app', '--package=solo', '--package=core']
      const warm = succeed(await work.cargo(build, { target: 'outside' }))
      const plain = succeed(await work.cargo(build, { target: 'outside-plain', isPlain: true }))
      expect(plain.hits).toEqual([])
      expect(warm.hits.join('\n')).toContain('plain-0.1.0 plain')
      expect(warm.plain.join('\n')).toContain('outside-0.1.0 outside')
      const of = (target: string): Promise<readonly string[]> => prints(join(work.targetOf(target), 'debug'))
      const texts = await of('outside')
      expect(texts.join('\n')).toContain('out plain 0.1.0')
      expect(texts).toEqual(await of('outside-plain'))
    } finally {
      for (const [index, file] of files.entries()) writeFileSync(file, before[index]!)
    }
  })

  test('a member is packaged, and cargo compiles what it has packaged', async () => {
    const solo = join(work.folder, 'packed solo')
    cpSync(join(work.path, 'solo'), solo, { recursive: true })
    mkdirSync(join(solo, '.cargo'))
    writeFileSync(join(solo, '.cargo/config.toml'), config)
    writeFileSync(
      join(solo, 'Cargo.toml'),
      `${readFileSync(join(solo, 'Cargo.toml'), 'utf8')}[package.metadata]\n[workspace]\n`,
    )
    cpSync(join(work.path, 'Cargo.lock'), join(solo, 'Cargo.lock'))
    const publish = ['package', '--allow-dirty', '--no-metadata']
    succeed(await work.cargo(publish, { cwd: solo, target: 'packed' }))
    expect(readdirSync(join(work.targetOf('packed'), 'package'))).toContain('solo-0.1.0.crate')
    succeed(await work.cargo(['publish', '--dry-run', '--allow-dirty', '--registry=mine'], { cwd: solo }))
  })
})
