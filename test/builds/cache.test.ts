/** Binary caches: once we push to one, another machine needs nothing else and compiles nothing. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nix, cargo2nixOrFail, run, runOrFail, type Finished } from '../program.ts'
import { loopbackServer } from '../loopback-server.ts'
import { cacheServer, type CacheServer } from './cache-server.ts'
import { checkout, emptyFolder, removeFolders } from './checkout.ts'
import { NEWEST_NIX_MISSING, newestNix, withNix } from './newest-nix.ts'
import { generated, machinePackageSet, nixBuild, nixIsMissing, type PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'chain')
const missing = await nixIsMissing()
const newest = newestNix()

/** Every derivation with an output that a second machine would otherwise have to make. */
const EVERYTHING = `builtins.attrValues cargo.packages ++ (
  let base = cargo.crates."base-0.1.0"; in
  [ base.lib base.buildScript base.buildScriptRun cargo.crates."middle-0.1.0".lib ]
) ++ builtins.attrValues cargo.crates."tool-0.1.0".bins`

describe.skipIf(missing)(`binary caches${missing ? ' (no nix-build on this machine)' : ''}`, () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string
  let keys: string
  let server: CacheServer
  /** Of the `file://` cache, and of the served one. */
  let local: string
  let served: string
  const unitNames =
    'base-0.1.0 build-run-base-0.1.0 build-script-base-0.1.0 middle-0.1.0 opt-lib-base-0.1.0 opt-lib-middle-0.1.0 program-tool-0.1.0-bin-tool tool-0.1.0'.split(
      ' ',
    )

  beforeAll(async () => {
    set = await machinePackageSet()
    workspace = await checkout(fixture, 'chain')
    keys = await emptyFolder()
    local = join(await emptyFolder(), 'cache')
    served = await emptyFolder()
    folders.push(workspace, keys, local, served)
    // Nothing of it may be built already.
    await appendFile(join(workspace, 'base', 'build.rs'), `// ${Date.now()} ${process.pid}\n`)
    await appendFile(join(workspace, 'base', 'src', 'lib.rs'), `pub const MADE: u128 = ${Date.now()};\n`)
    await appendFile(join(workspace, 'middle', 'src', 'lib.rs'), 'pub use base::MADE;\n')
    const main = 'fn main() {\n    println!("{} {}", middle::loud_greeting(), middle::MADE);\n}\n'
    await writeFile(join(workspace, 'tool', 'src', 'main.rs'), main)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
    await runOrFail('nix-store', [
      '--generate-binary-cache-key',
      'chain-1',
      join(keys, 'secret'),
      join(keys, 'public'),
    ])
    server = await cacheServer(served)
  })
  afterAll(async () => {
    await server.close()
    for (const folder of folders) await run('chmod', ['-R', 'u+w', folder])
    await removeFolders(folders)
  })

  const ours = (...args: readonly string[]): Promise<Finished> =>
    cargo2nix(['cache', ...args, '--pkgs', set.expression], { cwd: workspace, env: set.env })

  const namesIn = (cache: string): readonly string[] =>
    readdirSync(cache)
      .filter((name) => name.endsWith('.narinfo'))
      .map((name) => /^StorePath: \S*?-(\S+)$/m.exec(readFileSync(join(cache, name), 'utf8'))?.[1] ?? name)

  /** Builds all units in a new store that may use a cache, and nothing else: not even one job. */
  const second = async (settings: readonly string[], args: readonly string[] = []): Promise<Finished> => {
    const store = await emptyFolder()
    folders.push(store)
    const cargo = generated(workspace, set)
    const flags = ['--no-out-link', '--store', store, '--max-jobs', '0', ...settings, ...args]
    const conf = `${set.env['NIX_CONFIG'] ?? ''}\n`
    const built = await run('nix-build', [...flags, '--expr', `let cargo = ${cargo}; in ${EVERYTHING}`], {
      env: { ...set.env, NIX_CONFIG: conf },
    })
    for (const path of built.stdout.trim().split('\n')) {
      if (built.status === 0 && args.length === 0 && !existsSync(join(store, path)))
        throw new Error(`${path} is not in the second store`)
    }
    return built
  }
  const trust = (): string => readFileSync(join(keys, 'public'), 'utf8').trim()
  const using = (url: string): readonly string[] =>
    ['--option', 'substituters', url].concat('--option', 'trusted-public-keys', trust())

  test('nothing is pushed before something is built', async () => {
    const refused = await ours('push', '--to', `file://${local}`)
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(/error: nothing of it is built on this machine: .*opt-lib-base-0\.1\.0/)
    expect(refused.stderr).toContain('hint: build it first')
    expect(existsSync(local)).toBe(false)
  })

  test('the toolchain can be pushed before anything is built with it', async () => {
    const tools = join(await emptyFolder(), 'tools')
    folders.push(tools)
    const pushed = await ours(
      'push',
      '--to',
      `file://${tools}`,
      '--toolchain',
      '--sign-key',
      join(keys, 'secret'),
    )
    expect(pushed.status).toBe(0)
    expect(namesIn(tools).length).toBeGreaterThan(0)
    expect(namesIn(tools).filter((name) => unitNames.includes(name))).toEqual([])
    expect(pushed.stderr).toMatch(/note: not built here, so left out: .*opt-lib-base-0\.1\.0/)
  })

  test('a second store fetches all units from a folder, signed, and compiles nothing', async () => {
    await nixBuild(set, generated(workspace, set), ['packages'])
    const pushed = await ours('push', '--to', `file://${local}`, '--sign-key', join(keys, 'secret'))
    expect(pushed).toMatchObject({ status: 0, stdout: expect.stringContaining('; 0 were there') })
    expect([...namesIn(local)].sort()).toEqual(
      [...unitNames, 'build-target-cfg', 'crate-base-0.1.0-placed-src'].sort(),
    )
    const again = await ours('push', '--to', `file://${local}`, '--sign-key', join(keys, 'secret'))
    expect(again.stdout).toContain(`pushed 0 paths (0.0 MB) to file://${local}; 10 were there`)
    expect(await second(using(`file://${local}`))).toMatchObject({
      status: 0,
      stderr: expect.not.stringContaining('building'),
    })
  })

  test('without the cache, or without its key, that store would have to compile', async () => {
    expect((await second([])).status).not.toBe(0)
    const untrusted = await second(['--option', 'substituters', `file://${local}`])
    expect(untrusted.status).not.toBe(0)
  })

  test('the lines that `cache config` prints work over HTTP; a refused upload is retried', async () => {
    server.refuseUploads(1)
    const args = ['cache', 'push', '--to', server.url, '--sign-key', join(keys, 'secret')]
    const pushed = await cargo2nix([...args, '--pkgs', set.expression], {
      cwd: workspace,
      env: { ...set.env, CARGO_TERM_PROGRESS_WHEN: 'auto' },
    })
    expect(pushed).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`to ${server.url}; 0 were there`),
    })
    expect(pushed.stderr).toContain('trying again (2 of 3)')
    expect([...namesIn(served)].sort()).toEqual(
      [...unitNames, 'build-target-cfg', 'crate-base-0.1.0-placed-src'].sort(),
    )
    const config = await cargo2nixOrFail([
      'cache',
      'config',
      '--to',
      server.url,
      '--sign-key',
      join(keys, 'secret'),
    ])
    const lines = config.stdout.split('\n').filter((line) => /^extra-[a-z-]+ = /.test(line))
    expect(lines).toEqual([`extra-substituters = ${server.url}`, `extra-trusted-public-keys = ${trust()}`])
    const before = server.requests.length
    const settings = lines.flatMap((line) => ['--option', ...line.split(' = ')])
    expect(await second(settings)).toMatchObject({ status: 0 })
    const fetched = server.requests.slice(before).filter((line) => line.startsWith('GET /nar/'))
    // All but what rustc says of the target.
    expect(fetched.length).toBe(unitNames.length)
  })

  test.skipIf(newest === undefined)(
    `a bucket, by its whole address, with the newest Nix${newest === undefined ? ` (${NEWEST_NIX_MISSING})` : ''}`,
    async () => {
      const start = server.requests.length
      // Nix remembers buckets by their names.
      const name = `bucket-${Date.now()}`
      const address = `s3://${name}?region=here&endpoint=${new URL(server.url).host}&scheme=http`
      const env = withNix(set.env, newest)
      const bucket = (command: string, ...args: readonly string[]): Promise<Finished> => {
        const all = [
          'cache',
          command,
          '--to',
          `${address}&compression=none`,
          '--pkgs',
          set.expression,
          ...args,
        ]
        return cargo2nix(all, { cwd: workspace, env })
      }
      expect((await bucket('status')).stdout).toContain(`${address} has 0 of 10 paths\n`)
      const pushed = await bucket('push', '--sign-key', join(keys, 'secret'))
      expect(pushed).toMatchObject({
        status: 0,
        stdout: expect.stringContaining(`to ${address}; 0 were there`),
      })
      expect(await bucket('status')).toMatchObject({ status: 0, stdout: `${address} has 10 of 10 paths\n` })
      const uploads = server.requests.slice(start).filter((line) => line.startsWith('PUT '))
      expect(uploads).toContain(`PUT /${name}/nix-cache-info`)
      expect(uploads.filter((line) => line.endsWith('.narinfo'))).toHaveLength(10)
      expect(uploads.filter((line) => line.includes('/nar/') && !line.endsWith('.nar'))).toEqual([])
      const [, info = ''] = /PUT (\S+\.narinfo)/.exec(uploads.join('\n')) ?? []
      expect(readFileSync(join(served, info), 'utf8')).toContain('Sig: chain-1:')
    },
  )

  test.skipIf(newest === undefined)(
    `a bucket that refuses is said to refuse${newest === undefined ? ` (${NEWEST_NIX_MISSING})` : ''}`,
    async () => {
      const body = '<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>'
      const refusing = await loopbackServer((_, response) => {
        response.writeHead(403, { 'content-type': 'application/xml' }).end(body)
      })
      try {
        const to = `s3://refusing-${Date.now()}?region=here&endpoint=${new URL(refusing.url).host}&scheme=http`
        const args = ['cache', 'push', '--to', to, '--pkgs', set.expression]
        const { status, stderr } = await cargo2nix(args, { cwd: workspace, env: withNix(set.env, newest) })
        expect(status).toBe(2)
        expect(stderr).toMatch(/error: the cache refused(?: the upload)?: .*403/)
        expect(stderr).toMatch(/^hint: Nix takes keys from AWS_ACCESS_KEY_ID/m)
        expect(stderr).not.toContain('must be built with')
      } finally {
        await refusing.close()
      }
    },
  )

  test.skipIf(newest === undefined)(
    `neither a bucket that does not exist nor a host that does not answer is Nix's fault${newest === undefined ? ` (${NEWEST_NIX_MISSING})` : ''}`,
    async () => {
      const empty = await loopbackServer((_, response) => {
        response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>')
      })
      const push = (endpoint: string): Promise<Finished> => {
        const to = `s3://absent-${Date.now()}?region=here&endpoint=${endpoint}&scheme=http`
        const args = ['cache', 'push', '--to', to, '--pkgs', set.expression]
        return cargo2nix(args, { cwd: workspace, env: withNix(set.env, newest) })
      }
      try {
        expect(await push(new URL(empty.url).host)).toMatchObject({
          status: 2,
          stderr: expect.stringMatching(/404\nhint: there is no such bucket: create it/),
        })
      } finally {
        await empty.close()
      }
      for (const endpoint of ['127.0.0.1:9', 'host.invalid']) {
        const { status, stderr } = await push(endpoint)
        expect([status, stderr]).toEqual([
          2,
          expect.stringContaining('hint: see whether the address is right'),
        ])
      }
    },
  )

  test('status prints a hint if Nix lacks S3 support', async () => {
    const refused = await ours('status', '--to', 's3://bucket?region=here&endpoint=127.0.0.1:9&scheme=http')
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^hint: .*support for S3.*AWS_/m),
    ])
  })

  test('the flake lines of config are valid Nix', async () => {
    const { stdout } = await cargo2nixOrFail(['cache', 'config', '--to', 's3://b?region=r&secret-key=/k'])
    const flake = stdout.slice(stdout.indexOf('nixConfig'))
    const { stdout: json } = await runOrFail('nix-instantiate', [
      '--eval',
      '--strict',
      '--json',
      '--expr',
      `{ ${flake} }`,
    ])
    expect(JSON.parse(json)).toEqual({
      nixConfig: { 'extra-substituters': ['s3://b?region=r&trusted=true'] },
    })
  })

  test('status counts the paths that a cache lacks', async () => {
    expect(await ours('status', '--to', `file://${local}`)).toMatchObject({
      status: 0,
      stdout: `file://${local} has 10 of 10 paths\n`,
    })
    const more = await ours('status', '--to', `file://${local}`, '--toolchain')
    expect(more).toMatchObject({ status: 1, stdout: expect.stringMatching(/it lacks: .*\brustc\b/) })
    const json = await ours('status', '--to', 'file:///no/such/cache', '--json')
    const { paths, lacking } = JSON.parse(json.stdout) as { paths: number; lacking: readonly string[] }
    expect([paths, lacking.length, existsSync('/no')]).toEqual([10, 10, false])
  })

  test('after an edit of the program, a machine with the cache compiles the program only', async () => {
    const main = join(workspace, 'tool', 'src', 'main.rs')
    const text = readFileSync(main, 'utf8')
    await writeFile(main, text.replace('println!("', 'println!("now: '))
    const status = await ours('status', '--to', `file://${local}`)
    const plan = await second(using(`file://${local}`), ['--dry-run'])
    await writeFile(main, text)
    expect(status.stdout).toContain('it lacks: program-tool-0.1.0-bin-tool, tool-0.1.0\n')
    const [build = '', fetch = ''] = plan.stderr.split('will be fetched')
    const named = (part: string): string[] =>
      [...part.matchAll(/\/[a-z0-9]{32}-((?:\S+-)?(?:base|middle|tool)-0\.1\.0\S*?)(?:\.drv)?$/gm)].map(
        ([, name]) => name!,
      )
    expect(named(build).sort()).toEqual(['program-tool-0.1.0-bin-tool', 'tool-0.1.0'])
    expect(named(fetch)).toEqual(expect.arrayContaining(['opt-lib-base-0.1.0', 'opt-lib-middle-0.1.0']))
  })

  test('with the toolchain and the build dependencies, the cache has derivations and sources, too', async () => {
    const pushed = await ours('push', '--to', `file://${local}`, '--toolchain', '--build-deps')
    expect(pushed.status).toBe(0)
    const names = namesIn(local)
    const expected = ['rustc', 'cargo', 'cc', 'bash', 'compile-unit.sh', 'base-0.1.0-src']
    expect(names).toEqual(
      expect.arrayContaining([...expected, 'rustc.drv', 'opt-lib-base-0.1.0.drv', 'tool-0.1.0.drv']),
    )
    expect((await ours('status', '--to', `file://${local}`, '--toolchain', '--build-deps')).status).toBe(0)
  })

  test("status accepts a target of the matrix, and a user's own file", async () => {
    const target = (await nixEvalTriple()).trim()
    expect((await ours('status', '--to', `file://${local}`, '--target', target)).status).toBe(0)
    const file = join(workspace, 'default.nix')
    await writeFile(file, `{ program = ${generated(workspace, set)}.packages.tool; }\n`)
    const args = ['cache', 'status', '--to', `file://${local}`, '--file', 'default.nix', '--attr', 'program']
    const status = await cargo2nix(args, { cwd: workspace, env: set.env })
    expect(status).toMatchObject({ status: 0, stdout: expect.stringContaining('8 of 8 paths') })
  })

  const nixEvalTriple = async (): Promise<string> => {
    const expr = `(${set.expression}).stdenv.hostPlatform.rust.rustcTarget`
    const { stdout } = await runOrFail('nix-instantiate', ['--eval', '--json', '--expr', expr], {
      env: set.env,
    })
    return JSON.parse(stdout) as string
  }

  test('content-addressed outputs are refused', async () => {
    const env = {
      ...set.env,
      NIX_CONFIG: `${set.env['NIX_CONFIG'] ?? ''}\nexperimental-features = ca-derivations\n`,
    }
    const expression = `${generated(workspace, set, 'contentAddressed = true;')}.packages`
    const args = ['cache', 'push', '--to', `file://${local}`, '--expr', expression]
    const refused = await cargo2nix(args, { cwd: workspace, env })
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('error: content-addressed outputs'),
    })
  })

  test.each([
    ['no Nix', [], { PATH: '/no/such/folder' }, /nix-instantiate is not in PATH/],
    ['a key that is none', ['--sign-key', 'Cargo.toml'], {}, /Cargo\.toml: this is no key/],
    ['a public key', ['--sign-key', 'public'], {}, /public: this is a public key; to sign, the secret one/],
    ['no address', ['--to', '/tmp/cache'], {}, /"\/tmp\/cache" is not the URL of a binary cache/],
    ['nobody answers', ['--to', 'http://127.0.0.1:9'], {}, /the cache does not answer: .*127\.0\.0\.1/],
    ['a password, and nobody answers', ['--to', 'http://me:hush@127.0.0.1:9'], {}, /'http:\/\/127\.0\.0\.1/],
    ['a password, and no S3', ['--to', 's3://me:hush@bucket?endpoint=127.0.0.1:9'], {}, /s3:\/\/bucket/],
    ['a password, and no address', ['--to', 'ftp://me:hush@host/x'], {}, /"ftp:\/\/host\/x" is not the URL/],
    ['no generated folder', ['--out', 'tool'], {}, /tool: there is no Cargo\.nix/],
    ['another package set', ['--attr', 'nothing'], {}, /Nix cannot evaluate it: .*nothing/],
  ])('%s', async (_, args, env, message) => {
    await runOrFail('cp', [join(keys, 'public'), workspace])
    const all = ['cache', 'push', '--to', `file://${local}`, '--pkgs', set.expression, ...args]
    const refused = await cargo2nix(all, { cwd: workspace, env: { ...set.env, ...env } })
    expect(refused.stderr).toMatch(message)
    expect(refused.stderr).toMatch(/^hint: /m)
    expect(refused.stderr).not.toContain('hush')
    expect(refused.status).toBe(2)
  })
})
