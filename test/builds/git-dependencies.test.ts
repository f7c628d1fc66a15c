/** Git dependencies over HTTP, fetched by hash: Nix's build behaves like cargo's. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeProgram, makeRepositories } from '../git-workspace.ts'
import { serveRepositories, type GitServer } from '../git-server.ts'
import { cargo2nix, cargo2nixOrFail, cli, run, runOrFail } from '../program.ts'
import { git } from '../registry.ts'
import { removeFolders } from './checkout.ts'
import { newestNix, withNix } from './newest-nix.ts'
import {
  generated,
  machinePackageSet,
  mainPackageSet,
  nixBuild,
  nixEval,
  nixIsMissing,
  type PackageSet,
} from './package-set.ts'

const root = join(import.meta.dirname, '..', '..')
const missing = await nixIsMissing()
const program = 'packages.app'

describe.skipIf(missing)(`git dependencies${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  let folder = ''
  let app = ''
  let server: GitServer
  let env: NodeJS.ProcessEnv = {}
  let set: PackageSet
  let expected = ''

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cargo2nix-ts-git-')))
    const served = join(folder, 'served')
    mkdirSync(served)
    server = await serveRepositories(served)
    makeRepositories(served, server.url)
    app = join(served, 'app')
    makeProgram(app, server.url)
    env = {
      ...process.env,
      CARGO_HOME: join(folder, 'home'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      CARGO_TARGET_DIR: join(folder, 'target'),
    }
    set = await machinePackageSet()
    set = {
      ...set,
      env: { ...set.env, CARGO_HOME: env['CARGO_HOME'], XDG_CACHE_HOME: env['XDG_CACHE_HOME'] },
    }
    await runOrFail('cargo', ['generate-lockfile'], { cwd: app, env })
    expected = (await runOrFail('cargo', ['run', '--quiet', '--locked'], { cwd: app, env })).stdout
  })
  afterAll(async () => {
    await server.close()
    await removeFolders([folder])
  })

  const generate = (args: readonly string[] = []): Promise<{ stdout: string }> =>
    cargo2nixOrFail(['generate', ...args], { cwd: app, env })
  const crateSet = (): string => readFileSync(join(app, 'nix/Cargo.nix'), 'utf8')
  const facts = (fact: string): readonly string[] => [
    ...new Set([...crateSet().matchAll(new RegExp(`^ {8}${fact} = "(.*)";`, 'gm'))].map(([, text]) => text!)),
  ]
  const edited = async (path: string, change: (text: string) => string, work: () => Promise<void>) => {
    const text = readFileSync(join(app, path), 'utf8')
    expect(change(text)).not.toBe(text)
    writeFileSync(join(app, path), change(text))
    await work().finally(() => writeFileSync(join(app, path), text))
  }

  test('what cargo has not fetched yet, it fetches', async () => {
    const fresh = { ...env, CARGO_HOME: join(folder, 'another-home') }
    await cargo2nixOrFail(['generate'], { cwd: app, env: fresh })
    const first = crateSet()
    await generate()
    expect(crateSet()).toBe(first)
  })

  test('the program does what it does with cargo', async () => {
    await generate()
    const [output] = await nixBuild(set, generated(app, set), [program])
    expect(expected).toContain('"$Format:%H$\\n"')
    expect(expected).toContain('branched tagged revised')
    expect((await run(`${output}/bin/app`, [])).stdout).toBe(expected)
  })

  test('all crates of a repository come from one store path', async () => {
    await generate()
    const keys = `builtins.filter (name: builtins.match "leaf.*" name == null && builtins.match ".*-[0-9].*" name != null) (builtins.attrNames crates)`
    const sources = await nixEval(
      set,
      `let inherit (${generated(app, set)}) crates; in map (key: crates.\${key}.src) (${keys})`,
    )
    expect(sources).toHaveLength(5)
    expect(new Set(sources as string[]).size).toBe(2)
    expect(facts('rev')).toHaveLength(3)
    expect(facts('hash')).toHaveLength(3)
  })

  test('with nixpkgs, its own fetchgit fetches them', async ({ skip }) => {
    const main = await mainPackageSet()
    if (main.name === set.name) skip('there is no nixpkgs')
    const own = { ...main, env: { ...main.env, CARGO_HOME: env['CARGO_HOME'] } }
    const [output] = await nixBuild(own, generated(app, own), [program])
    expect((await run(`${output}/bin/app`, [])).stdout).toBe(expected)
  })

  test('importWorkspace makes the derivations of the committed files, with and without hashes', async ({
    skip,
  }) => {
    const main = await mainPackageSet()
    if (main.name === set.name) skip('there is no nixpkgs')
    await generate()
    const [hash] = [...crateSet().matchAll(/^ {4}odd = \{[^]*?hash = "(.*)";/gm)].map(([, text]) => text!)
    expect(hash).toMatch(/^sha256-/)
    const derivation = async (cargo: string, nix?: string): Promise<unknown> =>
      nixEval(
        { ...main, env: withNix({ ...main.env, CARGO_HOME: join(folder, 'no-home') }, nix) },
        `let pkgs = ${main.expression}; in (${cargo}).packages.app.drvPath`,
      )
    const variants: readonly (readonly [string, string | undefined])[] = [
      ['', undefined],
      ['', newestNix()],
      [`outputHashes."odd-5.6.7" = "${hash}";`, undefined],
    ]
    for (const [more, nix] of variants) {
      const imported = `(import ${root}/nix/lib.nix).importWorkspace {
        inherit pkgs;
        src = builtins.path { name = "source"; path = ${app}; filter = path: _: !builtins.elem (baseNameOf path) [ "nix" ".git" ]; };
        cargo2nix-ts = pkgs.writeShellScriptBin "cargo2nix-ts" "exec ${process.execPath} ${cli} \\"$@\\"";
        ${more}
      }`
      const committed = await derivation(`import ${app}/nix/Cargo.nix { inherit pkgs; }`, nix)
      expect(await derivation(imported, nix)).toBe(committed)
    }
  })

  test('with the sources of `vendor`, cargo needs neither network nor checkouts', async () => {
    await generate()
    const [vendor] = await nixBuild(set, generated(app, set), ['vendor'])
    const home = join(folder, 'home-of-vendor')
    mkdirSync(home)
    cpSync(`${vendor}/config.toml`, join(home, 'config.toml'))
    const own = { ...env, CARGO_HOME: home, CARGO_TARGET_DIR: join(folder, 'target-of-vendor') }
    const before = server.requests.length
    const { stdout } = await runOrFail('cargo', ['run', '--quiet', '--locked', '--offline'], {
      cwd: app,
      env: own,
    })
    expect(stdout).toBe(expected)
    expect(server.requests.length).toBe(before)
  })

  test('the hash is what Nix has for a checkout by git', async () => {
    await generate()
    const clone = join(folder, 'clone')
    await runOrFail('git', ['clone', '--quiet', '--recurse-submodules', `${server.url}/tree`, clone])
    await runOrFail('find', [clone, '-name', '.git', '-prune', '-exec', 'rm', '-rf', '{}', '+'])
    const { stdout } = await runOrFail('nix-hash', ['--type', 'sha256', clone])
    expect(facts('hash')).toContain(`sha256-${Buffer.from(stdout.trim(), 'hex').toString('base64')}`)
  })

  test('the setting fetchGit leaves it to Nix itself', async () => {
    const setting = `\n[package.metadata.cargo2nix.git]\n"${server.url}/" = "fetchGit"\n"${server.url}/tree" = "fetchgit"\n`
    await edited(
      'Cargo.toml',
      (text) => text + setting,
      async () => {
        await generate()
        expect(facts('hash')).toHaveLength(1)
        for (const nix of new Set([undefined, newestNix()])) {
          const own = { ...set, env: withNix(set.env, nix) }
          const [output] = await nixBuild(own, generated(app, set), [program])
          expect((await run(`${output}/bin/app`, [])).stdout).toBe(expected)
        }
      },
    )
  })

  test('Nix itself fetches ssh URLs, because it has the keys', async () => {
    // stands for ssh: the last argument is what the other side runs
    const ssh = join(folder, 'ssh')
    writeFileSync(ssh, '#!/bin/sh\nfor last; do :; done\neval "$last"\n', { mode: 0o755 })
    const keys = { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh', CARGO_NET_GIT_FETCH_WITH_CLI: 'true' }
    const address = `ssh://git@example.org${folder}/served/leaf`
    const byAccount = (text: string): string => text.replaceAll(`${server.url}/leaf`, address)
    await edited('Cargo.toml', byAccount, () =>
      edited('Cargo.lock', byAccount, async () => {
        await cargo2nixOrFail(['generate'], { cwd: app, env: { ...env, ...keys } })
        expect(facts('url')).toEqual([`${server.url}/tree`, address])
        expect(facts('hash')).toHaveLength(1)
        const own = { ...set, env: { ...set.env, ...keys } }
        const [output] = await nixBuild(own, generated(app, set), [program])
        expect((await run(`${output}/bin/app`, [])).stdout).toBe(expected)
      }),
    )
  })

  test('nothing is asked for when nothing moved, and check needs no program at all', async () => {
    await generate()
    const [before, asked] = [crateSet(), server.requests.length]
    const alone = { CARGO_HOME: env['CARGO_HOME'], PATH: '/nonexistent' }
    const { stdout } = await cargo2nixOrFail(['generate', '--offline'], { cwd: app, env: alone })
    expect(stdout).toContain('is up to date')
    expect((await cargo2nix(['check'], { cwd: app, env: alone })).status).toBe(0)
    expect(crateSet()).toBe(before)
    expect(server.requests.length).toBe(asked)
  })

  test('versions 3 and 4 of the lockfile mean the same', async () => {
    await generate()
    const before = crateSet()
    const plain = (text: string): string =>
      text.replace('version = 4', 'version = 3').replaceAll('%2F', '/').replaceAll('%2B', '+')
    await edited('Cargo.lock', plain, async () => {
      await generate(['--offline'])
      // Apart from the line with its hash.
      const facts = (text: string): string => text.replace(/^ {2}lockHash = .*$/m, '')
      expect(facts(crateSet())).toBe(facts(before))
    })
  })

  test('a wrong hash is found by check and mended by generate', async () => {
    await generate()
    const before = crateSet()
    const wrong = (text: string): string => text.replace(/hash = "sha256-.{4}/, 'hash = "sha256-AAAA')
    await edited('nix/Cargo.nix', wrong, async () => {
      const { status, stdout } = await cargo2nix(['check'], { cwd: app, env })
      expect([status, stdout]).toEqual([1, expect.stringContaining('packages changed: ')])
      await generate()
      expect(crateSet()).toBe(before)
    })
  })

  test('a branch that was moved on is no other build until the lockfile says so', async () => {
    await generate()
    const before = crateSet()
    const leaf = join(folder, 'served/leaf')
    writeFileSync(
      join(leaf, 'src/lib.rs'),
      readFileSync(join(leaf, 'src/lib.rs'), 'utf8').replace('{ 2 }', '{ 3 }'),
    )
    git(leaf, 'commit', '--quiet', '--all', '--message=three')
    await generate()
    expect(crateSet()).toBe(before)
    const lockfile = readFileSync(join(app, 'Cargo.lock'), 'utf8')
    await runOrFail('cargo', ['update', '--quiet', `git+${server.url}/leaf#leaf`], { cwd: app, env })
    const { status, stdout } = await cargo2nix(['check'], { cwd: app, env })
    expect([status, stdout]).toEqual([1, expect.stringContaining('packages updated: leaf')])
    await generate()
    const [output] = await nixBuild(set, generated(app, set), [program])
    expect((await run(`${output}/bin/app`, [])).stdout).toBe(expected.replace('1 1 1 2', '1 1 1 3'))
    writeFileSync(join(app, 'Cargo.lock'), lockfile)
  })

  test('a branch in the manifest that is not the locked one is an error', async () => {
    await edited(
      'Cargo.toml',
      (text) => text.replace('feature/slash', 'main'),
      async () => {
        const { status, stderr } = await cargo2nix(['check'], { cwd: app, env })
        expect([status, stderr]).toEqual([2, expect.stringMatching(/Cargo\.lock.*leaf.*branch=main/s)])
      },
    )
  })

  test('a modified checkout is an error that names the file', async () => {
    const home = join(folder, 'changed-home')
    cpSync(env['CARGO_HOME']!, home, { recursive: true, verbatimSymlinks: true })
    const { stdout } = await runOrFail('find', [join(home, 'git/checkouts'), '-name', 'naïve file.txt'])
    writeFileSync(stdout.trim(), 'changed')
    const { status, stderr } = await cargo2nix(['generate'], { cwd: app, env: { ...env, CARGO_HOME: home } })
    expect([status, stderr]).toEqual([2, expect.stringMatching(/checkouts\/tree-.*naïve file\.txt.*fetch/s)])
  })
})
