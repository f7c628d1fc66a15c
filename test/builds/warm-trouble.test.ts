/** A warm shell when things go wrong: cargo's result is right, or cargo says why there is none. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runOrFail } from '../program.ts'
import { warmWorkspace, type CargoOptions, type WarmRun, type WarmWorkspace } from '../warm/workspace.ts'
import { nixIsMissing } from './package-set.ts'

const missing = await nixIsMissing()
const skipped = missing ? ' (no nix-build on this machine)' : ''
const hasNamespaces = spawnSync('unshare', ['--mount', 'true']).status === 0
const mountsMissing = missing || hasNamespaces ? skipped : ' (no mount namespaces on this machine)'

const BUILD = ['build', '--workspace']

/** What the programs in a target directory print. */
async function prints(work: WarmWorkspace, target: string): Promise<readonly string[]> {
  const folder = join(work.targetOf(target), 'debug')
  const { stdout: libraries } = await runOrFail('rustc', ['--print', 'target-libdir'])
  const env = { LD_LIBRARY_PATH: `${join(folder, 'deps')}:${libraries.trim()}` }
  const finished = ['app', 'solo', 'loader'].map((name) => runOrFail(join(folder, name), [], { env }))
  return (await Promise.all(finished)).map(({ stdout }) => stdout)
}

describe.skipIf(missing)(`a lazy shell${skipped}`, () => {
  let work: WarmWorkspace
  beforeAll(async () => {
    // Each such workspace has its own registry, so that nothing of it was ever built.
    work = await warmWorkspace('cargo.shell.override { warm = true; lazy = true; }')
  })
  afterAll(() => work.remove())

  test('opens before anything is built; then cargo uses what is there', async () => {
    const empty = await work.cargo(BUILD, { target: 'lazy' })
    expect(empty.status, empty.stderr).toBe(0)
    expect(empty.hits).toEqual([])
    expect(Object.values(empty.misses).join('\n')).toMatch(/not in the store/)
    const expected = await prints(work, 'lazy')

    await work.enter('cargo.shell.override { warm = true; }')
    const filled = await work.cargo(BUILD, { target: 'lazy-later' })
    expect(filled.misses).toEqual({})
    expect(filled.hits.length).toBeGreaterThan(9)
    expect(await prints(work, 'lazy-later')).toEqual(expected)
  })
})

describe.skipIf(missing)(`a package from two sources${skipped}`, () => {
  let work: WarmWorkspace
  beforeAll(async () => {
    work = await warmWorkspace('cargo.shell.override { warm = true; }', (path) => {
      const [entry] = /^gitty = .*$/m.exec(readFileSync(join(path, 'app/Cargo.toml'), 'utf8'))!
      const manifest = readFileSync(join(path, 'solo/Cargo.toml'), 'utf8')
      const other = entry.replace('gitty = {', 'other = { package = "gitty",')
      const own = 'gitty = { version = "0.1", registry = "mine" }'
      writeFileSync(join(path, 'solo/Cargo.toml'), `${manifest}${own}\n${other}\n`)
      writeFileSync(
        join(path, 'solo/src/main.rs'),
        'fn main() { println!("{} {} {}", plain::plain(), gitty::gitty(), other::gitty()) }\n',
      )
    })
  })
  afterAll(() => work.remove())

  test('is two crates, even if its files are the same', async () => {
    const warm = await work.cargo(BUILD, { target: 'warm' })
    const plain = await work.cargo(BUILD, { target: 'plain', isPlain: true })
    expect([warm.status, plain.status], warm.stderr).toEqual([0, 0])
    expect(Object.keys(warm.misses)).toEqual(['gitty-0.1.0 gitty'])
    expect(await prints(work, 'warm')).toEqual(await prints(work, 'plain'))
  })
})

describe.skipIf(missing)(`trouble in a warm shell${skipped}`, () => {
  let work: WarmWorkspace
  let expected: readonly string[]
  const build = async (options: CargoOptions): Promise<WarmRun> => {
    const built = await work.cargo(BUILD, options)
    expect(built.status, built.stderr).toBe(0)
    return built
  }
  beforeAll(async () => {
    work = await warmWorkspace()
    await build({ target: 'plain', isPlain: true })
    expected = await prints(work, 'plain')
  })
  afterAll(() => work.remove())

  describe("the user's own wrapper", () => {
    let log: string
    let wrapper: string
    const wrapped = (): readonly string[] =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((name) => name !== '' && name !== '___')
    beforeAll(() => {
      log = join(work.folder, 'wrapped')
      wrapper = join(work.folder, 'wrapper')
      const text = `#!/bin/sh\ncase $2 in --crate-name) echo "$3" >>${log} ;; esac\nexec "$@"\n`
      writeFileSync(wrapper, text, { mode: 0o755 })
    })

    test('is called for members, and for everything that is not in the store', async () => {
      const variables = await work.enter('cargo.shell.override { warm = true; }', { RUSTC_WRAPPER: wrapper })
      const env = {
        RUSTC_WRAPPER: variables['RUSTC_WRAPPER'],
        WARM_RUSTC_OTHERWISE: variables['WARM_RUSTC_OTHERWISE'],
      }
      expect(env.WARM_RUSTC_OTHERWISE).toBe(wrapper)
      writeFileSync(log, '')
      const { misses } = await build({ target: 'wrapped', env })
      expect(misses).toEqual({})
      expect(wrapped().toSorted()).toEqual(['app', 'core', 'loader', 'solo'])
      writeFileSync(log, '')
      await build({ target: 'wrapped-otherwise', env: { ...env, RUSTFLAGS: '--cfg other' } })
      expect(wrapped()).toEqual(expect.arrayContaining(['plain', 'maker', 'build_script_build', 'app']))
    })

    test('is kept in a shell inside the shell, and no wrapper calls itself', async () => {
      const outer = await work.enter('cargo.shell.override { warm = true; }', { RUSTC_WRAPPER: wrapper })
      const inner = await work.enter(
        'cargo.shell.override { warm = true; profiles = [ "dev" "release" ]; }',
        outer,
      )
      expect(inner['RUSTC_WRAPPER']).not.toBe(outer['RUSTC_WRAPPER'])
      expect(inner['WARM_RUSTC_OTHERWISE']).toBe(wrapper)
      const alone = await work.enter('cargo.shell.override { warm = true; }', {
        RUSTC_WRAPPER: work.shell['RUSTC_WRAPPER'],
      })
      expect(alone['WARM_RUSTC_OTHERWISE']).toBeUndefined()
    })
  })

  test('files that somebody changed in OUT_DIR are compiled', async () => {
    const edited = async (target: string, isPlain: boolean): Promise<WarmRun> => {
      await build({ target, isPlain })
      const folder = join(work.targetOf(target), 'debug')
      const outDirs = readdirSync(join(folder, 'build')).map((name) => join(folder, 'build', name, 'out'))
      const path = outDirs
        .map((each) => join(each, 'gen.rs'))
        .find((each) => statSync(each, { throwIfNoEntry: false }))!
      const text = readFileSync(path, 'utf8')
      writeFileSync(path, text.replace('"default ', '"edited '))
      // Cargo does not notice, and compiles it if something else makes it.
      const marks = readdirSync(join(folder, '.fingerprint')).filter((name) => name.startsWith('native-sys-'))
      for (const mark of marks) {
        const place = join(folder, '.fingerprint', mark)
        if (readdirSync(place).some((name) => name.startsWith('lib-'))) rmSync(place, { recursive: true })
      }
      return build({ target, isPlain })
    }
    const { misses } = await edited('out-dir', false)
    expect(misses['native-sys-0.1.0 native_sys']).toMatch(/made other files/)
    await edited('out-dir-plain', true)
    const after = await prints(work, 'out-dir')
    expect(after).toEqual(await prints(work, 'out-dir-plain'))
    expect(after).not.toEqual(expected)
  })

  test.each([
    ['one target directory', ['both', 'both']],
    ['two target directories', ['first', 'second']],
  ])('two builds at once in %s', async (_, targets) => {
    const [one, other] = await Promise.all([
      work.cargo(BUILD, { target: targets[0]! }),
      work.cargo(['test', '--workspace', '--no-run'], { target: targets[1]! }),
    ])
    expect([one.status, other.status], `${one.stderr}\n${other.stderr}`).toEqual([0, 0])
    for (const target of new Set(targets)) {
      await build({ target })
      expect(await prints(work, target)).toEqual(expected)
    }
  })

  test('a build in the shell and one outside of it, one after the other', async () => {
    for (const isPlain of [true, false, true, false]) {
      const text = readFileSync(join(work.path, 'core/src/lib.rs'), 'utf8')
      await build({ target: 'turns', isPlain })
      expect(await prints(work, 'turns')).toEqual(expected)
      writeFileSync(join(work.path, 'core/src/lib.rs'), text)
    }
  })

  test.each([10, 150, 600])('a build that is killed after %d ms', async (delay) => {
    const target = `killed-${delay}`
    const env = { ...work.shell, CARGO_TARGET_DIR: work.targetOf(target) }
    const child = spawn('cargo', BUILD, { cwd: work.path, env, detached: true, stdio: 'ignore' })
    const ended = new Promise((resolve) => child.on('close', resolve))
    await setTimeout(delay)
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It was faster.
    }
    await ended
    const { misses } = await build({ target })
    expect(misses).toEqual({})
    expect(await prints(work, target)).toEqual(expected)
  })

  describe.skipIf(!hasNamespaces)(`with mounts${mountsMissing}`, () => {
    test('a store that nobody can write to', async () => {
      const around = 'mount --bind /nix /nix && mount -o remount,ro,bind /nix && exec "$@"'
      const { misses } = await build({ target: 'read-only', around })
      expect(misses).toEqual({})
      expect(await prints(work, 'read-only')).toEqual(expected)
    })

    test.each(['64k', '600k', '2m', '6m'])(
      'a disk of %s: cargo says that it is full, and succeeds once there is room',
      async (size) => {
        const target = `disk-${size}`
        const folder = work.targetOf(target)
        mkdirSync(folder, { recursive: true })
        const mount = `mount -t tmpfs -o size=${size} tmpfs ${folder}`
        const grown = `mount -o remount,size=1g ${folder}`
        const run = `for each in app solo loader; do LD_LIBRARY_PATH=${folder}/debug/deps:$(rustc --print target-libdir) ${folder}/debug/$each; done`
        const small = await work.cargo(BUILD, { target, around: `${mount} && exec "$@"` })
        expect(
          small.status === 0 || /No space left|os error 28|Bus error/.test(small.stderr),
          small.stderr,
        ).toBe(true)
        const around = `${mount} && { "$@" 2>/dev/null || true; } && ${grown} && "$@" && ${run}`
        const later = await work.cargo(BUILD, { target, around })
        expect(later.status, later.stderr).toBe(0)
        expect(later.stdout).toBe(expected.join(''))
      },
    )

    test('a build script is run anew after the shell was collected', async () => {
      const env = { NATIVE_MODE: 'later', EMPTY: join(work.folder, 'nothing') }
      mkdirSync(env.EMPTY)
      const index = work.shell['RUSTC_WRAPPER']!.replace(/\/bin\/.*/, '')
      await build({ target: 'shell-collected' })
      const around = `mount --bind "$EMPTY" ${index} && exec "$@"`
      await build({ target: 'shell-collected', isPlain: true, around, env })
      await build({ target: 'shell-plain', isPlain: true, env })
      const after = await prints(work, 'shell-collected')
      expect(after).toEqual(await prints(work, 'shell-plain'))
      expect(after).not.toEqual(expected)
    })

    test.each([
      ['a library', /-lib-plain-/],
      ['a build script', /-build-script-native-sys-/],
      ['the run of a build script', /-run-native-sys-/],
      ['everything', /plain|native|user|maker|shared|above|several|gitty/],
    ])('%s that was collected', async (_, pattern) => {
      const target = `collected-${pattern.source.length}`
      await build({ target })
      const index = work.shell['RUSTC_WRAPPER']!.replace(/\/bin\/.*/, '')
      const { stdout } = await runOrFail('nix-store', ['--query', '--requisites', index], {
        env: work.set.env,
      })
      const gone = stdout
        .trim()
        .split('\n')
        .filter((path) => pattern.test(path) && /-0\.1\.0/.test(path) && !path.endsWith('-src'))
      expect(gone).not.toEqual([])
      const hide = gone.map((path) => `mount --bind "$EMPTY" ${path}`).join(' && ')
      const empty = join(work.folder, 'empty')
      mkdirSync(empty, { recursive: true })
      for (const isPlain of [false, true]) {
        const options = { around: `${hide} && exec "$@"`, env: { EMPTY: empty }, isPlain }
        const built = await build({ ...options, target })
        expect(built.stderr).not.toContain('error')
        expect(await prints(work, target)).toEqual(expected)
        await build({ ...options, target: `${target}-anew-${isPlain}` })
        expect(await prints(work, `${target}-anew-${isPlain}`)).toEqual(expected)
      }
    })
  })
})
