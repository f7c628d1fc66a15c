/**
 * Garage, from its repository, as its operators release it: the settings, the Nix and the commands of docs/garage.md.
 * `scripts/garage-release` runs this.
 */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyFolder, removeFolders } from '../builds/checkout.ts'
import { crossMachine } from '../builds/cross-machine.ts'
import { nixBuild, nixEval, TREE, type PackageSet } from '../builds/package-set.ts'
import { cargo2nix, cargo2nixOrFail, cli, run, runOrFail, type Finished } from '../program.ts'
import { killTenTimes } from '../release/kills.ts'
import { registryServer, s3Server, sftpServer, type Server } from '../release/servers.ts'
import { garageServer, unpackImage, type GarageServer } from './garage-server.ts'

const repository = process.env['GARAGE_REPOSITORY'] ?? ''
const targets = (process.env['GARAGE_TARGETS'] ?? '').split(' ').filter((triple) => triple !== '')
const isRoot = process.getuid?.() === 0
const REF = 'v1.2.0'
const OWN = 'x86_64-unknown-linux-musl'

/** The nixpkgs at hand has no SQLite, which the crate does not need: it brings its own. The rest is what publishes. */
const FOR_GARAGE = `self: super:
  let
    tool = name: folder: derivation {
      inherit name; system = builtins.currentSystem; builder = "/bin/sh"; PATH = "/usr/bin:/bin";
      args = [ "-ec" "mkdir -p $out/bin; ln -s \${folder}/\${name} $out/bin/" ];
    };
  in {
    defaultCrateOverrides = removeAttrs super.defaultCrateOverrides [ "libsqlite3-sys" ];
    rclone = tool "rclone" "/usr/bin"; skopeo = tool "skopeo" "/usr/bin"; minisign = tool "minisign" "/usr/bin";
    cargo2nix-ts = tool "cargo2nix-ts" (toString @BIN@);
  }`

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

describe.skipIf(repository === '' || !isRoot)('Garage', () => {
  const folders: string[] = []
  let set: PackageSet
  let workspace: string
  let commit: string
  const folder = async (): Promise<string> => {
    const made = await emptyFolder()
    folders.push(made)
    return made
  }
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'garage.md'), 'utf8')
  const block = (language: string): string =>
    new RegExp(`^\`\`\`${language}\n([^]+?)^\`\`\``, 'm').exec(page)![1]!
  const settings = block('toml')
  const manifest = (): string => join(workspace, 'Cargo.toml')
  const generate = async (more = settings): Promise<void> => {
    await runOrFail('git', ['checkout', '--quiet', 'Cargo.toml'], { cwd: workspace })
    appendFileSync(manifest(), `\n${more}`)
    await cargo2nixOrFail(['generate'], { cwd: workspace })
  }
  /** `nix-build release.nix` and so on. */
  const nix = (program: string, args: readonly string[], pkgs = set.expression): Promise<Finished> => {
    const given = ['--arg', 'pkgs', pkgs, '--argstr', 'releaseRef', REF, '--argstr', 'releaseCommit', commit]
    return runOrFail(program, ['release.nix', ...given, ...args], { cwd: workspace, env: set.env })
  }

  beforeAll(async () => {
    const bin = await folder()
    writeFileSync(join(bin, 'cargo2nix-ts'), `#!/bin/sh\nexec ${process.execPath} ${cli} "$@"\n`)
    chmodSync(join(bin, 'cargo2nix-ts'), 0o755)
    const crosses = await crossMachine()
    if ('missing' in crosses) throw new Error(crosses.missing)
    const overlay = FOR_GARAGE.replace('@BIN@', bin)
    set = { ...crosses.set, expression: `(${crosses.set.expression}).extend (${overlay})` }
    workspace = join(await folder(), 'garage')
    await runOrFail('git', ['clone', '--quiet', '--branch', REF, repository, workspace])
    commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: workspace, encoding: 'utf8' }).trim()
    await runOrFail('cargo', ['fetch', '--locked', '--quiet'], { cwd: workspace })
    writeFileSync(join(workspace, 'release.nix'), block('nix'))
  })
  afterAll(() => removeFolders(folders))

  test('the release is planned for four targets, and evaluates in plain nixpkgs', async () => {
    await generate()
    const args = ['release', 'plan', '--ref', REF, '--json', '--pkgs']
    const start = performance.now()
    const { stdout } = await cargo2nixOrFail([...args, wholeNixpkgs()], { cwd: workspace, env: set.env })
    const plan = JSON.parse(stdout) as { readonly artefacts: readonly { readonly path: string }[] }
    expect(plan).toMatchObject({ name: 'garage', version: REF, class: 'stable', ref: REF, commit })
    const triples = /targets = \[([^\]]+)\]/.exec(settings)![1]!.match(/[\w-]+/g)!
    expect(plan.artefacts.map(({ path }) => path)).toEqual([
      `garage-${REF}-image.tar`,
      ...triples.flatMap((triple) => [`${triple}/garage`, `${triple}/garage-${REF}-${triple}-image.tar`]),
    ])
    const planned = seconds(start)
    const again = performance.now()
    const { stdout: drv } = await nix('nix-instantiate', ['-A', 'release.all'], wholeNixpkgs())
    expect(drv).toMatch(/garage-v1\.2\.0-release\.drv/)
    const { stdout: all } = await runOrFail('nix-store', ['-qR', drv.trim()], { env: set.env })
    const derivations = all.split('\n').filter((path) => path.endsWith('.drv')).length
    console.log(`four targets: plan ${planned}, instantiate ${seconds(again)}, ${derivations} derivations`)
  })

  test('every tag has the class that the regular expressions of today give it', async () => {
    const tags = execFileSync('git', ['tag'], { cwd: workspace, encoding: 'utf8' }).trim().split('\n')
    const theirs = /builtins\.match "(v[^"]+)" x/.exec(
      readFileSync(join(workspace, 'nix', 'build_index.nix'), 'utf8'),
    )![1]!
    const list = JSON.stringify(tags)
    const expression = `let tags = builtins.fromJSON ''${list}''; in {
      today = map (tag: if builtins.match "${theirs}" tag != null then "stable" else "extra") tags;
      ours = map (tag: (import ${workspace}/release.nix { pkgs = ${set.expression}; releaseRef = tag; }).release.class) tags;
    }`
    const { today, ours } = (await nixEval(set, expression)) as Record<string, readonly string[]>
    expect(new Set(today)).toEqual(new Set(['stable', 'extra']))
    expect(ours).toEqual(today)
  })

  describe(`for ${targets.join(', ')}`, () => {
    let release: string
    let server: GarageServer | undefined
    let state: string

    beforeAll(async () => {
      const given = `targets = ${JSON.stringify(targets)}`
      // ring is compiled for ARMv6 only if it is asked for.
      const newer = targets.some((triple) => triple.startsWith('arm-')) ? '$&' : 'newer-code = []'
      await generate(settings.replace(/targets = \[[^\]]+\]/, given).replace(/newer-code = .*/, newer))
      const start = performance.now()
      const result = join(workspace, 'result')
      const limits = ['--max-jobs', process.env['GARAGE_JOBS'] ?? '2', '--cores', '1']
      await nix('nix-build', ['-A', 'release.all', '--out-link', result, ...limits])
      release = join(result, REF)
      console.log(`nix-build of release.all: ${seconds(start)}`)
      for (const path of readdirSync(release, { recursive: true, encoding: 'utf8' }).toSorted())
        console.log(`  ${path}: ${statSync(join(release, path)).size} bytes`)
    })
    afterAll(() => server?.close())

    test('the program is static and has the version of the tag', async () => {
      await runOrFail(join(workspace, 'script', 'not-dynamic.sh'), [join(release, OWN, 'garage')])
      const { stdout } = await runOrFail(join(release, OWN, 'garage'), ['--version'])
      const features =
        'k2v, lmdb, sqlite, consul-discovery, kubernetes-discovery, metrics, telemetry-otlp, bundled-libs'
      expect(stdout.trim()).toBe(`garage ${REF} [features: ${features}]`)
      // It does not print these.
      const program = readFileSync(join(release, OWN, 'garage'), 'latin1')
      for (const variable of ['GARAGE_LOG_TO_SYSLOG', 'GARAGE_LOG_TO_JOURNALD'])
        expect(program).toContain(variable)
    })

    test('the image keeps objects, and refuses who has no key', async () => {
      state = await folder()
      const root = join(state, 'root')
      const image = await unpackImage(join(release, OWN, `garage-${REF}-${OWN}-image.tar`), root)
      expect(image.config).toMatchObject({ Entrypoint: ['/bin/garage'], Cmd: ['server'], User: '0:0' })
      server = await garageServer(root, image)
      const object = Buffer.alloc(5_000_000, 'an object of several blocks\n')
      writeFileSync(join(state, 'object'), object)
      const rclone = (secret: string, ...args: readonly string[]): Promise<Finished> =>
        run('rclone', args, {
          env: rcloneEnvironment(server!, secret),
        })
      const secret = server.env['AWS_SECRET_ACCESS_KEY']!
      const from = join(state, 'object')
      expect(await rclone(secret, 'copyto', from, 'g:releases/a b/object')).toMatchObject({
        status: 0,
        stderr: '',
      })
      expect(await rclone(secret, 'copyto', 'g:releases/a b/object', `${from}.back`)).toMatchObject({
        status: 0,
      })
      expect(readFileSync(`${from}.back`).equals(object)).toBe(true)
      const refused = await rclone(
        secret.replace(/^./, 'x'),
        'copyto',
        '--retries',
        '1',
        from,
        'g:releases/other',
      )
      expect(refused.status).not.toBe(0)
      expect(refused.stderr).toMatch(/40[03]|Forbidden|AccessDenied|signature/i)
      expect(await server.garage('bucket', 'info', 'releases')).toMatch(/Objects: +1$/m)
    })

    describe('its operators', () => {
      let project: string
      let registry: Server
      let cache: Server
      /** A command of `release.shell`, with the variables that the page names. */
      const shell = async (command: string, more: NodeJS.ProcessEnv): Promise<Finished> => {
        // Else nix-shell looks for <nixpkgs>.
        const [bash] = await nixBuild(set, `(${set.expression})`, ['bash'])
        const args = ['release.nix', '--arg', 'pkgs', set.expression, '-A', 'release.shell', '--run', command]
        const env = { ...set.env, NIX_BUILD_SHELL: `${bash}/bin/bash`, ...more }
        return run('nix-shell', args, { cwd: workspace, env })
      }
      /** What such a command prints, which must succeed. */
      const said = async (command: string, more: NodeJS.ProcessEnv): Promise<string> => {
        const { status, stdout, stderr } = await shell(command, more)
        if (status !== 0) throw new Error(`${command}: exit code ${status}\n${stdout}\n${stderr}`)
        return stdout
      }

      beforeAll(async () => {
        project = await folder()
        registry = await registryServer(await folder())
        cache = await s3Server(await folder())
      })
      afterAll(() => {
        registry?.close()
        cache?.close()
      })

      test('publish to Garage itself with to_s3, and refresh the index', async () => {
        const env = {
          ...server!.env,
          RELEASE_STORE: server!.url,
          RELEASE_URL: 'https://example.org/_releases',
        }
        expect(await said('to_s3 --dry-run', env)).toContain(`would upload ${REF}/${OWN}/garage `)
        expect(await said('to_s3', env)).toContain(`published ${REF} (stable)`)
        expect(JSON.parse(await said('to_s3 --json', env))).toMatchObject({ version: REF, uploaded: [] })
        expect(await said('refresh_index', env)).toContain('1 stable')
        const back = join(project, 'back')
        await fetchAll(server!, back)
        expect(readdirSync(back).toSorted()).toEqual(['index.html', REF, 'stable.json'].toSorted())
        await runOrFail('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: join(back, REF) })
        const other = join(project, 'other')
        cpSync(release, join(other, REF), { recursive: true, dereference: true })
        await runOrFail('chmod', ['-R', 'u+w', other])
        const changed = join(other, REF, 'SHA256SUMS')
        writeFileSync(changed, `${readFileSync(changed, 'utf8')}${'0'.repeat(64)}  more\n`)
        const refused = await shell(`to_s3 ${other}`, env)
        expect(refused.status).not.toBe(0)
        expect(refused.stderr).toContain('is already in s3://releases/_releases with other bytes')
      })

      test.each(['a directory', 'S3', 'SFTP'])(
        'publish signed to %s, although they are killed ten times',
        async (kind) => {
          const signed = join(await folder(), REF)
          cpSync(release, signed, { recursive: true, dereference: true })
          await runOrFail('chmod', ['-R', 'u+w', signed])
          const keys = await folder()
          const [secret, pub] = [join(keys, 'secret'), join(keys, 'public')]
          await runOrFail('minisign', ['-G', '-W', '-p', pub, '-s', secret])
          await runOrFail('minisign', ['-S', '-s', secret, '-m', join(signed, 'SHA256SUMS')])
          const top = await folder()
          const store = kind === 'S3' ? join(top, 'releases', 'files') : join(top, 'files')
          const server: Server =
            kind === 'S3'
              ? await s3Server(top)
              : kind === 'SFTP'
                ? await sftpServer(await folder(), store)
                : { url: `file://${store}`, env: {}, close: () => {} }
          const env = { ...process.env, ...server.env }
          try {
            await killTenTimes({ release: signed, version: REF, cwd: top, url: server.url, store, env })
          } finally {
            server.close()
          }
          const sums = join(store, REF, 'SHA256SUMS')
          await runOrFail('minisign', ['-V', '-p', pub, '-m', sums])
          await runOrFail('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: join(store, REF) })
          expect(readFileSync(join(store, 'index.html'), 'utf8')).toContain('SHA256SUMS.minisig')
        },
      )

      test('push the image with to_docker, and anyone pulls it for an architecture', async () => {
        const { DOCKER_AUTH_CONFIG: secret, ...home } = registry.env
        const env = { ...home, DOCKER_AUTH: secret, RELEASE_IMAGES: registry.url }
        expect(await said('to_docker', env)).toContain('pushed ')
        expect(await said('to_docker', env)).toContain('already there')
        const auth = join(project, 'auth.json')
        writeFileSync(auth, secret!)
        const pulled = join(project, 'pulled')
        await runOrFail(
          'skopeo',
          [
            '--insecure-policy',
            '--override-arch',
            'amd64',
            'copy',
            '--quiet',
            `${registry.url}:${REF}`,
            `oci-archive:${pulled}.tar`,
          ],
          { env: { ...process.env, ...home, REGISTRY_AUTH_FILE: auth } },
        )
        await unpackImage(`${pulled}.tar`, pulled)
        expect(
          readFileSync(join(pulled, 'bin', 'garage')).equals(readFileSync(join(release, OWN, 'garage'))),
        ).toBe(true)
      })

      test('fill, read and erase the binary cache', async () => {
        const keys = await folder()
        await runOrFail('nix-store', [
          '--generate-binary-cache-key',
          'nix.example',
          join(keys, 'secret'),
          join(keys, 'public'),
        ])
        const url = `file://${join(project, 'cache')}?compression=none`
        const env = { CACHE: url, CACHE_KEY: readFileSync(join(keys, 'secret'), 'utf8').trim() }
        const pkgs = ['--pkgs', shellQuoted(set.expression)].join(' ')
        console.log((await said(`refresh_toolchain ${pkgs} --target ${OWN}`, env)).trim())
        const push = [
          'cache',
          'push',
          '--to',
          url,
          '--sign-key',
          join(keys, 'secret'),
          '--build-deps',
          '--expr',
        ]
        const expression = `import ${workspace}/release.nix { pkgs = ${set.expression}; releaseRef = "${REF}"; releaseCommit = "${commit}"; }`
        const all = await cargo2nixOrFail([...push, expression, '--attr', 'release.all'], {
          cwd: workspace,
          env: set.env,
        })
        console.log(all.stdout.trim())
        const status = [
          'cache',
          'status',
          '--to',
          url,
          '--build-deps',
          '--expr',
          expression,
          '--attr',
          'release.all',
        ]
        expect(await cargo2nix(status, { cwd: workspace, env: set.env })).toMatchObject({ status: 0 })
        const config = await cargo2nixOrFail([
          'cache',
          'config',
          '--to',
          url,
          '--public-key',
          readFileSync(join(keys, 'public'), 'utf8').trim(),
        ])
        expect(config.stdout).toContain('nix.example:')
        expect(await cargo2nix(['cache', 'erase', '--to', url], { cwd: workspace })).toMatchObject({
          status: 2,
        })
        const erased = await cargo2nixOrFail(['cache', 'erase', '--yes', '--to', url], { cwd: workspace })
        console.log(erased.stdout.trim())
      })
    })
  })
})

/** By which rclone knows Garage as `g:`. */
function rcloneEnvironment({ endpoint, env }: GarageServer, secret: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // Where it is set, rclone's own HTTP client fails.
    AWS_CA_BUNDLE: undefined,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_G_TYPE: 's3',
    RCLONE_CONFIG_G_PROVIDER: 'Other',
    RCLONE_CONFIG_G_REGION: 'garage',
    RCLONE_CONFIG_G_ENDPOINT: `http://${endpoint}`,
    RCLONE_CONFIG_G_NO_CHECK_BUCKET: 'true',
    RCLONE_CONFIG_G_ACCESS_KEY_ID: env['AWS_ACCESS_KEY_ID']!,
    RCLONE_CONFIG_G_SECRET_ACCESS_KEY: secret,
  }
}

async function fetchAll(server: GarageServer, to: string): Promise<void> {
  const { host, pathname } = new URL(server.url)
  const env = rcloneEnvironment(server, server.env['AWS_SECRET_ACCESS_KEY']!)
  await runOrFail('rclone', ['copy', `g:${host}${pathname}`, to], { env })
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The June 2024 tree evaluates as nixpkgs does, but for packages that it lacks. */
function wholeNixpkgs(): string {
  return `(${TREE}).extend (self: super:
    let lacking = name: super.stdenv.mkDerivation { inherit name; } // { override = _: lacking name; };
    in { protobuf = lacking "protobuf"; qemu = lacking "qemu"; })`
}
