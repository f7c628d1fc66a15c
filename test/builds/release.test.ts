/**
 * Releases, really built for several platforms: what they consist of, that they are the same bytes everywhere, and what
 * their checks refuse. For i686 and ARMv6 as well where `CARGO2NIX_CROSS` names a directory of `scripts/release-machine`.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cargo2nixOrFail, run, runOrFail, type Finished } from '../program.ts'
import { checkout, emptyFolder, removeFolders } from './checkout.ts'
import { crossMachine } from './cross-machine.ts'
import { generated, nixBuild, nixEval, type PackageSet } from './package-set.ts'

const fixture = join(import.meta.dirname, '..', '..', 'fixtures', 'release')
const tools = ['zip', 'unzip', 'zstd', 'jq'].filter((name) => !existsSync(`/usr/bin/${name}`))
const crosses = await crossMachine()
const missing =
  'missing' in crosses ? crosses.missing : tools.length > 0 ? `there is no ${tools.join(', ')}` : undefined

const MUSL = 'x86_64-unknown-linux-musl'
const ARM = 'arm-unknown-linux-musleabihf'
/** As `GOOS/GOARCH/variant`. */
const PLATFORMS: Readonly<Record<string, string>> = {
  [MUSL]: 'linux/amd64',
  'aarch64-unknown-linux-musl': 'linux/arm64/v8',
  'x86_64-pc-windows-gnu': 'windows/amd64',
  'i686-unknown-linux-musl': 'linux/386',
  [ARM]: 'linux/arm/v6',
}

interface Artefact {
  readonly triple: string | null
  readonly os: string
  readonly architecture: string | null
  readonly variant: string | null
  readonly kind: string
  readonly format: string
  readonly path: string
  readonly size: number
  readonly sha256: string
  readonly digest: string | null
  readonly units: readonly string[]
}

interface Release {
  readonly version: string
  readonly class: string
  readonly ref: string | null
  readonly commit: string | null
  readonly artefacts: readonly Artefact[]
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const OVERRIDES = `crateOverrides = _: {
  greet = _: { postInstall = "mkdir -p $out/share/man/man1; cp doc/greet.1 $out/share/man/man1/"; };
};`

describe.skipIf(missing !== undefined)(
  `releases${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    const folders: string[] = []
    let set: PackageSet
    let targets: readonly string[]
    let workspace: string
    let release: Release
    let directory: string

    const workspaceWith = async (change: (manifest: string) => string): Promise<string> => {
      const folder = await checkout(fixture, 'release')
      folders.push(folder)
      const manifest = join(folder, 'Cargo.toml')
      const listed = readFileSync(manifest, 'utf8').replace(
        /^targets = .*$/m,
        `targets = ${JSON.stringify(targets)}`,
      )
      writeFileSync(manifest, change(listed))
      await cargo2nixOrFail(['generate'], { cwd: folder })
      return folder
    }
    const expression = (folder: string, more = OVERRIDES): string =>
      generated(folder, set, `releaseRef = "v1.2.0"; releaseCommit = "${COMMIT}"; ${more}`)

    beforeAll(async () => {
      if ('set' in crosses) set = crosses.set
      const std = readdirSync(join(set.env['HOST_RUST_SYSROOT']!, 'lib', 'rustlib'))
      targets = Object.keys(PLATFORMS).filter((triple) => std.includes(triple))
      workspace = await workspaceWith((manifest) => manifest)
      const [built] = await nixBuild(set, expression(workspace), ['release.all'])
      directory = join(built!, 'v1.2.0')
      release = JSON.parse(readFileSync(join(directory, 'release.json'), 'utf8')) as Release
    }, 900_000)
    afterAll(() => removeFolders(folders))

    test('release.json says what there is', async () => {
      expect(release).toMatchObject({ version: 'v1.2.0', class: 'stable', ref: 'v1.2.0', commit: COMMIT })
      const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
        statSync(join(directory, path)).isFile(),
      )
      const paths = release.artefacts.map(({ path }) => path)
      expect(files.toSorted()).toEqual([...paths, 'SHA256SUMS', 'release.json'].toSorted())
      for (const { path, size, sha256 } of release.artefacts) {
        const bytes = readFileSync(join(directory, path))
        expect({ path, size, sha256 }).toEqual({
          path,
          size: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        })
      }
      await runOrFail('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: directory })
      for (const triple of targets) {
        const own = release.artefacts.filter((each) => each.triple === triple)
        const [platform] = own.map(({ os, architecture, variant }) => [os, architecture, variant])
        expect(platform!.filter((part) => part !== null).join('/')).toBe(PLATFORMS[triple])
        const isWindows = triple.includes('windows')
        expect(own.map(({ kind, format }) => `${kind} ${format}`)).toEqual([
          'program program',
          'program program',
          ...(isWindows ? ['archive zip'] : ['archive tar.gz', 'archive tar.zst', 'image oci-archive']),
        ])
      }
    })

    test('the plan says the same before anything is built', async () => {
      const plan = (await nixEval(set, `${expression(workspace)}.release.plan`)) as Release
      const known = release.artefacts.map(({ size: _, sha256: __, digest: ___, ...others }) => others)
      expect(plan).toEqual({ ...release, artefacts: known })
    })

    test('the units are those that Nix builds the programs of', async () => {
      const crate = `${expression(workspace)}.targets.${MUSL}.builds.shipped.crates`
      const drv = await nixEval(set, `${crate}.greet.bins.greet.drvPath`)
      const program = release.artefacts.find(({ path }) => path === `${MUSL}/greet`)!
      expect(program.units).toEqual([String(drv).slice('/nix/store/'.length).slice(0, 32)])
    })

    test.each(['tar.gz', 'tar.zst', 'zip'])(
      '%s holds programs, licences, readme, manual, and files',
      async (format) => {
        const archives = release.artefacts.filter((each) => each.format === format)
        expect(archives).not.toEqual([])
        for (const { path, triple } of archives) {
          const folder = await emptyFolder()
          folders.push(folder)
          const file = join(directory, path)
          if (format === 'zip') await runOrFail('unzip', ['-q', file], { cwd: folder })
          else await runOrFail('tar', ['--auto-compress', '--extract', `--file=${file}`], { cwd: folder })
          const suffix = format === 'zip' ? '.exe' : ''
          const [top, ...others] = readdirSync(folder)
          expect([top, ...others]).toEqual([`greetings-v1.2.0-${triple}`])
          const inside = readdirSync(join(folder, top!), { recursive: true, encoding: 'utf8' }).filter(
            (each) => statSync(join(folder, top!, each)).isFile(),
          )
          expect(inside.map((each) => each.replace(/[.]gz$/, '')).toSorted()).toEqual(
            [
              `bin/count${suffix}`,
              `bin/greet${suffix}`,
              'count/LICENSE-EXTRA',
              'etc/greet.conf',
              'LICENSE',
              'README.md',
              'share/man/man1/greet.1',
            ].toSorted(),
          )
        }
      },
    )

    test('the index of images names each architecture', async () => {
      const folder = await emptyFolder()
      folders.push(folder)
      const { path, digest } = release.artefacts.find(({ triple }) => triple === null)!
      await runOrFail('tar', ['--extract', `--file=${join(directory, path)}`], { cwd: folder })
      const read = (file: string): { manifests: { digest: string; platform?: Record<string, string> }[] } =>
        JSON.parse(readFileSync(join(folder, file), 'utf8'))
      const blob = (hash: string): string => `blobs/sha256/${hash.slice('sha256:'.length)}`
      expect(read('index.json').manifests.map((each) => each.digest)).toEqual([digest])
      const { manifests } = read(blob(digest!))
      const images = release.artefacts.filter(({ triple, kind }) => triple !== null && kind === 'image')
      expect(manifests.map((each) => each.digest)).toEqual(images.map((each) => each.digest))
      expect(manifests.map(({ platform }) => Object.values(platform!).toSorted())).toEqual(
        images.map(({ triple }) => PLATFORMS[triple!]!.split('/').toSorted()),
      )
      for (const file of readdirSync(join(folder, 'blobs', 'sha256'))) {
        const bytes = readFileSync(join(folder, 'blobs', 'sha256', file))
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(file)
      }
    })

    test('other tools read the images', async ({ skip }) => {
      skip(!existsSync('/usr/bin/skopeo'), 'no skopeo on this machine')
      for (const { path, digest, architecture } of release.artefacts.filter(
        ({ format }) => format === 'oci-archive',
      )) {
        const folder = await emptyFolder()
        folders.push(folder)
        const from = join(directory, path)
        await runOrFail('skopeo', [
          '--insecure-policy',
          'copy',
          '--all',
          `oci-archive:${from}`,
          `dir:${folder}/all`,
        ])
        const manifest = readFileSync(join(folder, 'all', 'manifest.json'))
        expect(`sha256:${createHash('sha256').update(manifest).digest('hex')}`).toBe(digest)
        if (architecture === null) continue
        await runOrFail('skopeo', [
          '--insecure-policy',
          'copy',
          `docker-archive:${from}`,
          `dir:${folder}/docker`,
        ])
      }
    })

    test('another checkout gives the same bytes, and so does another build', async () => {
      const other = await workspaceWith((manifest) => manifest)
      const attributes = [
        'release.all',
        'release.images',
        ...targets.flatMap((triple) => [`release.${triple}.archive`, `release.${triple}.programs`]),
        ...targets.filter((triple) => !triple.includes('windows')).map((triple) => `release.${triple}.image`),
      ]
      expect(await nixBuild(set, expression(other), attributes)).toEqual(
        await nixBuild(set, expression(workspace), attributes),
      )
      const flags = attributes.flatMap((attribute) => ['--attr', attribute])
      await runOrFail('nix-build', ['--check', '--no-out-link', '--expr', expression(other), ...flags], {
        env: set.env,
      })
    })

    const checked = (folder: string, more = '', triple = MUSL): Promise<Finished> =>
      run(
        'nix-build',
        ['--no-out-link', '--expr', expression(folder, more), '--attr', `release.${triple}.check`],
        {
          env: set.env,
        },
      )

    describe('the check refuses', () => {
      const installing = (command: string): string =>
        `crateOverrides = pkgs: { greet = _: { postInstall = ''${command}''; }; };`
      const cases: readonly (readonly [string, string, RegExp])[] = [
        [
          'a program with a store path in it',
          'crateOverrides = pkgs: { greet = _: { GREET_DATA = "${pkgs.bash}/share"; }; };',
          /greet has a store path in it: \/nix\/store\/\w{32}-bash/,
        ],
        [
          'a program for another processor',
          installing(`cp ${'${targets.aarch64-unknown-linux-musl.packages.greet}'}/bin/greet $out/bin/greet`),
          /greet is for another processor than amd64/,
        ],
        [
          'a program of another width',
          installing(`printf '\\001' | dd of=$out/bin/greet bs=1 seek=4 conv=notrunc`),
          /greet is a 32-bit program/,
        ],
        ['what is not a program', installing('echo "#!/bin/sh" >$out/bin/greet'), /greet is not an ELF file/],
        [
          'a program that does not start',
          installing('truncate --size=5000 $out/bin/greet'),
          /greet ends with exit code 1\d\d/,
        ],
      ]
      test.each(cases)('%s', async (_, more, message) => {
        const self = `(${generated(workspace, set)})`
        const { status, stderr } = await checked(workspace, more.replace('${targets', `\${${self}.targets`))
        expect({ status, stderr }).toMatchObject({
          status: expect.not.toSatisfy((code) => code === 0),
          stderr: expect.stringMatching(message),
        })
      })

      test('a program that is linked dynamically by mistake', async () => {
        const gnu = 'x86_64-unknown-linux-gnu'
        const folder = await workspaceWith((manifest) =>
          manifest
            .replace(/^formats = /m, `targets = ["${gnu}"]\nformats = `)
            .replace(/^integration-tests.*$/m, ''),
        )
        const { status, stderr } = await checked(folder, '', gnu)
        expect(status).not.toBe(0)
        expect(stderr).toMatch(/greet is linked dynamically: it needs the interpreter \/.*ld-linux/)
        expect(stderr).toMatch(/greet is linked dynamically: it needs .*libc\.so\.6/)
      })

      test('a program that fails with the arguments of the settings', async () => {
        const folder = await workspaceWith((manifest) => manifest.replace(`["it's", "$HOME"]`, '[]'))
        const { status, stderr } = await checked(folder)
        expect(status).not.toBe(0)
        expect(stderr).toMatch(/error: x86_64-unknown-linux-musl: count ends with exit code 1/)
        expect(stderr).toMatch(/the image's \/bin\/count ends with exit code 1/)
      })

      test('an image without its entrypoint', async () => {
        const folder = await workspaceWith((manifest) => manifest.replace('"/bin/greet"', '"/bin/great"'))
        expect((await checked(folder)).stderr).toContain('the image has no program /bin/great')
      })

      test('a release whose tests fail', async () => {
        const folder = await workspaceWith((manifest) => manifest)
        const file = join(folder, 'greet', 'tests', 'speaks.rs')
        writeFileSync(file, readFileSync(file, 'utf8').replace('"Hi, you"', '"Bye, you"'))
        const { status, stderr } = await checked(folder)
        expect(status).not.toBe(0)
        expect(stderr).toContain('greets_by_name')
      })

      test('ARMv7 code in a program for ARMv6', async ({ skip }) => {
        skip(!targets.includes(ARM), 'this machine compiles nothing for ARMv6')
        const { status, stderr } = await checked(
          workspace,
          'extraRustcFlags = [ "-C" "target-cpu=cortex-a7" ];',
          ARM,
        )
        expect(status).not.toBe(0)
        expect(stderr).toMatch(/greet has code for ARMv7, which an ARMv6 does not run/)
      })
    })
  },
)
